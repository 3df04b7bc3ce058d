package deployed

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// demoPackages are two packages that are made by hand: ten entries of which one is
// replaced, two ELF files, duplicates and debug files.
func demoPackages() *snapshot.Packages {
	binary := func(path string, core, own uint64) snapshot.Binary {
		return snapshot.Binary{Name: path, Path: path, Arch: "arm64", Languages: []string{"rust"}, FileSize: core + own + 100,
			Overhead: snapshot.Overhead{Headers: 64, Gaps: 6},
			Sections: []snapshot.Section{{Name: ".text", Kind: "code", FileSize: core + own + 30, Attributed: core + own, Padding: 20, Unattributed: 10}},
			Owners: []snapshot.Owner{
				{Kind: "crate", Name: "core", Version: path, Module: "std", Origin: "standard library", Functions: 2, Size: core, Sections: map[string]uint64{".text": core}},
				{Kind: "crate", Name: "own_" + path[:1], Origin: "own code", Functions: 1, Size: own, Sections: map[string]uint64{".text": own}},
			},
			Variants: []snapshot.Variant{{Name: "stripped", Status: "ok", Size: 50}}}
	}
	one := snapshot.Package{Name: "a.zip", Path: "a.zip", Format: "zip", Size: 4000, Zipped: 3010, Overhead: 990,
		Binaries:   []snapshot.Binary{binary("a.so", 700, 200), binary("b.so", 500, 400)},
		Duplicates: []snapshot.Duplicate{{Size: 10, Paths: []string{"d1", "d2", "d3"}, Wasted: 20}, {Size: 30, Paths: []string{"e1", "e2"}, Wasted: 30}},
		Debug:      []string{"d1", "e2"},
	}
	add := func(path, category string, unzipped, zipped uint64) {
		one.Entries = append(one.Entries, snapshot.PackageEntry{Path: path, Type: "file", Category: category, Unzipped: unzipped, Zipped: zipped, ELF: category == "native"})
	}
	add("a.so", "native", 1000, 900)
	add("b.so", "native", 1000, 800)
	for i, path := range []string{"d1", "d2", "d3"} {
		add(path, "data", 10, uint64(10+i))
	}
	add("e1", "other", 30, 30)
	add("e2", "other", 30, 30)
	add("huge", "program", 5000, 217)
	one.Entries[7].Replaced = true
	add("huge", "program", 2000, 1000)
	add("dir", "other", 0, 0)
	one.Entries[9].Type = "directory"
	one.Unzipped = 4090
	one.Categories = []snapshot.PackageCategory{{Name: "program", Files: 1, Unzipped: 2000, Zipped: 1217}, {Name: "native", Files: 2, Unzipped: 2000, Zipped: 1700},
		{Name: "dependencies"}, {Name: "data", Files: 3, Unzipped: 30, Zipped: 33}, {Name: "other", Files: 2, Unzipped: 60, Zipped: 60}}
	two := one
	two.Name, two.Path, two.Format, two.Size, two.Overhead = "b", "b", "tar+gzip", 3000, 0
	two.Binaries = []snapshot.Binary{binary("a.so", 100, 800)}
	return &snapshot.Packages{Packages: []snapshot.Package{one, two}}
}

// numbers are the columns of a line of a table that are sizes, from the right.
func numbers(line string) []uint64 {
	var list []uint64
	for _, word := range strings.Fields(line) {
		if n, err := strconv.ParseUint(strings.ReplaceAll(word, ",", ""), 10, 64); err == nil {
			list = append(list, n)
		}
	}
	return list
}

// TestPackageSums: whatever --top and --filter leave out, the rows of every list
// that ends in a total add up to it.
func TestPackageSums(t *testing.T) {
	demo := demoPackages()
	for _, by := range []breakdown.By{breakdown.ByCategory, breakdown.ByEntry, breakdown.ByPackage, breakdown.ByModule, breakdown.ByOrigin, breakdown.BySection} {
		for _, top := range []int{0, 1, 2, 100} {
			for _, filter := range []string{"", "e", "so$", "^d2$", "nothing"} {
				for _, count := range []int{1, 2} {
					name := fmt.Sprintf("%s/%d/%s/%d", by, top, filter, count)
					o := demoOptions(by)
					o.Top, o.Width = top, 100
					if filter != "" {
						o.Filter = regexp.MustCompile(filter)
					}
					var out bytes.Buffer
					if err := PackageTable(&out, &snapshot.Packages{Packages: demo.Packages[:count]}, o); err != nil {
						t.Fatal(err)
					}
					totals := checkSums(t, name, out.String())
					if totals == 0 {
						t.Errorf("%s: no total in\n%s", name, &out)
					}
				}
			}
		}
	}
}

// checkSums looks at each list of a table, and returns how many end in a total. Of
// lists with other columns beside sizes the last size counts.
func checkSums(t *testing.T, name, text string) (totals int) {
	t.Helper()
	_, lists, _ := strings.Cut(text, "\n\n")
	for list := range strings.SplitSeq(lists, "\n\n") {
		header, rows, _ := strings.Cut(list, "\n")
		columns := 1
		switch {
		case strings.Contains(header, "[2]"):
			columns = 2
		case strings.Contains(header, " ZIPPED"):
			columns = 2
		}
		sums := make([]uint64, columns)
		overhead := uint64(0)
		for line := range strings.Lines(rows) {
			got := numbers(line)
			if strings.HasPrefix(line, "[overhead]") {
				overhead = got[0]
				continue
			}
			if len(got) < columns {
				t.Errorf("%s: no sizes in %q", name, line)
				continue
			}
			got = got[len(got)-columns:]
			if strings.HasPrefix(line, "total: ") {
				totals++
				sums[0] += overhead
				if fmt.Sprint(got) != fmt.Sprint(sums) {
					t.Errorf("%s: the rows add up to %d, and the total is %d:\n%s", name, sums, got, list)
				}
				break
			}
			for i := range sums {
				sums[i] += got[i]
			}
		}
	}
	return totals
}

// TestPackageRows holds the merged owners of two files against sums by hand.
func TestPackageRows(t *testing.T) {
	p := &demoPackages().Packages[0]
	for _, test := range []struct {
		by   breakdown.By
		want string
	}{
		{breakdown.ByPackage, "core:2:1200 own_b:1:400 own_a:1:200 "},
		{breakdown.ByModule, "std:2:1200 own_b:1:400 own_a:1:200 "},
		{breakdown.ByOrigin, "standard library:2:1200 own code:2:600 "},
		{breakdown.BySection, ".text:2:1860 "},
		{breakdown.ByEntry, "huge:1:2000 a.so:1:1000 b.so:1:1000 e1:1:30 e2:1:30 d3:1:10 d2:1:10 d1:1:10 huge:1:0 "},
		{breakdown.ByCategory, "program:1:2000 native:2:2000 dependencies:0:0 data:3:30 other:2:60 "},
	} {
		got := ""
		for _, r := range packageRows(p, test.by) {
			got += fmt.Sprintf("%s:%d:%d ", r.Name, r.files, r.Size)
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.by, got, test.want)
		}
	}
}

func demoOptions(by breakdown.By) report.Options {
	return report.Options{Choice: breakdown.Choice{By: by, Scope: "executable sections", Asked: func(s *snapshot.Section) bool { return s.Kind == "code" }}, Medium: display.Medium{Width: 100}}
}

// TestPackageNames renders packages whose every name is hostile, in each format.
func TestPackageNames(t *testing.T) {
	hostile := "\x1b[2J\n::error::x\n##[error]|<b>\u202e\xff"
	demo := demoPackages()
	for i := range demo.Packages {
		p := &demo.Packages[i]
		p.Name, p.Path = hostile+p.Name, hostile+p.Path
		for j := range p.Entries {
			p.Entries[j].Path, p.Entries[j].Target = hostile+p.Entries[j].Path, hostile
		}
		for j := range p.Binaries {
			p.Binaries[j].Path = hostile + p.Binaries[j].Path
			p.Binaries[j].Owners[0].Name = hostile
			p.Binaries[j].Variants[0].Status, p.Binaries[j].Variants[0].Reason = "failed", hostile
		}
		for j := range p.Duplicates {
			p.Duplicates[j].Paths[0] = hostile + p.Duplicates[j].Paths[0]
		}
	}
	for _, by := range []breakdown.By{breakdown.ByCategory, breakdown.ByEntry, breakdown.ByPackage, breakdown.BySection} {
		for count := 1; count <= 2; count++ {
			for format, render := range map[string]func(*bytes.Buffer, *snapshot.Packages, report.Options) error{
				"table":    func(w *bytes.Buffer, r *snapshot.Packages, o report.Options) error { return PackageTable(w, r, o) },
				"csv":      func(w *bytes.Buffer, r *snapshot.Packages, o report.Options) error { return PackageCSV(w, r, o) },
				"markdown": func(w *bytes.Buffer, r *snapshot.Packages, o report.Options) error { return PackageMarkdown(w, r, o) },
				"benchfmt": func(w *bytes.Buffer, r *snapshot.Packages, o report.Options) error { return PackageBenchfmt(w, r, o) },
			} {
				var out bytes.Buffer
				if err := render(&out, &snapshot.Packages{Packages: demo.Packages[:count]}, demoOptions(by)); err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(out.String()) {
					line = strings.TrimSuffix(line, "\n")
					if display.Clean(line) != line || format == "markdown" && strings.Contains(line, "<b>") {
						t.Errorf("%s by %s: %q", format, by, line)
					}
				}
			}
		}
	}
}

// TestShareHeading: a share beside two columns of sizes says which it is of, and a
// total has the number of files in each format.
func TestShareHeading(t *testing.T) {
	demo := demoPackages()
	for i, want := range []struct{ table, markdown, total string }{
		{"CATEGORY FILES ZIPPED UNZIPPED OF UNZIPPED", "| category | files | zipped | unzipped | of unzipped |", "| **total: package** | 8 | 4,000 | 4,090 | 100.0% |"},
		{"CATEGORY FILES UNZIPPED SHARE", "| category | files | unzipped | share |", "| **total: package** | 8 | 4,090 | 100.0% |"},
	} {
		one := &snapshot.Packages{Packages: demo.Packages[i : i+1]}
		var table, markdown bytes.Buffer
		if err := PackageTable(&table, one, demoOptions(breakdown.ByCategory)); err != nil {
			t.Fatal(err)
		}
		if err := PackageMarkdown(&markdown, one, demoOptions(breakdown.ByCategory)); err != nil {
			t.Fatal(err)
		}
		spaces := regexp.MustCompile(` +`)
		if got := spaces.ReplaceAllString(table.String(), " "); !strings.Contains(got, "\n"+want.table+"\n") {
			t.Errorf("no heading %q in\n%s", want.table, &table)
		}
		if got := strings.Contains(markdown.String(), "| &#91;overhead&#93; |  | 990 |  |  |"); got != (i == 0) {
			t.Errorf("overhead %t in\n%s", got, &markdown)
		}
		for _, line := range []string{want.markdown, want.total} {
			if !strings.Contains(markdown.String(), line+"\n") {
				t.Errorf("no line %q in\n%s", line, &markdown)
			}
		}
	}
}
