package ownership

import (
	"bytes"
	"debug/elf"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
)

// TestListOnce: symbols and the search for functions without any both ask for the
// list of crates. What is wrong with it is told once.
func TestListOnce(t *testing.T) {
	f := elftest.File{Sections: []elftest.Section{{Name: ".dep-v0", Flags: elf.SHF_ALLOC, Data: []byte("junk")}}}
	data := f.Bytes()
	b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var c Crates
	for _, want := range []int{1, 0} {
		if warnings, err := c.ReadList(b); err != nil || len(warnings) != want {
			t.Errorf("%q, %v, want %d warnings", warnings, err, want)
		}
	}
}
