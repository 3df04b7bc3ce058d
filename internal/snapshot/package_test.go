package snapshot

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/bundle"
)

// soundPackage is a package with all lists, whose sums were made by hand.
func soundPackage() *Package {
	return &Package{
		Name: "f.zip", Path: "dist/f.zip", Format: "zip", Size: 500, Zipped: 230, Overhead: 270, Unzipped: 530,
		Categories: []PackageCategory{
			{Name: "program", Files: 2, Unzipped: 200, Zipped: 100},
			{Name: "native", Files: 1, Unzipped: 150, Zipped: 90},
			{Name: "dependencies"},
			{Name: "data", Files: 1, Unzipped: 180, Zipped: 40},
			{Name: "other"},
		},
		Entries: []PackageEntry{
			{Path: "bin", Type: "directory", Category: "other", Mode: "0755"},
			{Path: "bin/app", Type: "file", Category: "native", Mode: "0755", Executable: true, Unzipped: 150, Zipped: 90, ELF: true},
			{Path: "a.js", Type: "file", Category: "program", Unzipped: 100, Zipped: 60},
			{Path: "b.js", Type: "file", Category: "program", Unzipped: 100, Zipped: 40},
			{Path: "c.map", Type: "file", Category: "data", Unzipped: 77, Zipped: 10, Replaced: true},
			{Path: "c.map", Type: "file", Category: "data", Unzipped: 180, Zipped: 30},
		},
		Duplicates: []Duplicate{{SHA256: strings.Repeat("ab", 32), Size: 100, Paths: []string{"a.js", "b.js"}, Wasted: 100}},
		Debug:      []string{"c.map"},
		Binaries: []Binary{{Name: "app", Path: "bin/app", FileSize: 150, Overhead: Overhead{Headers: 40},
			Sections: []Section{{Name: ".text", Kind: "code", FileSize: 110, VMSize: 110, Unattributed: 110}}}},
	}
}

func TestPackageCheck(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(p *Package)
		want   string // part of the message, "" for none
	}{
		{"sound", func(*Package) {}, ""},
		{"an entry's share", func(p *Package) { p.Entries[1].Zipped++ }, "the entries take 231 bytes of the archive, not 230"},
		{"overhead", func(p *Package) { p.Overhead-- }, "add up to 499, not to its 500 bytes"},
		{"size", func(p *Package) { p.Size = 0 }, "add up to 500, not to its 0 bytes"},
		{"unzipped", func(p *Package) { p.Unzipped = 607 }, "the unpacked entries add up to 530, not to 607"},
		{"an entry that was replaced", func(p *Package) { p.Entries[4].Replaced = false }, `two entries that remain are called "c.map"`},
		{"a category's files", func(p *Package) { p.Categories[0].Files = 3 }, `the category "program"`},
		{"a category's bytes", func(p *Package) { p.Categories[3].Unzipped, p.Categories[4].Unzipped = 0, 180 }, `the category "data"`},
		{"categories in another order", func(p *Package) { p.Categories[2], p.Categories[4] = p.Categories[4], p.Categories[2] }, `the category "dependencies"`},
		{"a category is missing", func(p *Package) { p.Categories = p.Categories[:4] }, "there are 4 categories, not 5"},
		{"an unknown category", func(p *Package) { p.Entries[0].Category = "music" }, `of the category "music"`},
		{"a compressed tar", func(p *Package) { p.Format = "tar+gzip" }, "the entries take 230 bytes of the archive, not 0"},
		{"a directory that is zipped", func(p *Package) { p.Format = "directory" }, "the entries take 230"},
		{"a duplicate's waste", func(p *Package) { p.Duplicates[0].Wasted = 200 }, "2 files of 100 bytes with the same contents waste 200"},
		{"a duplicate of itself", func(p *Package) { p.Duplicates[0].Paths[1] = "a.js" }, `the duplicate "a.js"`},
		{"a duplicate of another size", func(p *Package) { p.Duplicates[0].Paths[1] = "bin/app" }, `the duplicate "bin/app"`},
		{"a group of one", func(p *Package) { p.Duplicates[0].Paths, p.Duplicates[0].Wasted = []string{"a.js"}, 0 }, "1 files of 100 bytes"},
		{"a lost debug file", func(p *Package) { p.Debug[0] = "d.map" }, `the debug file "d.map"`},
		{"a binary elsewhere", func(p *Package) { p.Binaries[0].Path = "app" }, `the binary "app"`},
		{"a binary of another size", func(p *Package) { p.Entries[1].Unzipped, p.Entries[5].Unzipped = 151, 179 }, "the category"},
		{"a binary that is no ELF file", func(p *Package) { p.Entries[1].ELF = false }, `the binary "bin/app"`},
		{"a binary that does not add up", func(p *Package) { p.Binaries[0].Overhead.Gaps = 1 }, `"bin/app": sections, headers and gaps add up to 151`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := soundPackage()
			test.change(p)
			err := p.Check()
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// TestNewPackage holds the fields against a table by hand: what an entry is, and
// which of them count where.
func TestNewPackage(t *testing.T) {
	p := &bundle.Package{Format: bundle.FormatZip, Size: 300, Zipped: 90, Overhead: 210, Unzipped: 112,
		Entries: []bundle.Entry{
			{Path: "run", Type: bundle.File, Mode: 0o750, Size: 50, Stored: 40, Category: bundle.Native, ELF: true},
			{Path: "old", Type: bundle.File, Size: 7, Stored: 3, Category: bundle.Data, Replaced: true},
			{Path: "old", Type: bundle.Symlink, Target: "run", Mode: 0o777, Size: 3, Stored: 3, Category: bundle.Other},
			{Path: "two", Type: bundle.File, Size: 50, Stored: 35, Category: bundle.Native},
			{Path: "key", Type: bundle.File, Mode: 0o4, Size: 9, Stored: 9, Category: bundle.Other, Opaque: true},
		},
		Duplicates: [][]int{{0, 3}}, Sums: [][32]byte{{31: 1}}, Debug: []int{3}, Warnings: []string{"w"},
	}
	var out bytes.Buffer
	s := NewPackage("f.zip", "dist/f.zip", p)
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	r := Packages{Schema: PackageSchema, Sizegate: "v1", Packages: []Package{s}}
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	const want = `{"schema":"sizegate.package/v1","sizegate":"v1","packages":[{"name":"f.zip","path":"dist/f.zip","sha256":"","format":"zip","size":300,"zipped":90,"overhead":210,"unzipped":112,` +
		`"categories":[{"name":"program","files":0,"unzipped":0,"zipped":0},{"name":"native","files":2,"unzipped":100,"zipped":75},{"name":"dependencies","files":0,"unzipped":0,"zipped":0},` +
		`{"name":"data","files":0,"unzipped":0,"zipped":3},{"name":"other","files":1,"unzipped":12,"zipped":12}],"entries":[` +
		`{"path":"run","type":"file","category":"native","mode":"0750","executable":true,"unzipped":50,"zipped":40,"target":"","replaced":false,"opaque":false,"elf":true},` +
		`{"path":"old","type":"file","category":"data","mode":"","executable":false,"unzipped":7,"zipped":3,"target":"","replaced":true,"opaque":false,"elf":false},` +
		`{"path":"old","type":"symlink","category":"other","mode":"0777","executable":false,"unzipped":3,"zipped":3,"target":"run","replaced":false,"opaque":false,"elf":false},` +
		`{"path":"two","type":"file","category":"native","mode":"","executable":false,"unzipped":50,"zipped":35,"target":"","replaced":false,"opaque":false,"elf":false},` +
		`{"path":"key","type":"file","category":"other","mode":"0004","executable":false,"unzipped":9,"zipped":9,"target":"","replaced":false,"opaque":true,"elf":false}],` +
		`"duplicates":[{"sha256":"0000000000000000000000000000000000000000000000000000000000000001","size":50,"paths":["run","two"],"wasted":50}],"debug":["two"],"binaries":[],"warnings":["w"]}]}`
	var got bytes.Buffer
	if err := json.Compact(&got, out.Bytes()); err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("got  %s\nwant %s", &got, want)
	}
}

// TestBaselineOfPackages reads back a report that has packages beside binaries.
func TestBaselineOfPackages(t *testing.T) {
	encode := func(change func(p *Package)) []byte {
		p := soundPackage()
		change(p)
		var out bytes.Buffer
		if err := (&Report{Schema: Schema, Sizegate: "v1", Binaries: []Binary{}, Packages: []Package{*p}}).Write(&out); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	sound := encode(func(*Package) {})
	r, err := Decode(bytes.NewReader(sound))
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := r.Write(&again); err != nil || !bytes.Equal(again.Bytes(), sound) {
		t.Errorf("%v, got\n%s\nwant\n%s", err, again.Bytes(), sound)
	}
	const huge = 1 << 63
	for name, change := range map[string]func(p *Package){
		"a sum that is wrong":           func(p *Package) { p.Unzipped++ },
		"a size that is too large":      func(p *Package) { p.Size, p.Overhead = huge+230, huge },
		"sums that wrap":                func(p *Package) { p.Entries[2].Unzipped, p.Entries[3].Unzipped = huge, huge },
		"shares that wrap":              func(p *Package) { p.Entries[2].Zipped, p.Entries[3].Zipped = huge, huge },
		"a duplicate that wraps":        func(p *Package) { p.Duplicates[0].Size = huge },
		"a binary that does not add up": func(p *Package) { p.Binaries[0].Sections[0].FileSize-- },
		"a variant twice":               func(p *Package) { p.Binaries[0].Variants = []Variant{{Name: "zip"}, {Name: "zip"}} },
	} {
		if _, err := Decode(bytes.NewReader(encode(change))); err == nil || !strings.HasPrefix(err.Error(), `the report is damaged: package "f.zip": `) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
