package dynlink_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/dynlink"
	"github.com/sizegate/sizegate/internal/elftest"
)

// FuzzLinkage reads what any file asks of the dynamic loader. Names are pieces of
// the file, and together not longer than it may have them.
func FuzzLinkage(f *testing.F) {
	for _, data := range elftest.Samples(f, "../../../testdata/elf/c-*64*", 15<<10) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			checkRefusal(t, err)
			return
		}
		l, err := dynlink.Read(b)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		names := append(append([]string{l.Interpreter}, l.Needed...), append(l.RPath, l.RunPath...)...)
		names = append(names, l.Defined...)
		for _, v := range l.Versions {
			names = append(names, v.Library, v.Name)
		}
		total := 0
		for _, n := range names {
			total += len(n)
			if strings.ContainsRune(n, 0) || !bytes.Contains(data, []byte(n)) {
				t.Errorf("the name %q is not in the file", n)
			}
		}
		if total > 256<<10 || len(names) > 4*4096 {
			t.Errorf("%d names of %d bytes", len(names), total)
		}
	})
}

// checkRefusal holds an error to what users are promised: one printable line with
// advice.
func checkRefusal(t *testing.T, err error) {
	t.Helper()
	var known *elfscan.Error
	if text := err.Error(); !errors.As(err, &known) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("%T %q", err, text)
	}
}
