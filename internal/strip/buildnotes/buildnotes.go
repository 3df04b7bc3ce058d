// Package buildnotes merges the notes of type GNU build attribute as GNU strip does.
//
// Such notes (Fedora's and Red Hat's compilers leave thousands of them) say how a range
// of code was built; GNU strip --strip-all merges those that say the same of ranges next
// to each other. The format is that of the Watermark specification; version 3 is the
// only one merged.
package buildnotes

import (
	"bytes"
	"cmp"
	"encoding/binary"
)

const (
	openNote     = 0x100 // about a range
	functionNote = 0x101 // about a function
	headerSize   = 12
)

// note is what one note says.
type note struct {
	kind       uint32
	name       []byte // with its terminator, without padding
	start, end uint64 // the code it is about
}

// Merge returns the merged notes of a section, if that makes them shorter. ok is false
// if it does not, or where the section is not as the specification says.
func Merge(section []byte) (merged []byte, ok bool) {
	notes, ok := read(section)
	if !ok {
		return nil, false
	}
	merged = write(join(notes))
	return merged, len(merged) < len(section)
}

func read(data []byte) (notes []note, ok bool) {
	le := binary.LittleEndian
	last := map[uint32]*note{openNote: {}, functionNote: {}}
	versions := map[byte]bool{}
	for len(data) >= headerSize {
		nameSize, size, kind := uint64(le.Uint32(data)), uint64(le.Uint32(data[4:])), le.Uint32(data[8:])
		padded := (nameSize + 3) &^ 3
		before := last[kind]
		if before == nil || nameSize < 4 || padded+size+headerSize > uint64(len(data)) {
			return nil, false
		}
		name := data[headerSize : headerSize+nameSize]
		value := data[headerSize+padded : headerSize+padded+size]
		data = data[headerSize+padded+size:]
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
		*before = note{start: start, end: end}
		notes = append(notes, note{kind, name, start, end})
	}
	if len(data) > 0 || len(versions) > 1 || len(versions) == 1 && !versions['3'] {
		return nil, false
	}
	return notes, true
}

// join sorts the notes by what they say and then by range, drops those
// that are empty or contained in another, and joins ranges that meet.
func join(notes []note) []note {
	sort(notes, compareByAttribute)
	kept := make([]note, 0, len(notes))
	for _, n := range notes {
		if n.start != n.end && !n.mergeInto(kept) {
			kept = append(kept, n)
		}
	}
	sort(kept, compareByRange)
	return kept
}

// maxLookBack is how many notes GNU strip compares a note with.
const maxLookBack = 18

// mergeInto merges the note into one of those kept before, the last first.
func (n *note) mergeInto(kept []note) bool {
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
func meets(a, b *note) bool {
	if a.end < b.start {
		return (a.end+15)&^15 < b.start
	}
	return a.end != b.end
}

func compareByAttribute(a, b *note) int {
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

func compareByRange(a, b *note) int {
	c := cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	if c == 0 && len(a.name) > 4 && len(b.name) > 4 {
		return cmp.Compare(int8(a.name[3]), int8(b.name[3]))
	}
	return c
}

// sort is the merge sort of the C library, which GNU strip uses: where
// the order of notes is not well defined (compareByAttribute depends on which
// is asked first), the result is the algorithm's.
func sort(notes []note, compare func(a, b *note) int) {
	mergeSort(notes, make([]note, 0, len(notes)), compare)
}

func mergeSort(notes, room []note, compare func(a, b *note) int) {
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

// padding is what names are filled up with.
var padding [3]byte

// write writes the notes; one about the range of the note before it
// leaves the range out.
func write(notes []note) []byte {
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
		out = append(out, padding[:-len(n.name)&3]...)
		if !same {
			out = le.AppendUint64(out, n.start)
			out = le.AppendUint64(out, n.end)
		}
		start, end = n.start, n.end
	}
	return out
}
