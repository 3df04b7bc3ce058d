package references

import (
	"encoding/binary"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/sectionbytes"
	"github.com/sizegate/sizegate/internal/attrib/xref"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// tablesIn returns the addresses that code uses as those of tables of distances (see
// xref). Go's compiler makes none.
func (c *coder) tablesIn(code []byte, addr uint64) []uint64 {
	switch {
	case c.a.goTable.Describes(addr):
		return nil
	case c.a.Binary.Arch == elfscan.ARM64:
		c.tables = xref.OffsetTablesARM64(c.tables[:0], code, addr)
	default:
		c.tables = xref.OffsetTablesAMD64(c.tables[:0], code, addr)
	}
	return c.tables
}

// minOffsets is how many elements a table of distances has at least. LLVM makes no
// table of fewer cases, and by chance fewer numbers lead to data.
const minOffsets = 3

// offsetTables adds the pointers that the tables of distances in open data are: what
// code uses as one, if its words up to where something else begins lead to other data.
// (Those of a jump table lead to code.)
func (a *search) offsetTables(d *openData, refs dataRefs, pointers []pointer) ([]pointer, error) {
	var tables []uint64
	for r := range refs.all() {
		if r.offsets {
			tables = append(tables, r.pos)
		}
	}
	if len(tables) == 0 {
		return pointers, nil
	}
	slices.Sort(tables)
	tables = slices.Compact(tables)
	starts := newBitSet(d.size)
	for r := range refs.all() {
		starts.set(r.pos)
	}
	for i := range pointers {
		if t := pointers[i].target(); d.open.has(t) {
			starts.set(t)
		}
	}
	before := len(pointers)
	section, last := -1, 0
	var w *sectionbytes.Reader
	for _, table := range tables {
		for section < 0 || table >= d.sections[section].pos+d.sections[section].size {
			section++
			w = sectionbytes.New(a.Binary, &a.Binary.Sections[d.sections[section].section])
		}
		s := &d.sections[section]
		addr := s.address(table)
		// Up to the next start first: what lies between starts is looked at once.
		end := starts.next(table+1, s.pos+s.size, true)
		end = d.open.next(table, end, false)
		from := len(pointers)
		for pos := table; end-pos >= 4 && addr%4 == 0; pos += 4 {
			at := s.address(pos)
			word, err := w.At(at, at+4)
			if err != nil {
				return nil, err
			}
			if len(word) < 4 {
				break
			}
			target, ok := d.at(addr+uint64(int64(int32(binary.LittleEndian.Uint32(word)))), &last)
			if !ok || target >= table && target < pos+4 {
				break
			}
			if target > table {
				end = min(end, target) // nothing else need refer to what follows the table
			}
			pointers = append(pointers, newPointer(pos, target))
		}
		if len(pointers)-from < minOffsets {
			pointers = pointers[:from]
		}
	}
	if len(pointers) > before {
		slices.SortStableFunc(pointers, byPlace)
	}
	return pointers, nil
}
