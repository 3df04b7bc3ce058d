package snapshot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

// TestLongLists holds reports that are written a part at a time against encoding/json,
// which has them whole.
func TestLongLists(t *testing.T) {
	entries := func(n int) (list []ImageEntry) {
		for i := range n {
			list = append(list, ImageEntry{Path: fmt.Sprintf(`"entries": [%d`, i), Target: `"binaries": []`})
		}
		return list
	}
	files := func(n int) (list []PackageEntry) {
		for i := range n {
			list = append(list, PackageEntry{Path: fmt.Sprintf(`"duplicates": [%d`, i)})
		}
		return list
	}
	b := Binary{Name: `"warnings": [`, Sections: []Section{{Name: ".text"}}, Languages: []string{}}
	for name, report := range map[string]any{
		"null":        &Images{},
		"no image":    &Images{Images: []Image{}},
		"empty lists": &Images{Images: []Image{{}, {Entries: []ImageEntry{}, WastedPaths: []WastedPath{}, Binaries: []Binary{}}}},
		"one part":    &Images{Sizegate: `"images": [`, Images: []Image{{Entries: entries(1000), Binaries: []Binary{b}}}},
		"several": &Images{Images: []Image{
			{Name: `"entries": [`, Entries: entries(2001), WastedPaths: []WastedPath{{Path: "a"}}, Binaries: []Binary{b, {}, b}, Warnings: []string{"w"}},
			{Entries: entries(1)}, {Binaries: []Binary{b}},
		}},
		"null packages": &Packages{},
		"a long group": &Packages{Packages: []Package{{Entries: files(2), Debug: []string{"d"}, Warnings: []string{"w"}, Duplicates: []Duplicate{
			{Paths: []string{"a", "b"}}, {}, {SHA256: `"paths": [`, Paths: slices.Repeat([]string{`"wasted": "`}, 2500), Wasted: 3}, {Paths: []string{}}}}}},
		"packages": &Packages{Packages: []Package{
			{}, {Entries: files(1001), Duplicates: []Duplicate{{Paths: []string{"a", "b"}}, {}}, Debug: []string{"d"}, Binaries: []Binary{b, b}},
			{Entries: files(3), Debug: []string{}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var want, got bytes.Buffer
			e := json.NewEncoder(&want)
			e.SetIndent("", " ")
			if err := e.Encode(report); err != nil {
				t.Fatal(err)
			}
			var err error
			switch r := report.(type) {
			case *Images:
				err = r.Write(&got)
			case *Packages:
				err = r.Write(&got)
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != want.String() {
				t.Errorf("got\n%s\nwant\n%s", &got, &want)
			}
		})
	}
}

// TestByPath finds entries in any order of their paths.
func TestByPath(t *testing.T) {
	for _, paths := range [][]string{{}, {"a"}, {"a", "b", "c"}, {"c", "a", "b"}, {"b", "b", "a"}, {"a", "a"}} {
		b := newByPath(len(paths), func(i int) string { return paths[i] })
		first := make(map[string]int)
		again := false
		for i, path := range paths {
			if _, ok := first[path]; ok {
				again = true
			} else {
				first[path] = i
			}
		}
		if _, ok := b.twice(); ok != again {
			t.Errorf("%q: a path twice: %v", paths, ok)
		}
		for _, path := range []string{"", "a", "b", "c", "d"} {
			want, is := first[path]
			if at, ok := b.find(path); at != want || ok != is {
				t.Errorf("%q: %q is at %d, %v", paths, path, at, ok)
			}
		}
	}
}
