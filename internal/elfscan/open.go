package elfscan

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/sizegate/sizegate/internal/filestamp"
)

// Arch is an instruction set as Go and Debian name it: "amd64" or "arm64".
type Arch string

const (
	AMD64 Arch = "amd64"
	ARM64 Arch = "arm64"
)

// Type is how the file is loaded.
type Type string

const (
	Exec   Type = "exec"   // at a fixed address
	PIE    Type = "pie"    // a program, at any address
	Shared Type = "shared" // a library
)

// Binary is an open ELF file. Its fields do not change after Open.
type Binary struct {
	Size     uint64 // bytes on disk
	Arch     Arch
	Type     Type
	VMSize   uint64 // memory of the loadable segments, in bytes
	Sections []Section
	Segments []elf.ProgHeader
	// BySegment says that the file has no section headers and that Sections
	// are its loadable segments, LOAD[0], LOAD[1] …
	BySegment bool
	// Headers and Gaps are the bytes of the file in no section: the ELF
	// header with the two header tables, and what nothing describes.
	Headers, Gaps uint64
	UPX           bool   // packed by UPX: what is measured is the packed file
	SOName        string // DT_SONAME, "" without one
	Warnings      []string

	file     *source
	closer   io.Closer
	modified func() error
	memory   []placed // the loaded sections by address, each address once
	byHeader []int32  // section header index → position in Sections, -1 where there is none
}

// Open opens the file at path and reads its headers. The error is an *Error
// where the file is there but is not a supported ELF file.
func Open(path string) (*Binary, error) {
	// O_NONBLOCK so that a named pipe that nobody writes to is refused instead
	// of waited for; it does nothing to regular files.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, openError(err)
	}
	b, err := open(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	b.closer = f
	return b, nil
}

func openError(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Error{"no such file", "check the path, or build it first", err}
	case errors.Is(err, fs.ErrPermission):
		return &Error{"permission denied", "make it readable: chmod +r", err}
	}
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return &Error{"cannot be opened: " + err.Error(), "name a readable file", err}
}

func open(f *os.File) (*Binary, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, openError(err)
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		return nil, &Error{Problem: "a directory", Hint: "name the binary inside it"}
	case !mode.IsRegular():
		return nil, &Error{Problem: "not a regular file", Hint: "copy it to a file first"}
	}
	b, err := New(f, info.Size())
	if err != nil {
		return nil, err
	}
	b.modified = func() error { return sameFile(f, filestamp.Of(info)) }
	return b, nil
}

func sameFile(f *os.File, stamp filestamp.Stamp) error {
	now, err := f.Stat()
	if err != nil {
		return openError(err)
	}
	if !stamp.Fits(now) {
		return &Error{Problem: "changed while it was read", Hint: "run again when the build has finished"}
	}
	return nil
}

// New reads the headers of the ELF file of size bytes in r.
func New(r io.ReaderAt, size int64) (*Binary, error) {
	head := make([]byte, min(size, 512))
	if n, err := r.ReadAt(head, 0); err != nil && n < len(head) {
		return nil, ReadError(err)
	}
	if err := identify(head); err != nil {
		return nil, err
	}
	if err := checkHeaderSizes(head); err != nil {
		return nil, err
	}
	if err := checkNames(r, head, uint64(size)); err != nil {
		return nil, err
	}
	f, err := elf.NewFile(r)
	if err != nil {
		what := OneLine(err.Error())
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			what = "it ends before what its headers name"
		}
		return nil, &Error{"a damaged ELF file: " + what, "copy or build it again", err}
	}
	b := &Binary{Size: uint64(size), file: &source{ReaderAt: r}}
	b.Arch = AMD64
	if f.Machine == elf.EM_AARCH64 {
		b.Arch = ARM64
	}
	for _, p := range f.Progs {
		b.Segments = append(b.Segments, p.ProgHeader)
	}
	for _, p := range b.Segments {
		if p.Type != elf.PT_LOAD {
			continue
		}
		if p.Vaddr+p.Memsz < p.Vaddr || p.Memsz > MaxMemory-b.VMSize {
			return nil, &Error{Problem: fmt.Sprintf("a damaged ELF file: a segment claims %d bytes of memory at %#x", p.Memsz, p.Vaddr),
				Hint: "copy or build it again"}
		}
		b.VMSize += p.Memsz
	}
	b.readDynamic(f)
	b.Type = b.typeOf(f)
	b.UPX = isUPX(r, head, f)
	if err := b.readSections(f); err != nil {
		return nil, err
	}
	if err := b.account(head); err != nil {
		return nil, err
	}
	b.place()
	if b.UPX {
		b.warnf("packed with UPX: this is about the packed file, whose code is compressed (measure the file before packing, or unpack it with upx -d)")
	}
	return b, nil
}

// Close closes the file.
func (b *Binary) Close() error {
	if b.closer == nil {
		return nil
	}
	return b.closer.Close()
}

// Unchanged returns an error if the file was written to since it was opened,
// as far as its size and the times of changes tell.
func (b *Binary) Unchanged() error {
	if b.modified == nil {
		return nil
	}
	return b.modified()
}

// Cause returns what an error of reading the file comes from: a file that is being
// written looks damaged. It is err itself where the file is unchanged, or err is nil.
func (b *Binary) Cause(err error) error {
	if err != nil {
		if changed := b.Unchanged(); changed != nil {
			return changed
		}
	}
	return err
}

// Err returns the first error of reading the file's contents, an *Error. What it was
// read for may have been taken for damaged.
func (b *Binary) Err() error {
	if err := b.file.err.Load(); err != nil {
		return ReadError(*err)
	}
	return nil
}

// source is the file, and the first error of reading it but for its end.
type source struct {
	io.ReaderAt
	err atomic.Pointer[error]
}

func (s *source) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.ReaderAt.ReadAt(p, off)
	if err != nil && err != io.EOF {
		failed := err // so that err is no allocation of each read
		s.err.CompareAndSwap(nil, &failed)
	}
	return n, err
}

// Reader reads the bytes of the whole file.
func (b *Binary) Reader() *io.SectionReader {
	return io.NewSectionReader(b.file, 0, int64(b.Size))
}

// BytesAt returns n bytes from an offset in the file on, which are inside it. The
// error is an *Error.
func (b *Binary) BytesAt(offset, n uint64) ([]byte, error) {
	data := make([]byte, n)
	if got, err := b.file.ReadAt(data, int64(offset)); err != nil && got < len(data) {
		return nil, ReadError(err)
	}
	return data, nil
}

// CRC32 returns the checksum of the whole file, as .gnu_debuglink has it. The error is
// an *Error.
func (b *Binary) CRC32() (uint32, error) {
	h := crc32.NewIEEE()
	if _, err := io.Copy(h, b.Reader()); err != nil {
		return 0, ReadError(err)
	}
	return h.Sum32(), nil
}

// checkHeaderSizes refuses headers of other sizes than ELF for 64 bits has.
// debug/elf would step over what is larger; linkers make none, and the kernel
// starts no such program.
func checkHeaderSizes(head []byte) error {
	le := binary.LittleEndian
	for _, table := range []struct {
		what       string
		size, want uint16
		used       bool
	}{
		{"program", le.Uint16(head[54:]), programHeaderSize, le.Uint16(head[56:]) > 0},
		{"section", le.Uint16(head[58:]), sectionHeaderSize, le.Uint64(head[40:]) > 0},
	} {
		if table.used && table.size != table.want {
			return &Error{Problem: fmt.Sprintf("a damaged ELF file: its %s headers have %d bytes each, not %d", table.what, table.size, table.want),
				Hint: "copy or build it again"}
		}
	}
	return nil
}

// checkNames refuses a file whose section names are together many times longer
// than it is: debug/elf copies each, and headers can share one long name. It also
// refuses names that are compressed, which debug/elf would inflate to any size.
// What else may be wrong with the headers is debug/elf's to say.
func checkNames(r io.ReaderAt, head []byte, size uint64) error {
	le := binary.LittleEndian
	at, count, names := le.Uint64(head[40:]), uint64(le.Uint16(head[60:])), uint64(le.Uint16(head[62:]))
	first := make([]byte, sectionHeaderSize)
	if at == 0 || at > size || size-at < sectionHeaderSize {
		return nil
	}
	if _, err := r.ReadAt(first, int64(at)); err != nil {
		return nil
	}
	if count == 0 { // extended numbering
		count = le.Uint64(first[32:])
	}
	if names == uint64(elf.SHN_XINDEX) {
		names = uint64(le.Uint32(first[40:]))
	}
	if count > (size-at)/sectionHeaderSize || names >= count {
		return nil
	}
	headers := make([]byte, count*sectionHeaderSize)
	if _, err := r.ReadAt(headers, int64(at)); err != nil {
		return nil
	}
	table := headers[names*sectionHeaderSize:]
	if elf.SectionFlag(le.Uint64(table[8:]))&elf.SHF_COMPRESSED != 0 {
		return &Error{Problem: "a damaged ELF file: its section names are compressed", Hint: "copy or build it again"}
	}
	offset, length := le.Uint64(table[24:]), le.Uint64(table[32:])
	if offset > size || length > size-offset {
		return nil
	}
	text := make([]byte, length)
	if _, err := r.ReadAt(text, int64(offset)); err != nil {
		return nil
	}
	left := 4*size + 1<<20
	for ; len(headers) > 0; headers = headers[sectionHeaderSize:] {
		name := uint64(le.Uint32(headers))
		if name >= length {
			continue
		}
		n := bytes.IndexByte(text[name:min(length, name+left)], 0)
		if n < 0 {
			n = int(min(length-name, left))
		}
		if left -= uint64(n); left == 0 {
			return &Error{Problem: "a damaged ELF file: its section names are together many times longer than the file", Hint: "copy or build it again"}
		}
	}
	return nil
}

func (b *Binary) warnf(format string, args ...any) {
	b.Warnings = append(b.Warnings, fmt.Sprintf(format, args...))
}
