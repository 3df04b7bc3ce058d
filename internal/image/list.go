package image

import (
	"io/fs"

	"github.com/sizegate/sizegate/internal/image/unpack"
)

// layer is a layer of an image, nil where it is missing, with the number of the path
// of each of its entries.
type layer struct {
	*unpack.Layer
	numbers []int32
}

// fileList is the final file system, in the order of the paths. There may be millions
// of files, so each is 32 bytes without a pointer, and all paths are one text.
type fileList struct {
	files  []file
	paths  string
	layers []layer
}

// file is a path in the final file system.
type file struct {
	path   uint32 // where it begins in paths
	length uint16
	number int32 // of the path
	entry  place // what is at the path; a directory may have no entry
	// contents is what makes it a regular file, which may have been made at another
	// path; none for all else.
	contents place
	linked   int32 // of another name of a regular file, the position of that, else none
}

// place is an entry of a layer.
type place struct{ layer, entry int32 }

func (l *fileList) pathOf(i int) string { return l.paths[l.files[i].path:][:l.files[i].length] }

// Len is how many paths are in the final file system.
func (l *fileList) Len() int { return len(l.files) }

// File is the path at a position in the final file system, which is in the order of
// the paths.
func (l *fileList) File(i int) File {
	at := &l.files[i]
	f := File{Path: l.pathOf(i), Type: Directory, Layer: int(at.entry.layer), Mode: 0o755}
	if at.entry.entry != none {
		entries := &l.layers[at.entry.layer].Entries
		e := entries.At(int(at.entry.entry))
		f.Type, f.Mode, f.Target = typeNames[e.Type], fs.FileMode(e.Mode), entries.Target(int(at.entry.entry))
	}
	switch {
	case at.linked != none:
		f.Type, f.Target = HardLink, l.pathOf(int(at.linked))
	case at.contents.entry != none:
		e := l.layers[at.contents.layer].Entries.At(int(at.contents.entry))
		f.Type, f.Target, f.Layer, f.Size, f.ELF = Regular, "", int(at.contents.layer), e.Size, e.ELF
	}
	return f
}

// ELF reports whether the file at a position is a regular file with an ELF file's
// first bytes.
func (l *fileList) ELF(i int) bool {
	at := l.files[i].contents
	return at.entry != none && l.layers[at.layer].Entries.At(int(at.entry)).ELF
}
