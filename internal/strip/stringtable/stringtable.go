// Package stringtable builds the string tables of an ELF file as GNU strip does.
package stringtable

import (
	"cmp"
	"slices"
)

// MaxNames bounds how many bytes the names in a table may have together. Names
// may share their ends (".text" within ".rela.text") and may be used twice; a
// hostile table shares one long end among all of them.
func MaxNames(table []byte) int { return 4*len(table) + 1<<24 }

// Table is a string table in which a string that is the end of another takes no room
// of its own. Strings keep the order in which they were added, as in GNU strip's
// tables.
type Table struct {
	// Text is where the strings are that Add adds.
	Text []byte
	// Size is the bytes of the table, after LayOut.
	Size    uint64
	entries []entry
}

type entry struct {
	start, length uint32 // in Text, without a terminator
	host          uint32 // the entry whose end this string is; itself if it is written out
	offset        uint32 // in the table, after LayOut
}

// Add adds Text[start:start+length] and returns its number, to be used with
// Offset. The same string may be added many times. The empty string has number
// -1 and offset 0.
func (t *Table) Add(start, length uint32) int {
	if length == 0 {
		return -1
	}
	n := len(t.entries)
	t.entries = append(t.entries, entry{start: start, length: length, host: uint32(n)})
	return n
}

// AddText adds a string that is not in Text yet.
func (t *Table) AddText(s string) int {
	start := len(t.Text)
	t.Text = append(t.Text, s...)
	return t.Add(uint32(start), uint32(len(s)))
}

// Offset is where the string of a number is in the table, after LayOut.
func (t *Table) Offset(n int) uint32 {
	if n < 0 {
		return 0
	}
	return t.entries[n].offset
}

func (t *Table) added(n uint32) []byte {
	e := &t.entries[n]
	return t.Text[e.start:][:e.length]
}

// LayOut gives every string its offset. Sorted by their reversed bytes, a
// string that is the end of others comes right before one of them.
func (t *Table) LayOut() {
	type item struct {
		key   uint64 // the last eight bytes, the very last the most significant
		entry uint32
	}
	items := make([]item, len(t.entries))
	for i := range t.entries {
		s := t.added(uint32(i))
		items[i].entry = uint32(i)
		for k := 0; k < 8 && k < len(s); k++ {
			items[i].key |= uint64(s[len(s)-1-k]) << (56 - 8*k)
		}
	}
	slices.SortFunc(items, func(x, y item) int {
		if x.key != y.key {
			return cmp.Compare(x.key, y.key)
		}
		if c := compareReversed(t.added(x.entry), t.added(y.entry)); c != 0 {
			return c
		}
		// Of equal strings the one that was added first is written: it is
		// the last here, where the search for hosts begins.
		return cmp.Compare(y.entry, x.entry)
	})
	for i := len(items) - 2; i >= 0; i-- {
		host := t.entries[items[i+1].entry].host
		if isSuffix(t.added(items[i].entry), t.added(host)) {
			t.entries[items[i].entry].host = host
		}
	}
	t.Size = 1
	for i := range t.entries {
		if e := &t.entries[i]; e.host == uint32(i) {
			e.offset = uint32(t.Size)
			t.Size += uint64(e.length) + 1
		}
	}
	for i := range t.entries {
		e := &t.entries[i]
		host := &t.entries[e.host]
		e.offset = host.offset + host.length - e.length
	}
}

// Bytes returns the bytes of the table.
func (t *Table) Bytes() []byte {
	out := make([]byte, 1, t.Size)
	for i := range t.entries {
		if t.entries[i].host == uint32(i) {
			out = append(append(out, t.added(uint32(i))...), 0)
		}
	}
	return out
}

func compareReversed(a, b []byte) int {
	for n := 1; n <= len(a) && n <= len(b); n++ {
		if x, y := a[len(a)-n], b[len(b)-n]; x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}

func isSuffix(s, of []byte) bool {
	return len(s) <= len(of) && string(of[len(of)-len(s):]) == string(s)
}
