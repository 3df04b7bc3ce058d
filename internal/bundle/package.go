package bundle

import (
	"context"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/sizegate/sizegate/internal/bundle/flaw"
	"github.com/sizegate/sizegate/internal/bundle/inspect"
	"github.com/sizegate/sizegate/internal/filestamp"
)

// Type is what an entry is.
type Type string

const (
	File      Type = "file"
	Directory Type = "directory"
	Symlink   Type = "symlink"
	HardLink  Type = "hardlink" // in a tar: another name of an entry before it
	Special   Type = "special"  // a device, a pipe, a socket: never opened
)

// One is one of the type, for messages.
func (t Type) One() string {
	switch t {
	case Symlink:
		return "a symbolic link"
	case HardLink:
		return "a hard link"
	case Special:
		return "a device, a pipe or a socket"
	}
	return "a " + string(t)
}

// Entry is one entry of the package.
type Entry struct {
	// Path is clean, with slashes and relative to the package; what leads out
	// of it is cut off. It may hold any other character, control characters and
	// backslashes included.
	Path   string
	Type   Type
	Target string // of a link, as it is written
	// Mode is the permission bits, 0 where a zip has none.
	Mode fs.FileMode
	// Size is the bytes when unpacked. A link has some only in a zip, which
	// stores its target as contents.
	Size uint64
	// Stored is the bytes inside the archive, 0 in a directory and where the
	// archive is compressed as a whole.
	Stored   uint64
	Category Category
	ELF      bool
	// Replaced says that a later entry has the same path and is the one that
	// remains when the archive is unpacked.
	Replaced bool
	// Opaque says that the contents cannot be read: Size is what the archive
	// claims.
	Opaque bool

	magic [inspect.MagicSize]byte // the first bytes of the contents
	keep  bool                    // the contents are needed to know more
	sum   int32                   // the number of its SHA-256, from 1: 0 is none
}

// Package is a deployment package. Its fields do not change after Open.
type Package struct {
	Format Format
	Size   uint64 // bytes of the archive; of a directory the sum of its files
	// Unzipped is the bytes of the entries that are not replaced.
	Unzipped uint64
	// Zipped is what the entries take in the archive, Overhead what nothing of
	// them is. See the package comment for each format.
	Zipped, Overhead uint64
	Entries          []Entry
	// Duplicates are the files with the same contents, as positions in Entries:
	// at least two in a group, both in ascending order. Empty files, links and
	// replaced entries are in none.
	Duplicates [][]int
	Sums       [][32]byte // the SHA-256 of the files of each group
	// Debug is the positions of the files that are only of use to a debugger.
	Debug    []int
	Warnings []string

	source   source
	archive  *io.SectionReader // nil: a directory
	closer   io.Closer
	modified func() error
}

// Open opens the package at path and reads all of it. The error is a
// [*flaw.Error], or that of a context that is done.
func Open(ctx context.Context, path string) (*Package, error) {
	// O_NONBLOCK so that a named pipe that nobody writes to is refused instead
	// of waited for; it does nothing to regular files.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, flaw.Opening(err)
	}
	p, err := open(ctx, f, path)
	if err != nil {
		f.Close()
		return nil, err
	}
	return p, nil
}

func open(ctx context.Context, f *os.File, path string) (*Package, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, flaw.Opening(err)
	}
	if info.IsDir() {
		root, err := os.OpenRoot(path)
		if err != nil {
			return nil, flaw.Opening(err)
		}
		p, err := readDirectory(ctx, root)
		if err != nil {
			root.Close()
			return nil, err
		}
		p.closer = root
		return p, f.Close()
	}
	if !info.Mode().IsRegular() {
		return nil, &flaw.Error{Problem: "not a regular file", Hint: "copy it to a file first"}
	}
	unchanged := func() error { return sameFile(f, filestamp.Of(info)) }
	p, err := New(ctx, f, info.Size())
	// A file that is being written looks damaged: the cause comes first.
	if changed := unchanged(); changed != nil && ctx.Err() == nil {
		return nil, changed
	}
	if err != nil {
		return nil, err
	}
	p.archive, p.closer, p.modified = io.NewSectionReader(f, 0, info.Size()), f, unchanged
	return p, nil
}

// sameFile is an error if the open file is not what it was.
func sameFile(f *os.File, stamp filestamp.Stamp) error {
	now, err := f.Stat()
	if err != nil {
		return flaw.Opening(err)
	}
	if !stamp.Fits(now) {
		return flaw.Changed
	}
	return nil
}

// New reads the archive of size bytes in r, which several goroutines read at
// once. Errors are those of Open.
func New(ctx context.Context, r io.ReaderAt, size int64) (*Package, error) {
	f, err := formatOf(r, size)
	if err != nil {
		return nil, err
	}
	switch f {
	case FormatZip:
		return readZip(ctx, r, size)
	case FormatTar:
		return readTar(ctx, r, size)
	}
	return readCompressed(ctx, f, r, size)
}

// Archive reads the bytes of the archive that was opened, whatever is at its path
// now. It is nil for a directory.
func (p *Package) Archive() *io.SectionReader { return p.archive }

// Close closes the archive or the directory.
func (p *Package) Close() error {
	if p.closer == nil {
		return nil
	}
	return p.closer.Close()
}

// Unchanged returns an error if the archive was written to since it was opened,
// as far as its size and time of modification tell. The files of a directory
// are held against that each time they are read.
func (p *Package) Unchanged() error {
	if p.modified == nil {
		return nil
	}
	return p.modified()
}
