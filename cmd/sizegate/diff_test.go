package main

import (
	"archive/zip"
	"encoding/json"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCheckContents is checkcontents FILE [OLD.zip NEW.zip]: checks that each row of a
// JSON difference of packages or images is right in itself, and that the lists add up to
// the totals. Of zip archives each entry is held against what archive/zip reads. It reads
// JSON without the program's own types.
func scriptCheckContents(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 && len(args) != 3 {
		ts.Fatalf("usage: checkcontents FILE [OLD.zip NEW.zip]")
	}
	type row struct {
		Name, Change    string
		Kind            string
		Old, New, Delta int64
	}
	var document map[string]json.RawMessage
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &document))
	read := func(field string, into any) { ts.Check(json.Unmarshal(document[field], into)) }
	sound := func(r row) {
		sign := map[string]bool{
			"added": r.Old == 0, "removed": r.New == 0,
			"grown": r.Delta > 0, "shrunk": r.Delta < 0, "same": r.Delta == 0,
		}
		if !sign[r.Change] || r.Delta != r.New-r.Old || r.Old < 0 || r.New < 0 {
			ts.Fatalf("%s: a row is wrong: %+v", args[0], r)
		}
	}
	sums := map[string]string{"categories": "unzipped", "entries": "unzipped", "zipped_categories": "archive", "zipped_entries": "archive"}
	var schema string
	switch read("schema", &schema); schema {
	case "sizegate.package-diff/v1":
	case "sizegate.image-diff/v1":
		sums = map[string]string{"layers": "image", "unpacked_layers": "unpacked", "files": "unpacked"}
	default:
		ts.Fatalf("%s: schema %q", args[0], schema)
	}
	for list, total := range sums {
		var rows []row
		var all, sum row // null leaves a row as it is: there is none to add up to
		read(total, &all)
		read(list, &rows)
		if rows == nil {
			ts.Fatalf("%s: %s is null", args[0], list)
		}
		for _, r := range rows {
			sound(r)
			sum.Old += r.Old
			sum.New += r.New
		}
		if all.Change != "" {
			sound(all)
		}
		if sum.Old != all.Old || sum.New != all.New {
			ts.Fatalf("%s: %s add up to %d and %d, %s is %d and %d", args[0], list, sum.Old, sum.New, total, all.Old, all.New)
		}
	}
	if len(args) == 1 {
		return
	}
	for list, size := range map[string]func(*zip.File) uint64{
		"entries":        func(f *zip.File) uint64 { return f.UncompressedSize64 },
		"zipped_entries": func(f *zip.File) uint64 { return f.CompressedSize64 },
	} {
		want := make(map[string]*[2]int64)
		for side, path := range args[1:] {
			archive, err := zip.OpenReader(ts.MkAbs(path))
			ts.Check(err)
			for _, f := range archive.File {
				if strings.HasSuffix(f.Name, "/") {
					continue
				}
				if want[f.Name] == nil {
					want[f.Name] = new([2]int64)
				}
				want[f.Name][side] = int64(size(f))
			}
			ts.Check(archive.Close())
		}
		var rows []row
		read(list, &rows)
		for _, r := range rows {
			if r.Kind == "" {
				continue // [overhead]
			}
			if w := want[r.Name]; w == nil || *w != [2]int64{r.Old, r.New} {
				ts.Fatalf("%s: %s: %+v, archive/zip reads %v", args[0], list, r, w)
			}
			delete(want, r.Name)
		}
		if len(want) > 0 {
			ts.Fatalf("%s: %s lacks %d entries", args[0], list, len(want))
		}
	}
}
