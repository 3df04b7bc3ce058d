package texttable

import (
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/display"
)

func TestBlocks(t *testing.T) {
	for _, test := range []struct {
		part, whole uint64
		width       int
		want        string
	}{
		{0, 100, 4, ""},
		{1, 0, 4, ""},
		{100, 100, 4, "████"},
		{200, 100, 4, "████"},
		{50, 100, 4, "██"},
		{25, 200, 4, "▌"},
		{1, 1 << 63, 4, "▏"},
		{1 << 63, 1 << 63, 2, "██"},
		{7, 8, 1, "▉"},
		{6, 8, 1, "▊"},
		{5, 8, 1, "▋"},
		{3, 8, 1, "▍"},
		{2, 8, 1, "▎"},
		{11, 16, 2, "█▍"},
	} {
		if got := blocks(bar{test.part, test.whole}, test.width); got != test.want {
			t.Errorf("%d of %d in %d columns: %q, want %q", test.part, test.whole, test.width, got, test.want)
		}
	}
}

// TestBarRoom: names give way to bars as long as they keep enough.
func TestBarRoom(t *testing.T) {
	for _, test := range []struct{ room, widest, names, bars int }{
		{30, 30, 30, 0},
		{35, 30, 35, 0}, // 3 columns would be left
		{36, 30, 30, 4},
		{100, 30, 30, 20},
		{45, 80, 45, 0},
		{46, 80, 40, 4},
		{60, 80, 40, 18},
		{62, 80, 40, 20},
		{80, 80, 58, 20},
	} {
		table := &Table{medium: display.Medium{Bars: true}, bars: map[int]bar{0: {1, 1}}}
		if names, bars := table.barRoom(test.room, test.widest); names != test.names || bars != test.bars {
			t.Errorf("%d columns, names of %d: %d and %d, want %d and %d", test.room, test.widest, names, bars, test.names, test.bars)
		}
	}
}

// TestShortLabels: sums are whole or shortened, and never cut in the middle.
func TestShortLabels(t *testing.T) {
	for _, test := range []struct {
		label, short string
	}{
		{"… 14 more small sections", "… 14 more"},
		{"… 1,234 more owners", "… 1,234 more"},
		{"… 3 unchanged", "… 3 unchanged"},
		{"… not matched by --filter", "… not matched"},
		{"total: matched by --filter", "total: matched"},
		{"total: section .text of a long name", "total"},
		{"total: ELF files", "total"},
		{"[padding]", "[padding]"},
	} {
		width := display.Columns(test.label)
		for _, room := range []int{width, width - 1, 1} {
			want := test.label
			if room < width {
				want = test.short
			}
			table := New(nil, display.Medium{}, []string{"name", "bytes"}, 1)
			table.Add("… 14 more small sections", "1") // a name like one
			table.AddSum(test.label, "2")
			table.fitFirst(room)
			if got, name := table.rows[1][0], table.rows[0][0]; got != want || display.Columns(name) > room {
				t.Errorf("%q in %d columns: %q, want %q; and a name is %q", test.label, room, got, want, name)
			}
		}
	}
}

// TestRowOfDroppedColumn: a row that is about one column goes with it.
func TestRowOfDroppedColumn(t *testing.T) {
	table := New(nil, display.Medium{Terminal: true, Width: 30}, []string{"category", "zipped", "unzipped"}, 1)
	table.Add("program", "1", "1,000,000")
	table.Bar(1)
	table.AddSum("[overhead]", "1,000,000,000", "")
	table.Add("data", "2", "")
	table.Bar(2)
	table.AddSum("total: package", "3", "2,000,000")
	table.narrow()
	var got []string
	for _, r := range table.rows {
		got = append(got, strings.Join(r, " "))
	}
	if want := []string{"program 1,000,000", "data ", "total: package 2,000,000"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(table.bars) != 2 || table.bars[0].part != 1 || table.bars[1].part != 2 || len(table.sums) != 1 || !table.sums[2] {
		t.Errorf("bars %v, sums %v", table.bars, table.sums)
	}
}

// TestBarsBehindCutNames: bars begin two columns behind the table also where names
// end before the room that they have.
func TestBarsBehindCutNames(t *testing.T) {
	var out strings.Builder
	table := New(&out, display.Medium{Terminal: true, Bars: true, Width: 60}, []string{"file", "bytes"}, 1)
	table.Paths = true
	table.Add("one/of/the/rather-long-folders-of-this-program/name.so", "123")
	table.Bar(123)
	if err := table.Render(); err != nil {
		t.Fatal(err)
	}
	want := "FILE                  BYTES\none/of/the/…/name.so    123  " + strings.Repeat("█", maxBar) + "\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
