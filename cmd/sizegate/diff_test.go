package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

// TestDiffUnzip holds the sizes of entries on both sides against what unzip -v shows.
func TestDiffUnzip(t *testing.T) {
	needTools(t, "zip", "unzip")
	old, err := filepath.Abs(packageFixture)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	new := filepath.Join(dir, "new.zip")
	data, err := os.ReadFile(old)
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string][]byte{"new.zip": data, "bootstrap": []byte(strings.Repeat("smaller ", 100)), "added.txt": []byte("a text\n")} {
		if err := os.WriteFile(filepath.Join(dir, path), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tool(t, dir, nil, "zip", "-q", new, "bootstrap", "added.txt")
	tool(t, dir, nil, "zip", "-q", "-d", new, "lib/libanswer.so")
	type both struct{ old, new sizes }
	want := make(map[string]both)
	for side, path := range []string{old, new} {
		archive, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		shown := unzipped(t, path) // in the order of the archive
		for i, f := range archive.File {
			b := want[f.Name]
			if side == 0 {
				b.old = shown[i]
			} else {
				b.new = shown[i]
			}
			want[f.Name] = b
		}
		archive.Close()
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"diff", "-f", "json", old, new}, &stdout, &stderr); code != exitOK || stderr.Len() > 0 {
		t.Fatalf("exit code %d, %s", code, &stderr)
	}
	type row struct {
		Name     string
		Kind     string
		Old, New uint64
	}
	var diff struct {
		Entries []row
		Zipped  []row `json:"zipped_entries"`
	}
	if err := json.Unmarshal(stdout.Bytes(), &diff); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]both)
	for _, r := range diff.Entries {
		got[r.Name] = both{sizes{Unzipped: r.Old}, sizes{Unzipped: r.New}}
	}
	for _, r := range diff.Zipped {
		if b, known := got[r.Name]; known {
			b.old.Zipped, b.new.Zipped = r.Old, r.New
			got[r.Name] = b
		}
	}
	if len(want) < 8 || len(got) != len(want) {
		t.Errorf("%d entries, unzip shows %d", len(got), len(want))
	}
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s: %+v, unzip shows %+v", name, got[name], w)
		}
	}
}
