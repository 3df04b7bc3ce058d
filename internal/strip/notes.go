package strip

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"strings"
)

// Notes of type GNU build attribute (Fedora's and Red Hat's compilers leave
// thousands of them) say how a range of code was built; GNU strip --strip-all
// merges those that say the same of ranges next to each other. The format is
// that of the Watermark specification; version 3 is the only one merged.
const (
	attributeNotes = ".gnu.build.attributes"
	noteOpen       = 0x100 // about a range
	noteFunction   = 0x101 // about a function
	noteHeader     = 12
)

// attributeNote is one note. kind is 0 when it has been merged into another.
type attributeNote struct {
	kind       uint32
	name       []byte // with its terminator, without padding
	start, end uint64 // the code it is about
}

// mergeNotes merges the build attributes, section by section. What is not as
// the specification says is left as it is.
func (p *plan) mergeNotes(relocs map[int]int) error {
	for _, s := range p.sections {
		from := &p.in.sections[s.input]
		_, relocated := relocs[s.input]
		if elf.SectionType(from.Type) != elf.SHT_NOTE || !strings.HasPrefix(s.name, attributeNotes) || s.Size == 0 || relocated {
			continue
		}
		data, err := p.in.contents(from)
		if err != nil {
			return err
		}
		notes, ok := readNotes(data)
		if !ok {
			continue
		}
		if merged := writeNotes(mergeRanges(notes)); len(merged) < len(data) {
			s.data, s.Size = merged, uint64(len(merged))
		}
	}
	return nil
}

func readNotes(data []byte) (notes []attributeNote, ok bool) {
	le := binary.LittleEndian
	last := map[uint32]*attributeNote{noteOpen: {}, noteFunction: {}}
	versions := map[byte]bool{}
	for len(data) >= noteHeader {
		nameSize, size, kind := uint64(le.Uint32(data)), uint64(le.Uint32(data[4:])), le.Uint32(data[8:])
		padded := (nameSize + 3) &^ 3
		before := last[kind]
		if before == nil || nameSize < 4 || padded+size+noteHeader > uint64(len(data)) {
			return nil, false
		}
		name := data[noteHeader : noteHeader+nameSize]
		value := data[noteHeader+padded : noteHeader+padded+size]
		data = data[noteHeader+padded+size:]
		if name[nameSize-1] != 0 {
			return nil, false
		}
		if bytes.HasPrefix(name, []byte("$\x011")) {
			versions['1'] = true
		}
		if nameSize > 4 && bytes.HasPrefix(name, []byte("GA$\x01")) {
			versions[name[4]] = true
		}
		var start, end uint64
		switch size {
		case 0:
		case 8:
			start, end = uint64(le.Uint32(value)), uint64(le.Uint32(value[4:]))
		case 16:
			start, end = le.Uint64(value), le.Uint64(value[8:])
		default:
			return nil, false
		}
		start = min(start, end)
		// A zero means: as in the note of this kind before.
		if start == 0 {
			start = before.start
		}
		if end == 0 {
			end = before.end
		}
		*before = attributeNote{start: start, end: end}
		notes = append(notes, attributeNote{kind, name, start, end})
	}
	if len(data) > 0 || len(versions) > 1 || len(versions) == 1 && !versions['3'] {
		return nil, false
	}
	return notes, true
}

// mergeRanges sorts the notes by what they say and then by range, drops those
// that are empty or contained in another, and joins ranges that meet.
func mergeRanges(notes []attributeNote) []attributeNote {
	sortNotes(notes, compareByAttribute)
	kept := make([]attributeNote, 0, len(notes))
	for _, n := range notes {
		if n.start != n.end && !n.mergeInto(kept) {
			kept = append(kept, n)
		}
	}
	sortNotes(kept, compareByRange)
	return kept
}

// maxLookBack is how many notes GNU strip compares a note with.
const maxLookBack = 18

// mergeInto merges the note into one of those kept before, the last first.
func (n *attributeNote) mergeInto(kept []attributeNote) bool {
	for i, back := len(kept)-1, 0; i >= 0 && back < maxLookBack; i, back = i-1, back+1 {
		k := &kept[i]
		if !bytes.Equal(k.name, n.name) {
			return false
		}
		if n.start >= k.start && n.end <= k.end {
			return true
		}
		if k.kind == n.kind && meets(k, n) {
			k.start, k.end = min(k.start, n.start), max(k.end, n.end)
			return true
		}
	}
	return false
}

// meets says whether GNU strip joins the ranges of two notes, the one of a
// before that of b. It joins them across a gap as well, except one that is
// mere alignment.
func meets(a, b *attributeNote) bool {
	if a.end < b.start {
		return (a.end+15)&^15 < b.start
	}
	return a.end != b.end
}

func compareByAttribute(a, b *attributeNote) int {
	const attribute = 3 // offset of the attribute's type; before it are "GA" and the value's type
	n := min(len(a.name), len(b.name))
	if c := bytes.Compare(a.name[attribute:n], b.name[attribute:n]); c != 0 {
		return c
	}
	switch {
	case a.end < b.start:
		return -1
	case a.start > b.end:
		return 1
	case a.start < b.start:
		return -1
	}
	return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.kind, b.kind))
}

func compareByRange(a, b *attributeNote) int {
	c := cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	if c == 0 && len(a.name) > 4 && len(b.name) > 4 {
		return cmp.Compare(int8(a.name[3]), int8(b.name[3]))
	}
	return c
}

// sortNotes is the merge sort of the C library, which GNU strip uses: where
// the order of notes is not well defined (compareByAttribute depends on which
// is asked first), the result is the algorithm's.
func sortNotes(notes []attributeNote, compare func(a, b *attributeNote) int) {
	mergeSort(notes, make([]attributeNote, 0, len(notes)), compare)
}

func mergeSort(notes, room []attributeNote, compare func(a, b *attributeNote) int) {
	if len(notes) < 2 {
		return
	}
	a, b := notes[:len(notes)/2], notes[len(notes)/2:]
	mergeSort(a, room, compare)
	mergeSort(b, room, compare)
	for len(a) > 0 && len(b) > 0 {
		if compare(&a[0], &b[0]) <= 0 {
			room, a = append(room, a[0]), a[1:]
		} else {
			room, b = append(room, b[0]), b[1:]
		}
	}
	room = append(room, a...) // what is left of b is in place
	copy(notes, room)
}

// writeNotes writes the notes; one about the range of the note before it
// leaves the range out.
func writeNotes(notes []attributeNote) []byte {
	le := binary.LittleEndian
	var out []byte
	var start, end uint64
	for _, n := range notes {
		same := n.start == start && n.end == end
		size := uint32(16)
		if same {
			size = 0
		}
		out = le.AppendUint32(out, uint32(len(n.name)))
		out = le.AppendUint32(out, size)
		out = le.AppendUint32(out, n.kind)
		out = append(out, n.name...)
		out = append(out, zeros[:-len(n.name)&3]...)
		if !same {
			out = le.AppendUint64(out, n.start)
			out = le.AppendUint64(out, n.end)
		}
		start, end = n.start, n.end
	}
	return out
}
