package advise_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/sizegate/sizegate/internal/advise"
	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/buildrecord"
	"github.com/sizegate/sizegate/internal/elftest"
)

// FuzzAdvise begins with small files of every linker and language. Advice saves no
// more than the file has, is the same twice, and each thing that it says is a
// printable line; what the build left in the file is one too.
func FuzzAdvise(f *testing.F) {
	for _, data := range elftest.Samples(f, "../../testdata/elf/*64*", 18<<10) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		line := func(what, text string) {
			if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%s is no printable line: %q", what, text)
			}
		}
		refused := func(err error) bool {
			var known *elfscan.Error
			if err != nil && !errors.As(err, &known) {
				t.Errorf("an error that is not for users: %T %q", err, err)
			}
			return err != nil
		}
		if id := buildrecord.ID(b); strings.Trim(id, "0123456789abcdef") != "" {
			t.Errorf("the build ID %q", id)
		}
		profile, err := attrib.Attribute(b, advise.Attribution(nil))
		if refused(err) {
			return
		}
		facts := advise.Facts{Binary: b, Profile: profile}
		list, err := advise.Advise(t.Context(), facts)
		if refused(err) {
			return
		}
		for _, a := range list {
			line(a.Code, a.Title)
			line(a.Code, a.HowToFindOut)
			for _, e := range a.Evidence {
				line(a.Code, e)
			}
			if a.Saves != nil && a.Saves.Bytes > b.Size {
				t.Errorf("%s saves %d of %d bytes", a.Code, a.Saves.Bytes, b.Size)
			}
		}
		if again, err := advise.Advise(t.Context(), facts); err != nil || !reflect.DeepEqual(list, again) {
			t.Errorf("a second run differs (%v)", err)
		}
	})
}
