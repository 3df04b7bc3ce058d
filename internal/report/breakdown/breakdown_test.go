package breakdown

import (
	"reflect"
	"regexp"
	"testing"

	"github.com/sizegate/sizegate/internal/report/sample"
)

func TestRows(t *testing.T) {
	type line struct {
		name, note string
		functions  int
		size       uint64
	}
	for _, test := range []struct {
		by   By
		want []line
	}{
		{ByPackage, []line{
			{"net/http", "", 9, 400},
			{"example.com/m/a", "", 1, 100},
			{"example.com/m/b", "", 2, 100},
			{"alpha#00112233", "1.0.0", 3, 90},
			{"alpha#ffeeddcc", "2.0.0, inferred", 4, 80},
			{"memchr", "2.7.0, inferred", 5, 70},
			{"zlib", "1.3, inferred", 6, 60},
		}},
		{ByModule, []line{
			{"std", "go1.26.8", 9, 400},
			{"example.com/m", "v1.0.0", 3, 200},
			{"alpha#00112233", "1.0.0", 3, 90},
			{"alpha#ffeeddcc", "2.0.0", 4, 80},
			{"std", "", 5, 70},
			{"zlib", "1.3", 6, 60},
		}},
		{ByOrigin, []line{
			{"standard library", "", 14, 470},
			{"dependencies", "", 10, 370},
			{"native", "", 6, 60},
		}},
		{ByFunction, []line{
			{"rest", "", 1, 750},
			{"_RNvCs1234_5alpha3run", "", 1, 90},
			{"=deflate", "", 1, 60},
		}},
		{BySection, []line{
			{".rodata", "rodata", 0, 8000},
			{".text", "code", 0, 1000},
			{".small.3", "data", 0, 7},
			{".small.2", "data", 0, 6},
			{".small.1", "data", 0, 5},
			{".bss", "bss", 0, 0},
		}},
	} {
		var got []line
		for _, r := range Rows(sample.Binary(), test.by) {
			got = append(got, line{r.Name, r.Note, r.Functions, r.Size})
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("by %s:\n got %v\nwant %v", test.by, got, test.want)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		by     By
		filter string
		want   []string
	}{
		{ByPackage, "^alpha$", []string{"alpha#00112233", "alpha#ffeeddcc"}},
		{ByPackage, "#ff", []string{"alpha#ffeeddcc"}},
		{ByPackage, "inferred", nil},
		{ByFunction, "^zlib$", []string{"=deflate"}},
		{ByFunction, "rest", []string{"rest"}},
		{ByModule, "^std$", []string{"std", "std"}},
		{ByModule, "^$", nil},
		{BySection, "small", []string{".small.3", ".small.2", ".small.1"}},
	} {
		o := Choice{By: test.by, Filter: regexp.MustCompile(test.filter)}
		var got []string
		for _, r := range Rows(sample.Binary(), test.by) {
			if o.Matches(&r) {
				got = append(got, r.Name)
			}
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("by %s, filter %s: %q, want %q", test.by, test.filter, got, test.want)
		}
	}
}

// TestShownOf: no row says that a single one is left out.
func TestShownOf(t *testing.T) {
	for _, test := range []struct{ rows, top, want int }{
		{0, 0, 0}, {5, 0, 5}, {5, 5, 5}, {5, 4, 5}, {5, 3, 3}, {2, 1, 2}, {3, 1, 1}, {0, 20, 0},
	} {
		if got := ShownOf(test.rows, test.top); got != test.want {
			t.Errorf("%d rows, --top %d: %d, want %d", test.rows, test.top, got, test.want)
		}
	}
}

func TestMoreRows(t *testing.T) {
	for _, test := range []struct {
		n    int
		name string
		want string
	}{
		{1, "crate", "1 more crate"},
		{2, "crate", "2 more crates"},
		{1234, "function", "1,234 more functions"},
		{2, "package, crate or library", "2 more owners"},
		{1, "package, crate or library", "1 more owner"},
	} {
		if got := MoreRows(test.n, test.name); got != test.want {
			t.Errorf("MoreRows(%d, %s) = %s, want %s", test.n, test.name, got, test.want)
		}
	}
}
