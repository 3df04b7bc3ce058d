package goruntime

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
)

// However often and in whatever order memory is read, it is what the file has.
func TestGoMemory(t *testing.T) {
	const addr, size = 0x400000, 300 << 10
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i ^ i>>8)
	}
	for _, kind := range []elf.Type{elf.ET_EXEC, elf.ET_DYN} {
		path := filepath.Join(t.TempDir(), "file")
		f := elftest.File{Type: kind, Sections: []elftest.Section{
			{Name: ".rodata", Flags: elf.SHF_ALLOC, Addr: addr, Data: data, Align: 8},
		}}
		if err := os.WriteFile(path, f.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := elfscan.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		m := NewMemory(b)
		for i := range uint64(500) {
			lo := i * 100003 % size
			for _, n := range []uint64{0, 8, memoryOverlap, memoryOverlap + 1, 20000} {
				hi := lo + min(n, size-lo)
				if got := m.At(addr+lo, n); !bytes.Equal(got, data[lo:hi]) {
					t.Fatalf("%v: %d bytes at %d are not what is there", kind, n, lo)
				}
			}
			if i%100 == 0 && !bytes.Equal(m.Copy(addr, lo, size), data[lo:]) {
				t.Fatalf("%v: the copy from %d on is not what is there", kind, lo)
			}
		}
		if got := m.At(addr-1, 8); got != nil {
			t.Errorf("%v: %d bytes outside the section", kind, len(got))
		}
		if m.Room(addr+100) != size-100 || m.Room(addr+size) != 0 || m.Copy(addr, 0, size+1) != nil || m.Slice(Slice{1, 0}, 8) != nil {
			t.Errorf("%v: the end of the section is elsewhere", kind)
		}
		if m.Err != nil {
			t.Error(m.Err)
		}
	}
}

// Where sections overlap, an address is of the first of them, whatever was read before.
func TestOverlappingMemory(t *testing.T) {
	first, second := bytes.Repeat([]byte{1}, 0x100), bytes.Repeat([]byte{2}, 0x200)
	f := elftest.File{Type: elf.ET_EXEC, Sections: []elftest.Section{
		{Name: ".first", Flags: elf.SHF_ALLOC, Addr: 0x1000, Data: first},
		{Name: ".second", Flags: elf.SHF_ALLOC, Addr: 0x1080, Data: second},
	}}
	data := f.Bytes()
	b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	m := NewMemory(b)
	for range 2 {
		if room, got := m.Room(0x1180), m.At(0x1180, 4); room != 0x100 || !bytes.Equal(got, second[:4]) {
			t.Errorf("behind the first: %#x bytes of room, %x", room, got)
		}
		if room, got := m.Room(0x10f0), m.At(0x10f0, 4); room != 0x10 || !bytes.Equal(got, first[:4]) {
			t.Errorf("in both: %#x bytes of room, %x", room, got)
		}
	}
}
