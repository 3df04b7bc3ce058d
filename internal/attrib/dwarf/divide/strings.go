package divide

import (
	"bytes"
	"math"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// stringCounts counts, for each string of a section that units refer to, how many
// units do. It is a hash table without the cost of one: 12 bytes a string.
type stringCounts struct {
	slots []stringSlot // a power of two of them
	used  int
}

type stringSlot struct {
	key  uint32 // the offset + 1; 0 for a free slot
	unit uint32 // that referred to it last
	n    uint32 // how many units; later the bits of a float32: what each of them pays in bytes
}

// touch counts the unit for the string at off. Units come in ascending order.
func (t *stringCounts) touch(off uint64, unit uint32) {
	if off >= math.MaxUint32 {
		return
	}
	if t.used >= len(t.slots)/4*3 {
		t.grow()
	}
	s := t.slot(uint32(off) + 1)
	if s.key == 0 {
		t.used++
		*s = stringSlot{key: uint32(off) + 1, unit: unit, n: 1}
	} else if s.unit != unit {
		s.unit = unit
		s.n++
	}
}

// slot returns that of key, or the free one that it would take.
func (t *stringCounts) slot(key uint32) *stringSlot {
	mask := uint32(len(t.slots) - 1)
	for i := uint32(uint64(key) * 0x9e3779b97f4a7c15 >> 32); ; i++ {
		if s := &t.slots[i&mask]; s.key == key || s.key == 0 {
			return s
		}
	}
}

func (t *stringCounts) grow() {
	old := t.slots
	t.slots = make([]stringSlot, max(1024, 2*len(old)))
	for _, s := range old {
		if s.key != 0 {
			*t.slot(s.key) = s
		}
	}
}

// price finds what each unit that refers to a string pays for it, and returns how
// many bytes all of them pay: those that are part of a string. Linkers keep "bar"
// as the end of "foobar" where both are needed: the units of both share the end,
// and one that refers to both counts twice there.
func (t *stringCounts) price(w *window.Window) uint64 {
	offs := make([]uint32, 0, t.used)
	for i := range t.slots {
		s := &t.slots[i]
		s.unit = nobody
		if s.key != 0 {
			offs = append(offs, s.key-1)
		}
	}
	slices.Sort(offs)
	paid := uint64(0)
	for i := 0; i < len(offs); {
		end, ok := stringEnd(w, uint64(offs[i]))
		if !ok {
			for ; i < len(offs); i++ { // a string without an end is none
				t.slot(offs[i] + 1).n = 0
			}
			break
		}
		j := i
		units := float64(0)
		for j < len(offs) && uint64(offs[j]) < end {
			units += float64(t.slot(offs[j] + 1).n)
			j++
		}
		paid += end - uint64(offs[i])
		// From the last start backwards: each stretch up to the next start is
		// paid by the units of all strings that began before its end.
		hi, each := end, float64(0)
		for k := j - 1; k >= i; k-- {
			s := t.slot(offs[k] + 1)
			each += float64(hi-uint64(offs[k])) / units
			units -= float64(s.n)
			s.n = math.Float32bits(float32(each))
			hi = uint64(offs[k])
		}
		i = j
	}
	return paid
}

// pay returns what the unit pays for the string at off, the first time that it
// refers to it.
func (t *stringCounts) pay(off uint64, unit uint32) float32 {
	if off >= math.MaxUint32 || t.used == 0 {
		return 0
	}
	s := t.slot(uint32(off) + 1)
	if s.key == 0 || s.unit == unit {
		return 0
	}
	s.unit = unit
	return math.Float32frombits(s.n)
}

// stringEnd returns the offset behind the NUL of the string at off.
func stringEnd(w *window.Window, off uint64) (uint64, bool) {
	for {
		b := w.Rest(off)
		if b == nil {
			return 0, false
		}
		if i := bytes.IndexByte(b, 0); i >= 0 {
			return off + uint64(i) + 1, true
		}
		off += uint64(len(b))
	}
}
