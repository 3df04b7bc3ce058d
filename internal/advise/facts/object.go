package facts

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// MinFile is what content needs to look like an embedded file where no name says
// that it is one.
const MinFile = 16 << 10

// Object is data with a name.
type Object struct {
	Name     string
	Section  int // by position in Binary.Sections
	Addr     uint64
	Size     uint64 // in bytes
	Constant bool
	Owners   []int // by position in Profile.Owners, at least one
	Joined   bool  // it was cut in its middle (see Join)
}

// IsFile says whether the content looks like that of an embedded file: it is
// one by its name, or text or a known format of a size that no message has.
// Tables of a program are no files.
func (o *Object) IsFile() bool {
	switch {
	case !o.Constant:
		return o.Size >= MinFile && o.goBytes()
	case o.embedded():
		return true
	}
	return o.Size >= MinFile && o.HasFormat()
}

// HasFormat says whether the content is text or a known format, or in an embed.FS.
func (o *Object) HasFormat() bool { return o.Constant && !strings.HasPrefix(o.Name, "[") }

// goBytes says whether it is what Go's compiler puts a file into that is embedded as
// []byte, or the bytes of a []byte in the source.
func (o *Object) goBytes() bool { return strings.Contains(o.Name, "..gobytes.") }

// embedded says whether the file itself says that the object is an embedded file.
func (o *Object) embedded() bool { return strings.HasPrefix(o.Name, "embed: ") }

// OriginOf says whose an object is: the program's own if only one of its owners is.
func (in *File) OriginOf(o *Object) attrib.Origin {
	rank := []attrib.Origin{attrib.FromLinker, attrib.Standard, attrib.Native, attrib.Dependency, attrib.Own}
	best := 0
	for _, owner := range o.Owners {
		best = max(best, slices.Index(rank, in.Profile.Owners[owner].Origin))
	}
	return rank[best]
}

// Objects returns the data with at least a size in read-only sections, and in
// those where Go has a []byte, in the order of addresses. What several owners
// share is one object.
func (in *File) Objects(least uint64) []Object {
	var list []Object
	last := Object{Section: -1}
	add := func() {
		if last.Section >= 0 && last.Size >= least {
			list = append(list, last)
		}
	}
	for i := range in.Profile.Functions {
		f := &in.Profile.Functions[i]
		s := &in.Binary.Sections[f.Section]
		if s.Kind != elfscan.ROData && s.Base != ".noptrdata" || !s.Alloc() || s.Shared() || f.Inlined || !f.Constant && strings.HasPrefix(f.Name, "[") {
			continue
		}
		if f.Section == last.Section && f.Address == last.Addr {
			last.Size += f.Size
			if !slices.Contains(last.Owners, f.Owner) { // there are at most a few, as each has to have minConstant
				last.Owners = append(last.Owners, f.Owner)
			}
			continue
		}
		add()
		last = Object{f.Name, f.Section, f.Address, f.Size, f.Constant, []int{f.Owner}, false}
	}
	add()
	return list
}

// Reader reads an object. ok is false where its range is not in its section.
func (in *File) Reader(o *Object) (r *io.SectionReader, ok bool) {
	s := &in.Binary.Sections[o.Section]
	if o.Addr < s.Addr || o.Addr-s.Addr > s.FileSize || o.Size > s.FileSize-(o.Addr-s.Addr) {
		return nil, false
	}
	return io.NewSectionReader(in.Binary.SectionReader(s), int64(o.Addr-s.Addr), int64(o.Size)), true
}

// TrimFill leaves out zero bytes at the end of an object, with which what follows it is
// aligned: where no symbol says how long it is, they count as part of it.
func (in *File) TrimFill(o *Object) error {
	r, ok := in.Reader(o)
	if !ok {
		return nil
	}
	const maxAlign = 64
	tail := make([]byte, min(o.Size, maxAlign-1))
	if _, err := r.ReadAt(tail, int64(o.Size)-int64(len(tail))); err != nil {
		return elfscan.ReadError(err)
	}
	o.Size -= uint64(len(tail) - len(bytes.TrimRight(tail, "\x00")))
	return nil
}

// MinUnknown is from what size on data of no known format is the rest of an embedded
// file, if it lies behind a part of one.
const MinUnknown = 1 << 20

// Join puts together what is one file: an object that begins where another one ends,
// in the middle of a line of text, or large and of no format. Code can refer to the
// middle of a file, and a number can look like its address. Go says how long its
// files are, so that they are not cut.
func (in *File) Join(list []Object) []Object {
	if in.Language("go") {
		return list
	}
	joined := list[:0:0]
	for _, o := range list {
		if n := len(joined); n > 0 && in.goesOn(&joined[n-1], &o) {
			last := &joined[n-1]
			last.Size += o.Size
			last.Owners = slices.Clone(last.Owners)
			for _, owner := range o.Owners {
				if !slices.Contains(last.Owners, owner) {
					last.Owners = append(last.Owners, owner)
				}
			}
			last.Joined = true
			continue
		}
		joined = append(joined, o)
	}
	return joined
}

// goesOn says whether a file goes on in another object.
func (in *File) goesOn(o, next *Object) bool {
	text := func(o *Object) bool { return o.Constant && strings.HasPrefix(o.Name, `"`) }
	switch {
	case o.Section != next.Section || o.Addr+o.Size != next.Addr || !o.Constant || !next.Constant:
		return false
	case !text(o) && !next.HasFormat():
		return o.Size >= MinFile && next.Size >= MinUnknown
	case !text(o) || !text(next):
		return false
	}
	s := &in.Binary.Sections[o.Section]
	var around [2]byte
	if _, err := in.Binary.SectionReader(s).ReadAt(around[:], int64(next.Addr-1-s.Addr)); err != nil {
		return false
	}
	// A file ends behind a line, or with what closes its content.
	return !strings.ContainsRune("\x00\n\r>})];", rune(around[0])) && around[1] != 0
}
