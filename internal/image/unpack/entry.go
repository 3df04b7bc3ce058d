package unpack

import (
	"archive/tar"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/tarfile"
	"github.com/sizegate/sizegate/internal/textpool"
)

const (
	// MaxEntries is of all layers.
	MaxEntries = 2_000_000
	// MaxPaths is of all layers, with the directories that have no entry.
	MaxPaths = MaxEntries / 4 * 5
	// MaxNames is the bytes of all names and targets, and of all paths that remain.
	MaxNames = 256 << 20

	maxName  = 4096
	maxDepth = 256

	whiteout  = ".wh."
	opaqueDir = ".wh..wh..opq"
	reserved  = ".wh..wh." // what begins so means something, and is no file
)

// Kind is what an entry of a layer does.
type Kind uint8

const (
	Adds    Kind = iota
	Deletes      // Path is what is deleted
	Empties      // Path is the directory whose contents are deleted
	Nothing      // one of the reserved names, or the root
)

// Type is what an entry is, in one byte: there may be millions of entries.
type Type uint8

const (
	Regular Type = iota
	Directory
	Symlink
	HardLink // another name of a regular file
	Special  // a device, a pipe
)

// Entry is an entry of a layer's tar. Its texts are in [Entries].
type Entry struct {
	Size uint64 // bytes of a regular file, else 0
	at   int64  // of the contents in the tar, -1 where they have holes

	target          textpool.Ref
	targetLength    uint16
	shared, differs uint16 // bytes of its path: as in the one before, and behind them

	Mode uint16 // the permission bits
	Type Type
	Kind Kind
	ELF  bool // a regular file with an ELF file's first bytes
}

// TooManyEntries is the error about more than [MaxEntries].
func TooManyEntries() error {
	return &fault.Error{Problem: fmt.Sprintf("more than %d files", MaxEntries), Hint: "leave out what is not needed"}
}

// TooManyPaths is the error about more than [MaxPaths].
func TooManyPaths() error {
	return &fault.Error{Problem: fmt.Sprintf("more than %d files and directories", MaxPaths), Hint: "leave out what is not needed"}
}

// TooLongNames is the error about more than [MaxNames].
func TooLongNames() error {
	return &fault.Error{Problem: fmt.Sprintf("names of more than %d MiB in all", MaxNames>>20), Hint: "leave out what is not needed"}
}

// named is an entry with its texts.
type named struct {
	Entry
	path string // clean
	link string // what a link links to, as it is written
}

// entry checks a header against the limits; at is where its contents begin.
func (l *reading) entry(u *Layer, h *tar.Header, at int64) (named, error) {
	length := int64(len(h.Name) + len(h.Linkname))
	switch {
	case l.entries.Add(1) > MaxEntries:
		return named{}, TooManyEntries()
	case len(h.Name) > maxName, len(h.Linkname) > maxName:
		return named{}, &fault.Error{Problem: fmt.Sprintf("%s: its name or target is longer than %d bytes, which Linux cannot unpack", oneline.Name(h.Name), maxName), Hint: "shorten it"}
	case strings.Count(h.Name, "/") > maxDepth:
		return named{}, &fault.Error{Problem: fmt.Sprintf("%s: more than %d folders deep", oneline.Name(h.Name), maxDepth), Hint: "make the tree flatter"}
	case l.names.Add(length) > MaxNames:
		return named{}, TooLongNames()
	}
	e := named{Entry: Entry{Type: Special, Mode: uint16(fs.FileMode(h.Mode) & fs.ModePerm), at: at}}
	switch h.Typeflag {
	case tar.TypeReg, '\x00', tar.TypeCont, tar.TypeGNUSparse:
		e.Type, e.Size = Regular, uint64(h.Size)
		if tarfile.Sparse(h) {
			e.at = -1
		}
	case tar.TypeDir:
		e.Type = Directory
	case tar.TypeSymlink:
		e.Type, e.link = Symlink, h.Linkname
	case tar.TypeLink:
		e.Type, e.link = HardLink, h.Linkname
	}
	if int64(e.Size) > MaxUnpacked {
		return named{}, TooLarge(oneline.Name(h.Name), MaxUnpacked)
	}
	var escapes bool
	if e.path, escapes = tarfile.Clean(h.Name); escapes && strings.Contains(h.Name, "..") {
		u.Warnings.Add("a name with .. (what leads out of the image is cut off, and some runtimes refuse it: build the image again)", h.Name)
	}
	if tarfile.Unprintable(h.Name) {
		u.Warnings.Add("control characters in the name (rename it)", h.Name)
	}
	e.mark()
	if e.Kind != Adds {
		e.Size = 0
	}
	return e, nil
}

// mark tells the markers that delete from files.
func (e *named) mark() {
	dir, base := path.Split(e.path)
	dir = strings.TrimSuffix(dir, "/")
	switch {
	case e.path == "":
		e.Kind = Nothing
	case base == opaqueDir && !inReserved(dir):
		e.Kind, e.path = Empties, dir
	case inReserved(e.path):
		e.Kind = Nothing
	case strings.HasPrefix(base, whiteout):
		name := strings.TrimPrefix(base, whiteout)
		if name == "" || name == "." || name == ".." {
			e.Kind = Nothing
			return
		}
		e.Kind, e.path = Deletes, path.Join(dir, name)
	}
}

// inReserved reports whether an element of the path is a reserved name.
func inReserved(p string) bool {
	return strings.HasPrefix(p, reserved) || strings.Contains(p, "/"+reserved)
}
