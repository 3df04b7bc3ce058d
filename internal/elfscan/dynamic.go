package elfscan

import (
	"bytes"
	"debug/elf"
	"io"
)

// readDynamic takes the shared object's name from the dynamic section. A
// broken one only means that the name stays unknown.
func (b *Binary) readDynamic(f *elf.File) {
	if names, err := f.DynString(elf.DT_SONAME); err == nil && len(names) > 0 {
		b.SOName = names[0]
	}
}

// typeOf tells a position-independent program from a library; both are
// ET_DYN. DF_1_PIE is the linkers' mark of a program. Without it (old linkers)
// a file with an interpreter is a program, unless it has a library's name:
// libc.so.6 can be started too.
func (b *Binary) typeOf(f *elf.File) Type {
	if f.Type == elf.ET_EXEC {
		return Exec
	}
	if flags, err := f.DynValue(elf.DT_FLAGS_1); err == nil {
		for _, v := range flags {
			if elf.DynFlag1(v)&elf.DF_1_PIE != 0 {
				return PIE
			}
		}
	}
	if b.SOName != "" {
		return Shared
	}
	for _, p := range b.Segments {
		if p.Type == elf.PT_INTERP {
			return PIE
		}
	}
	return Shared
}

// isUPX recognises a file packed by UPX: its stub has no sections, and the
// packer's l_info header with the magic "UPX!" follows the program headers
// (struct l_info in UPX's src/stub/src/include/linux.h).
func isUPX(r io.ReaderAt, head []byte, f *elf.File) bool {
	if len(f.Sections) > 0 {
		return false
	}
	const lookAt = 1024
	start := make([]byte, lookAt)
	n, err := r.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return false
	}
	from := headerSize + len(f.Progs)*programHeaderSize
	return from < n && bytes.Contains(start[from:n], []byte("UPX!"))
}
