package elfscan

import (
	"encoding/binary"
	"fmt"

	"github.com/sizegate/sizegate/internal/span"
)

// Sizes of the structures of ELFCLASS64.
const (
	headerSize        = 64
	programHeaderSize = 56
	sectionHeaderSize = 64
)

// account gives every byte of the file to the headers, to one section or to
// the gaps. The headers come first: a segment that stands in for a section
// usually begins with them. Where sections overlap, the first in the order of
// the headers owns the bytes.
func (b *Binary) account(head []byte) error {
	const headers = ^uint32(0)
	claims := make([]span.Claim, 0, len(b.Sections)+3)
	claim := func(offset, size uint64, rank, id uint32) {
		claims = append(claims, span.Claim{Range: span.Range{Lo: offset, Hi: offset + size}, Rank: rank, ID: id})
	}
	le := binary.LittleEndian
	claim(0, headerSize, 0, headers)
	for _, table := range []struct {
		name          string
		offset, count uint64
		size          uint64
	}{
		{"program", le.Uint64(head[32:]), uint64(len(b.Segments)), programHeaderSize},
		{"section", le.Uint64(head[40:]), uint64(len(b.byHeader)), sectionHeaderSize},
	} {
		size := table.count * table.size
		if table.offset > b.Size || size > b.Size-table.offset {
			return &Error{Problem: fmt.Sprintf("a damaged ELF file: its %s headers run past the end of the file", table.name),
				Hint: "copy or build it again"}
		}
		claim(table.offset, size, 0, headers)
	}
	wanted := uint64(0)
	for i := range b.Sections {
		s := &b.Sections[i]
		if size := uint64(b.SectionReader(s).Size()); size > 0 {
			claim(s.Offset, size, uint32(i)+1, uint32(i))
			wanted += size
		}
	}
	covered := uint64(0)
	for r, owners := range span.Sweep(claims) {
		covered += r.Len()
		if id := owners[0].ID; id == headers {
			b.Headers += r.Len()
		} else {
			s := &b.Sections[id]
			s.Owned = append(s.Owned, r)
			s.FileSize += r.Len()
		}
	}
	b.Gaps = b.Size - covered
	if b.BySegment || wanted == covered-b.Headers {
		return nil
	}
	listed := 0
	for i := range b.Sections {
		s := &b.Sections[i]
		if lost := uint64(b.SectionReader(s).Size()) - s.FileSize; lost > 0 {
			// A file with ten thousand overlapping sections needs no ten
			// thousand lines to be called strange.
			if listed++; listed > 5 {
				b.warnf("more sections overlap")
				break
			}
			b.warnf("section [%d] %s overlaps what comes before it in the headers: %d of its %d bytes are counted there", s.Index, OneLine(s.Name), lost, s.Size)
		}
	}
	return nil
}
