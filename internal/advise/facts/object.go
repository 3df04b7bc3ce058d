package facts

import (
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
}

// IsFile says whether the content looks like that of an embedded file: it is
// one by its name, or text or a known format of a size that no message has.
// Tables of a program are no files.
func (o *Object) IsFile() bool {
	return o.Constant && (o.embedded() || o.Size >= MinFile && !strings.HasPrefix(o.Name, "["))
}

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

// Objects returns the data in read-only sections with at least a size, in the
// order of addresses. What several owners share is one object.
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
		if s.Kind != elfscan.ROData || !s.Alloc() || s.Shared() || f.Inlined || !f.Constant && strings.HasPrefix(f.Name, "[") {
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
		last = Object{f.Name, f.Section, f.Address, f.Size, f.Constant, []int{f.Owner}}
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
