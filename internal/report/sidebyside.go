package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/report/texttable"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// sideBySide shows several files, a column for each.
func sideBySide(w io.Writer, binaries []snapshot.Binary, o Options) error {
	header := []string{""}
	for i := range binaries {
		b := &binaries[i]
		facts := []string{b.Arch + " " + b.Type}
		if b.Compiler != "" {
			facts = append(facts, display.Fact(b.Compiler))
		}
		if err := o.SayOf(w, display.Numbered(i), b.Path, fmt.Sprintf("%s, file %s B, names from %s", strings.Join(facts, ", "), bytesize.Size(b.FileSize).Grouped(), b.Symbols)); err != nil {
			return err
		}
		header = append(header, display.Numbered(i)+" bytes")
	}
	fmt.Fprintln(w)

	lines := linesOf(binaries, o.By)
	header[0] = string(o.By)
	out := texttable.New(w, o.Medium, header, 1)
	out.Files = true
	cells := func(name string, size func(i int) uint64) []string {
		list := []string{name}
		for i := range binaries {
			list = append(list, bytesize.Size(size(i)).Grouped())
		}
		return list
	}
	add := func(name string, size func(i int) uint64) { out.AddSum(cells(name, size)...) }
	var chosen []*line
	hiddenRows := 0
	left, hidden, matched := make([]uint64, len(binaries)), make([]uint64, len(binaries)), make([]uint64, len(binaries))
	sum := func(into, sizes []uint64) {
		for i := range into {
			into[i] += sizes[i]
		}
	}
	for _, l := range lines {
		if !o.Matches(&l.Row) {
			hiddenRows++
			sum(hidden, l.sizes)
			continue
		}
		sum(matched, l.sizes)
		chosen = append(chosen, l)
	}
	shown := breakdown.ShownOf(len(chosen), o.Top)
	for _, l := range chosen[:shown] {
		out.Add(cells(o.Label(&l.Row), func(i int) uint64 { return l.sizes[i] })...)
	}
	for _, l := range chosen[shown:] {
		sum(left, l.sizes)
	}
	if leftRows := len(chosen) - shown; leftRows > 0 {
		add("… "+breakdown.MoreRows(leftRows, "row"), func(i int) uint64 { return left[i] })
	}
	if o.Filter != nil {
		add("total: matched by --filter", func(i int) uint64 { return matched[i] })
	}
	if hiddenRows > 0 {
		add("… not matched by --filter", func(i int) uint64 { return hidden[i] })
	}
	if o.By == breakdown.ByGeneric {
		add(singleCopies, func(i int) uint64 { return o.Singles(&binaries[i]) })
	}
	if o.By != breakdown.BySection {
		add("[padding]", func(i int) uint64 { return o.Totals(&binaries[i]).Padding })
		add("[unattributed]", func(i int) uint64 { return o.Totals(&binaries[i]).Unattributed })
		add("total: "+o.Scope, func(i int) uint64 { return o.Totals(&binaries[i]).Size })
		add("other sections", func(i int) uint64 {
			b := &binaries[i]
			return b.FileSize - b.Overhead.Headers - b.Overhead.Gaps - o.Totals(b).Size
		})
	}
	add("[headers]", func(i int) uint64 { return binaries[i].Overhead.Headers })
	add("[gaps]", func(i int) uint64 { return binaries[i].Overhead.Gaps })
	add("total: file", func(i int) uint64 { return binaries[i].FileSize })
	addVariants(out, binaries)
	return out.Render()
}

// line is a row of several files.
type line struct {
	breakdown.Row          // with the largest size
	sizes         []uint64 // of each file
}

// linesOf are the rows of all files, the largest first. By generic that with most in
// other copies is first.
func linesOf(binaries []snapshot.Binary, by breakdown.By) []*line {
	var lines []*line
	at := make(map[string]*line)
	for i := range binaries {
		for _, r := range breakdown.Rows(&binaries[i], by) {
			if by == breakdown.ByPackage || by == breakdown.ByModule {
				r.Note = breakdown.WithoutVersion(r.Note) // a new version of a crate is the same row
			}
			l := at[r.Key()]
			if l == nil {
				l = &line{Row: r, sizes: make([]uint64, len(binaries))}
				l.Size = 0
				at[r.Key()] = l
				lines = append(lines, l)
			}
			l.sizes[i] += r.Size
			l.Size = max(l.Size, l.sizes[i])
			l.Saving = max(l.Saving, r.Saving)
		}
	}
	slices.SortStableFunc(lines, func(a, b *line) int {
		if a.Saving != b.Saving {
			return cmp.Compare(b.Saving, a.Saving)
		}
		if a.Size != b.Size {
			if a.Size > b.Size {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Key(), b.Key())
	})
	return lines
}
