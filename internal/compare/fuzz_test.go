package compare_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// FuzzBinaries compares reports that a stranger saved: whatever can be read as one gives
// a difference that adds up, is the same twice, and the other way round has the same
// sizes with the other sign.
func FuzzBinaries(f *testing.F) {
	var saved [][]byte
	for _, name := range []string{"c-thunk-arm64", "c-zlib-amd64", "rust-v0-stripped-arm64"} {
		b, err := elfscan.Open("../../testdata/elf/" + name)
		if err != nil {
			f.Fatal(err)
		}
		p, err := attrib.Attribute(b, attrib.Options{Functions: true, Section: func(s *elfscan.Section) bool { return s.Kind == elfscan.Code }})
		if err != nil {
			f.Fatal(err)
		}
		r := &snapshot.Report{Schema: snapshot.Schema, Binaries: []snapshot.Binary{snapshot.New(name, name, b, p, func(s string) string { return s })}}
		var text bytes.Buffer
		if err := r.Write(&text); err != nil {
			f.Fatal(err)
		}
		saved = append(saved, text.Bytes())
		b.Close()
	}
	for i := range saved {
		f.Add(saved[i], saved[(i+1)%len(saved)])
	}
	f.Fuzz(func(t *testing.T, oldText, newText []byte) {
		before, err := snapshot.Decode(bytes.NewReader(oldText))
		if err != nil || len(before.Binaries) == 0 {
			return
		}
		after, err := snapshot.Decode(bytes.NewReader(newText))
		if err != nil || len(after.Binaries) == 0 {
			return
		}
		a, b := &before.Binaries[0], &after.Binaries[0]
		d := compare.Binaries(a, b)
		if err := d.Check(); err != nil {
			t.Error(err)
		}
		if again := compare.Binaries(a, b); !reflect.DeepEqual(d, again) {
			t.Error("a second comparison differs")
		}
		back := compare.Binaries(b, a)
		if err := back.Check(); err != nil {
			t.Error(err)
		}
		for _, lists := range [][2][]compare.Row{{d.Sections, back.Sections}, {d.Owners, back.Owners}, {d.Functions, back.Functions}} {
			if grown, shrunk := sum(lists[0]), sum(lists[1]); grown != -shrunk {
				t.Errorf("grown by %d, and back by %d", grown, shrunk)
			}
		}
		if same := compare.Binaries(a, a); !same.Identical() {
			t.Error("a report differs from itself")
		}
	})
}

func sum(rows []compare.Row) int64 {
	var n int64
	for i := range rows {
		n += rows[i].Delta()
	}
	return n
}
