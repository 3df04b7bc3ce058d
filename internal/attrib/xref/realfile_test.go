package xref

import (
	"debug/elf"
	"testing"
)

// realFile returns a file of testdata/elf, its .text, and what that holds.
func realFile(tb testing.TB, name string) (f *elf.File, text *elf.Section, code []byte) {
	tb.Helper()
	f, err := elf.Open("../../../testdata/elf/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	text = f.Section(".text")
	if code, err = text.Data(); err != nil {
		tb.Fatal(err)
	}
	return f, text, code
}
