package buildrecord_test

import (
	"bytes"
	"debug/elf"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/buildrecord"
	"github.com/sizegate/sizegate/internal/elftest"
)

func TestID(t *testing.T) {
	note := func(name, desc string, kind byte) []byte {
		n := []byte{byte(len(name)), 0, 0, 0, byte(len(desc)), 0, 0, 0, kind, 0, 0, 0}
		return append(append(n, name...), desc...)
	}
	for _, tt := range []struct {
		notes []byte
		want  string
	}{
		{note("GNU\x00", "\xde\xad\xbe\xef", 3), "deadbeef"},
		{note("Go\x00\x00", "abcd/efgh", 4), "abcd/efgh"},
		{append(note("Go\x00\x00", "abcd", 4), note("GNU\x00", "\x01\x02\x03\x04", 3)...), "01020304"},
		{note("GNU\x00", "\x00\x00\x00\x00", 1), ""},
		{[]byte{255, 255, 255, 255, 255, 255, 255, 255, 3, 0, 0, 0}, ""},
		{nil, ""},
	} {
		data := elftest.File{Sections: []elftest.Section{{Name: ".note", Type: elf.SHT_NOTE, Flags: elf.SHF_ALLOC, Data: tt.notes}}}.Bytes()
		b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if got := buildrecord.ID(b); got != tt.want {
			t.Errorf("build ID of % x is %q, want %q", tt.notes, got, tt.want)
		}
	}
}
