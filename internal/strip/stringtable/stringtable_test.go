package stringtable

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func table(names ...string) (*Table, []int) {
	var t Table
	var numbers []int
	for _, name := range names {
		numbers = append(numbers, t.AddText(name))
	}
	t.LayOut()
	return &t, numbers
}

func TestTable(t *testing.T) {
	tests := []struct {
		names   []string
		want    string
		offsets []uint32
	}{
		{nil, "\x00", nil},
		{[]string{""}, "\x00", []uint32{0}},
		{[]string{".text", ".rela.text", ".data"}, "\x00.rela.text\x00.data\x00", []uint32{6, 1, 12}},
		{[]string{"a", "b", "a"}, "\x00a\x00b\x00", []uint32{1, 3, 1}},
		{[]string{"d", "bcd", "abcd", "cd"}, "\x00abcd\x00", []uint32{4, 2, 1, 3}},
		{[]string{".shstrtab", ".strtab", "rtab"}, "\x00.shstrtab\x00.strtab\x00", []uint32{1, 11, 14}},
		{[]string{"xlongerthan8", "ylongerthan8", "longerthan8"}, "\x00xlongerthan8\x00ylongerthan8\x00", []uint32{1, 14, 2}},
	}
	for _, tt := range tests {
		got, numbers := table(tt.names...)
		if text := string(got.Bytes()); text != tt.want || got.Size != uint64(len(tt.want)) {
			t.Errorf("%q: table %q with %d bytes, want %q", tt.names, text, got.Size, tt.want)
		}
		for i, n := range numbers {
			if got.Offset(n) != tt.offsets[i] {
				t.Errorf("%q: %q is at %d, want %d", tt.names, tt.names[i], got.Offset(n), tt.offsets[i])
			}
		}
	}
}

// TestTableRandom compares with the definition: what is written are the
// strings that are not the end of another, each once, in the order added.
func TestTableRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		names := make([]string, rng.IntN(40))
		for i := range names {
			b := make([]byte, rng.IntN(14))
			for k := range b {
				b[k] = "ab\xff"[rng.IntN(3)]
			}
			names[i] = string(b)
		}
		want := []byte{0}
		for i, name := range names {
			if name == "" || slices.Contains(names[:i], name) {
				continue
			}
			if !slices.ContainsFunc(names, func(other string) bool { return other != name && strings.HasSuffix(other, name) }) {
				want = append(append(want, name...), 0)
			}
		}
		got, numbers := table(names...)
		text := got.Bytes()
		if !bytes.Equal(text, want) {
			t.Fatalf("%q: table %q, want %q", names, text, want)
		}
		for i, n := range numbers {
			if !bytes.HasPrefix(text[got.Offset(n):], []byte(names[i]+"\x00")) {
				t.Fatalf("%q: %q is not at %d of %q", names, names[i], got.Offset(n), text)
			}
		}
	}
}
