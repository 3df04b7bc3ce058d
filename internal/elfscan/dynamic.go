package elfscan

import (
	"bytes"
	"debug/elf"
	"io"
	"math"
)

// readDynamic takes the shared object's name from the dynamic section. A
// broken one only means that the name stays unknown.
func (b *Binary) readDynamic(f *elf.File) {
	// Not by DynString: it copies the name of every entry, and a file can have
	// a hundred thousand of one long name.
	const longest = 4096
	dynamic := f.SectionByType(elf.SHT_DYNAMIC)
	offsets := dynamicValues(f, elf.DT_SONAME)
	if len(offsets) == 0 || uint64(dynamic.Link) >= uint64(len(f.Sections)) {
		return
	}
	names := f.Sections[dynamic.Link]
	if names.ReaderAt == nil {
		return // said to be compressed
	}
	name := make([]byte, longest)
	n, _ := names.ReadAt(name, int64(min(offsets[0], math.MaxInt64)))
	if end := bytes.IndexByte(name[:n], 0); end >= 0 {
		b.SOName = string(name[:end])
	}
}

// dynamicValues returns the values that the dynamic section has for a tag, none
// if it is said to be compressed: a loader would not inflate it, and debug/elf
// would to any size.
func dynamicValues(f *elf.File, tag elf.DynTag) []uint64 {
	if dynamic := f.SectionByType(elf.SHT_DYNAMIC); dynamic == nil || dynamic.ReaderAt == nil {
		return nil
	}
	values, err := f.DynValue(tag)
	if err != nil {
		return nil
	}
	return values
}

// typeOf tells a position-independent program from a library; both are
// ET_DYN. DF_1_PIE is the linkers' mark of a program. Without it (old linkers)
// a file with an interpreter is a program, unless it has a library's name:
// libc.so.6 can be started too.
func (b *Binary) typeOf(f *elf.File) Type {
	if f.Type == elf.ET_EXEC {
		return Exec
	}
	for _, v := range dynamicValues(f, elf.DT_FLAGS_1) {
		if elf.DynFlag1(v)&elf.DF_1_PIE != 0 {
			return PIE
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
