// Package debugsection opens the sections of debug information that a file has, compressed
// or not.
package debugsection

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/divide"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// Units opens the sections of debug information that describe compile units, and
// the line tables if they are asked for. Those that b does not have are nil.
func Units(b *elfscan.Binary, lines bool) (sections dwarf.Sections, err error) {
	for i := range b.Sections {
		s := &b.Sections[i]
		if s.Kind != elfscan.Debug {
			continue
		}
		into := map[string]*dwarf.Section{
			".debug_info": &sections.Info, ".debug_abbrev": &sections.Abbrev, ".debug_str": &sections.Str,
			".debug_line_str": &sections.LineStr, ".debug_ranges": &sections.Ranges, ".debug_rnglists": &sections.Rnglists,
			".debug_addr": &sections.Addr, ".debug_str_offsets": &sections.StrOffsets, ".debug_line": &sections.Line,
		}[Name(s)]
		if into == nil || *into != nil || into == &sections.Line && !lines {
			continue
		}
		r, err := b.Open(s)
		if err != nil {
			return dwarf.Sections{}, err
		}
		*into = r
	}
	return sections, nil
}

// Name is the section's name without the z of the old compressed ones.
func Name(s *elfscan.Section) string {
	if rest, ok := strings.CutPrefix(s.Base, ".zdebug"); ok {
		return ".debug" + rest
	}
	return s.Base
}

// Plain returns the plain content of a section, false if its header does not
// say how long that is. Nothing of it is read before it is needed.
func Plain(b *elfscan.Binary, s *elfscan.Section) (divide.Section, bool) {
	old := strings.HasPrefix(s.Base, ".zdebug")
	if s.Flags&elf.SHF_COMPRESSED == 0 && !old {
		return divide.Section{Section: b.SectionReader(s)}, true
	}
	var h [24]byte
	n, _ := b.SectionReader(s).ReadAt(h[:], 0)
	size := int64(0)
	switch {
	case old && n >= 12 && string(h[:4]) == "ZLIB":
		size = int64(binary.BigEndian.Uint64(h[4:]))
	case !old && n == len(h):
		size = int64(binary.LittleEndian.Uint64(h[8:]))
	}
	if size <= 0 {
		return divide.Section{}, false
	}
	return divide.Section{Section: &inflated{binary: b, section: s, size: size}, Compressed: true}, true
}

// inflated is the plain content of a compressed section, which is opened when it
// is first read.
type inflated struct {
	binary  *elfscan.Binary
	section *elfscan.Section
	size    int64
	r       *io.SectionReader
}

func (f *inflated) Size() int64 { return f.size }

func (f *inflated) ReadAt(p []byte, off int64) (int, error) {
	if f.r == nil {
		r, err := f.binary.Open(f.section)
		if err != nil {
			return 0, err
		}
		if r.Size() != f.size {
			return 0, fmt.Errorf("section %s inflates to %d bytes and not to %d", f.section.Name, r.Size(), f.size)
		}
		f.r = r
	}
	return f.r.ReadAt(p, off)
}
