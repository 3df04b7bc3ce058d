package strip

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io"
)

// write writes the file front to back: headers, contents, and zeros between
// them.
func (p *plan) write(w io.Writer) error {
	out := &sequence{w: w}
	if err := out.put(0, bytes.NewReader(p.fileHeader())); err != nil {
		return err
	}
	for _, next := range p.pieces {
		var from io.WriterTo
		switch s := next.section; {
		case s == nil:
			from = bytes.NewReader(p.programHeaderTable())
		case s.data != nil:
			from = bytes.NewReader(s.data)
		case s.copied != nil:
			from = s.copied
		default:
			from = p.in.contentsOf(s)
		}
		if err := out.put(next.offset, from); err != nil {
			return err
		}
	}
	return out.put(p.sectionHeaders, bytes.NewReader(p.sectionHeaderTable()))
}

// contents is a section of the input.
type contents struct{ *io.SectionReader }

func (c contents) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, c.SectionReader) }

func (in *input) contentsOf(s *section) contents {
	from := &in.sections[s.input]
	return contents{io.NewSectionReader(in.Reader(), int64(from.Off), int64(from.Size))}
}

// sequence writes pieces at rising offsets.
type sequence struct {
	w   io.Writer
	end uint64
}

// zeros is what gaps are filled with; it is never written to.
var zeros [4096]byte

func (s *sequence) put(offset uint64, from io.WriterTo) error {
	for s.end < offset {
		n, err := s.w.Write(zeros[:min(offset-s.end, uint64(len(zeros)))])
		if err != nil {
			return err
		}
		s.end += uint64(n)
	}
	n, err := from.WriteTo(s.w)
	s.end += uint64(n)
	return err
}

func (p *plan) fileHeader() []byte {
	le := binary.LittleEndian
	h := bytes.Clone(p.in.head[:])
	clear(h[elf.EI_PAD:16])
	le.PutUint32(h[20:], uint32(elf.EV_CURRENT))
	le.PutUint64(h[32:], p.programHeaders)
	le.PutUint64(h[40:], p.sectionHeaders)
	le.PutUint16(h[52:], fileHeaderSize)
	le.PutUint16(h[54:], 0)
	if len(p.segments) > 0 {
		le.PutUint16(h[54:], programHeaderSize)
	}
	le.PutUint16(h[56:], uint16(len(p.segments)))
	le.PutUint16(h[58:], sectionHeaderSize)
	le.PutUint16(h[60:], uint16(len(p.sections)+1))
	le.PutUint16(h[62:], uint16(p.number(p.names)))
	return h
}

func (p *plan) programHeaderTable() []byte {
	out := make([]byte, 0, len(p.segments)*programHeaderSize)
	for _, m := range p.segments {
		h := elf.Prog64{Type: uint32(m.Type), Flags: uint32(m.Flags), Off: m.Off, Vaddr: m.Vaddr, Paddr: m.Paddr,
			Filesz: m.Filesz, Memsz: m.Memsz, Align: m.Align}
		out, _ = binary.Append(out, binary.LittleEndian, &h) // fails only for types without a fixed size
	}
	return out
}

func (p *plan) sectionHeaderTable() []byte {
	out := make([]byte, sectionHeaderSize, (len(p.sections)+1)*sectionHeaderSize)
	for _, s := range p.sections {
		out, _ = binary.Append(out, binary.LittleEndian, &s.Section64) // as above
	}
	return out
}
