package snapshot

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode"
)

// FuzzAny begins with reports of every kind that a difference takes. What is read is of
// the kind that it says, adds up, and is the same when it is written and read again.
func FuzzAny(f *testing.F) {
	schemas := []string{Schema, PackageSchema, ImageSchema}
	text := func(tb testing.TB, r *Report) []byte {
		var out bytes.Buffer
		var document interface{ Write(io.Writer) error } = r
		switch r.Schema {
		case PackageSchema:
			document = &Packages{Schema: r.Schema, Sizegate: r.Sizegate, Packages: r.Packages}
		case ImageSchema:
			document = &Images{Schema: r.Schema, Sizegate: r.Sizegate, Images: r.Images}
		}
		if err := document.Write(&out); err != nil {
			tb.Fatal(err)
		}
		return out.Bytes()
	}
	f.Add([]byte(saved("", "")))
	f.Add(text(f, &Report{Schema: PackageSchema, Packages: []Package{*soundPackage()}}))
	f.Add(text(f, &Report{Schema: ImageSchema, Images: []Image{*soundImage()}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeUpTo(bytes.NewReader(data), maxReport, schemas)
		if err != nil {
			if len(err.Error()) > 1000 || strings.ContainsFunc(err.Error(), func(c rune) bool { return !unicode.IsPrint(c) }) {
				t.Errorf("%q", err)
			}
			return
		}
		if r.Schema == PackageSchema && r.Binaries != nil || r.Schema == ImageSchema && r.Packages != nil {
			t.Errorf("%s has other kinds in it", r.Schema)
		}
		for i := range r.Packages {
			if err := r.Packages[i].Check(); err != nil {
				t.Error(err)
			}
		}
		for i := range r.Images {
			if err := r.Images[i].Check(); err != nil {
				t.Error(err)
			}
		}
		once := text(t, r)
		again, err := decodeUpTo(bytes.NewReader(once), maxReport, schemas)
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		if !bytes.Equal(once, text(t, again)) {
			t.Error("what was read is written in another way")
		}
	})
}
