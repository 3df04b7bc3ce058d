package bundle

import (
	"context"
	"fmt"
	"io"
	"io/fs"

	"github.com/sizegate/sizegate/internal/bundle/flaw"
	"github.com/sizegate/sizegate/internal/bundle/inspect"
	"github.com/sizegate/sizegate/internal/bundle/zipfile"
	"github.com/sizegate/sizegate/internal/display"
)

// zipFile is a package that is a zip archive.
type zipFile struct {
	archive *zipfile.Archive
	entries []Entry
}

func readZip(ctx context.Context, r io.ReaderAt, size int64) (*Package, error) {
	a, err := zipfile.Find(r, size)
	if err != nil {
		return nil, err
	}
	b := &builder{limit: allowed(size)}
	before, behind := a.Around()
	if before > 0 {
		b.warnings.AddAll(fmt.Sprintf("%s in front of the zip archive (a self-extracting one? not every unpacker takes it)", display.Counted(int(before), "byte")))
	}
	if behind > 0 {
		b.warnings.AddAll(fmt.Sprintf("%s behind the end of the zip archive (build it again)", display.Counted(int(behind), "byte")))
	}
	if err := a.List(ctx, b.addZipped); err != nil {
		return nil, err
	}
	z := &zipFile{archive: a, entries: b.entries}
	err = a.Locate(ctx, func(name string) {
		b.warnings.Add("another name in front of the contents than in the directory, which counts (build the package again)", name)
	})
	if err != nil {
		return nil, err
	}
	p := &Package{Format: FormatZip, Size: uint64(size), source: z}
	if p.Zipped, p.Overhead, err = a.Layout(); err != nil {
		return nil, err
	}
	type key struct {
		size uint64
		crc  uint32
	}
	repeated := repeats(b.entries, func(i int) key { return key{b.entries[i].Size, a.CRC(i)} })
	err = inspect.Parallel(len(b.entries), func(s *inspect.Scratch, i int) error {
		e := &b.entries[i]
		if e.Opaque {
			return nil
		}
		f, err := z.inspect(ctx, s, i, inspect.Want{CRC: true, Sum: repeated(i), Keep: e.keep})
		if err != nil {
			return flaw.In(e.Path, err)
		}
		b.set(i, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range b.entries {
		if e := &b.entries[i]; e.Type == Symlink {
			e.Target = string(b.kept[i])
		}
	}
	return b.finish(p)
}

// addZipped adds the entry of one record of the central directory.
func (b *builder) addZipped(h zipfile.Header) error {
	e := Entry{Size: h.Unpacked, Stored: h.Packed, Type: typeOf(h.Mode), Mode: h.Mode.Perm()}
	switch {
	case h.Encrypted:
		e.Opaque = true
		b.warnings.Add("encrypted: its size is what the archive says, and it is not looked into (build the package without a password)", h.Name)
	case h.Method != zipfile.Stored && h.Method != zipfile.Deflated:
		e.Opaque = true
		b.warnings.Add(fmt.Sprintf("packed with method %d: its size is what the archive says, and it is not looked into (only deflate runs everywhere)", h.Method), h.Name)
	case h.Method == zipfile.Stored && h.Packed != h.Unpacked:
		return flaw.In(h.Name, flaw.Damaged(string(FormatZip), "it is stored as it is, but %d bytes are said to be %d", h.Packed, h.Unpacked))
	case e.Type == Symlink && h.Unpacked > maxName:
		return flaw.In(h.Name, flaw.Damaged(string(FormatZip), "a link with a target of %d bytes", h.Unpacked))
	case e.Type == Symlink:
		e.keep = true
		b.names += int(h.Unpacked)
	}
	return b.add(h.Name, e)
}

// typeOf is what a file of this mode is.
func typeOf(mode fs.FileMode) Type {
	switch {
	case mode.IsRegular():
		return File
	case mode.IsDir():
		return Directory
	case mode&fs.ModeSymlink != 0:
		return Symlink
	}
	return Special
}

// contents reads the unpacked bytes of entry i, which is not opaque.
func (z *zipFile) contents(s *inspect.Scratch, i int) (io.Reader, error) {
	packed := z.archive.Contents(i)
	if z.archive.Method(i) == zipfile.Stored {
		return packed, nil
	}
	return s.Inflate(packed)
}

// inspect reads entry i to its end and holds it against what is said of it.
func (z *zipFile) inspect(ctx context.Context, s *inspect.Scratch, i int, w inspect.Want) (inspect.Found, error) {
	e, crc := &z.entries[i], z.archive.CRC(i)
	if e.Stored == 0 && e.Size == 0 && e.Type == Directory {
		return inspect.Found{}, nil
	}
	r, err := z.contents(s, i)
	if err != nil {
		return inspect.Found{}, flaw.Reading(err)
	}
	f, err := s.Read(ctx, r, e.Size, w)
	switch {
	case ctx.Err() != nil:
		return inspect.Found{}, ctx.Err()
	case err != nil:
		return inspect.Found{}, flaw.Unpacking(string(FormatZip), err)
	case f.Size > e.Size:
		return inspect.Found{}, flaw.Damaged(string(FormatZip), "it unpacks to more than the %d bytes that are said", e.Size)
	case f.Size < e.Size:
		return inspect.Found{}, flaw.Damaged(string(FormatZip), "it unpacks to %d bytes, and %d are said", f.Size, e.Size)
	case f.CRC != crc:
		return inspect.Found{}, flaw.Damaged(string(FormatZip), "its CRC-32 is %08x, and %08x is said", f.CRC, crc)
	}
	return f, nil
}
