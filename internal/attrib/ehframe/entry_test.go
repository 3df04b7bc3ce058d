package ehframe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"
)

// section is a .eh_frame or .debug_frame that is written by hand.
type section []byte

// record adds an entry of 32-bit format: its length, and what is given.
func (s *section) record(parts ...any) *section {
	body := encode(parts...)
	*s = append(binary.LittleEndian.AppendUint32(*s, uint32(len(body))), body...)
	return s
}

// wide adds an entry of 64-bit format.
func (s *section) wide(parts ...any) *section {
	body := encode(parts...)
	*s = binary.LittleEndian.AppendUint32(*s, 0xffffffff)
	*s = append(binary.LittleEndian.AppendUint64(*s, uint64(len(body))), body...)
	return s
}

func encode(parts ...any) []byte {
	var body []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			body = append(append(body, p...), 0)
		case int:
			body = append(body, byte(p))
		case []byte:
			body = append(body, p...)
		default:
			body, _ = binary.Append(body, binary.LittleEndian, p)
		}
	}
	return body
}

const (
	u32 = uint32(0)
	all = ^uint32(0)
)

func TestEntries(t *testing.T) {
	const base = 0x1000
	cieOf := func(augmentation string, data ...any) []any {
		return append([]any{u32, 1, augmentation, 1, 0x78, 16}, data...)
	}
	tests := []struct {
		name   string
		format Format
		addr   uint64
		data   *section
		want   []Entry
	}{
		{"nothing", EH, base, new(section), nil},
		{"no augmentation: absolute addresses of eight bytes", EH, base,
			new(section).record(cieOf("")...).record(uint32(17), uint64(0x5000), uint64(16)),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 13}, {Kind: FDE, Lo: 13, Hi: 37, PC: 0x5000, Size: 16, Known: true}}},
		{"zR, four bytes from the place", EH, base, // which is at 25
			new(section).record(cieOf("zR", 1, 0x1b)...).record(uint32(21), int32(-0x20), uint32(16), 0).record(),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 17}, {Kind: FDE, Lo: 17, Hi: 34, PC: base + 25 - 0x20, Size: 16, Known: true}, {Kind: Terminator, Lo: 34, Hi: 38}}},
		{"zR, udata4 in the upper half", EH, base,
			new(section).record(cieOf("zR", 1, 0x03)...).record(uint32(21), uint32(0x90000000), uint32(16), 0),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 17}, {Kind: FDE, Lo: 17, Hi: 34, PC: 0x90000000, Size: 16, Known: true}}},
		{"zR, sdata8 and udata2", EH, base,
			new(section).record(cieOf("zR", 1, 0x1c)...).record(uint32(21), int64(0x100), uint64(4), 0).
				record(cieOf("zR", 1, 0x02)...).record(uint32(21), uint16(0x9000), uint16(4), 0),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 17}, {Kind: FDE, Lo: 17, Hi: 42, PC: base + 25 + 0x100, Size: 4, Known: true},
				{Kind: CIE, Lo: 42, Hi: 59}, {Kind: FDE, Lo: 59, Hi: 72, CIE: 42, PC: 0x9000, Size: 4, Known: true}}},
		{"zR, LEB128", EH, base,
			new(section).record(cieOf("zR", 1, 0x19)...).record(uint32(21), 0x80, 0x7f, 16, 0).
				record(cieOf("zR", 1, 0x01)...).record(uint32(21), 0x80, 0x7f, 16, 0),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 17}, {Kind: FDE, Lo: 17, Hi: 29, PC: base + 25 - 128, Size: 16, Known: true},
				{Kind: CIE, Lo: 29, Hi: 46}, {Kind: FDE, Lo: 46, Hi: 58, CIE: 29, PC: 0x7f << 7, Size: 16, Known: true}}},
		{"zPLR with an exception table, and one without", EH, base,
			new(section).record(cieOf("zPLR", 7, 0x9b, uint32(0x77), 0x1b, 0x1b)...).
				record(uint32(29), int32(0x100), uint32(16), 4, int32(0x200)).
				record(uint32(50), int32(0x300), uint32(16), 4, int32(0)),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 25}, {Kind: FDE, Lo: 25, Hi: 46, PC: base + 33 + 0x100, Size: 16, Known: true, LSDA: base + 42 + 0x200},
				{Kind: FDE, Lo: 46, Hi: 67, PC: base + 54 + 0x300, Size: 16, Known: true}}},
		{"zPLRS, the personality aligned to 24, the exception table absolute", EH, base,
			new(section).record(cieOf("zPLRS", 15, 0x50, make([]byte, 4), uint64(0x77), 0x00, 0x1b)...).
				record(uint32(38), int32(0x100), uint32(16), 8, uint64(0x8000)),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 34}, {Kind: FDE, Lo: 34, Hi: 59, PC: base + 42 + 0x100, Size: 16, Known: true, LSDA: 0x8000}}},
		{"eh, of GCC 2", EH, base,
			new(section).record(u32, 1, "eh", uint64(0x1234), 1, 0x78, 16).record(uint32(27), uint64(0x5000), uint64(16)),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 23}, {Kind: FDE, Lo: 23, Hi: 47, PC: 0x5000, Size: 16, Known: true}}},
		{"an augmentation that is not known", EH, base,
			new(section).record(cieOf("zXR", 2, 0, 0x1b)...).record(uint32(23), int32(0x100), uint32(16), 0),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 19}, {Kind: FDE, Lo: 19, Hi: 36}}},
		{"a length of 64 bits: the number has 32 all the same", EH, base,
			new(section).wide(cieOf("zR", 1, 0x1b)...).wide(uint32(37), int32(0x100), uint32(16), 0),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 25}, {Kind: FDE, Lo: 25, Hi: 50, PC: base + 41 + 0x100, Size: 16, Known: true}}},
		{"a null address, and one of an address", EH, base,
			new(section).record(cieOf("zR", 1, 0x1b)...).record(uint32(21), int32(0), uint32(16), 0).
				record(cieOf("zR", 1, 0x9b)...).record(uint32(21), int32(8), uint32(16), 0),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 17}, {Kind: FDE, Lo: 17, Hi: 34},
				{Kind: CIE, Lo: 34, Hi: 51}, {Kind: FDE, Lo: 51, Hi: 68, CIE: 34}}},
		{"a common entry that is not there", EH, base,
			new(section).record(uint32(0x100), int32(0x100), uint32(16), 0),
			[]Entry{{Kind: FDE, Lo: 0, Hi: 17, CIE: ^uint64(0x100-4) + 1}}},
		{"a length past the end", EH, base,
			func() *section { s := new(section).record(cieOf("")...); *s = append(*s, 9, 0, 0, 0, 1); return s }(),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 13}}},
		{".debug_frame of DWARF 3", Debug, 0,
			new(section).record(all, 3, "", 1, 0x7c, 16).record(uint32(0), uint64(0x401000), uint64(16)),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 13}, {Kind: FDE, Lo: 13, Hi: 37, PC: 0x401000, Size: 16, Known: true}}},
		{".debug_frame of DWARF 4, 64-bit", Debug, 0,
			new(section).wide(^uint64(0), 4, "", 8, 0, 1, 0x7c, 16).wide(uint64(0), uint64(0x401000), uint64(16)),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 27}, {Kind: FDE, Lo: 27, Hi: 63, PC: 0x401000, Size: 16, Known: true}}},
		{".debug_frame for addresses of four bytes", Debug, 0,
			new(section).record(all, 4, "", 4, 0, 1, 0x7c, 16).record(uint32(0), uint32(0x401000), uint32(16)),
			[]Entry{{Kind: CIE, Lo: 0, Hi: 15}, {Kind: FDE, Lo: 15, Hi: 31}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := slices.Collect(Entries(*tt.data, tt.addr, tt.format))
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			eachAsEntries(t, *tt.data, tt.format)
		})
	}
}

// eachAsEntries holds EachEntry against Entries.
func eachAsEntries(t *testing.T, data []byte, format Format) {
	t.Helper()
	var got []Entry
	r := iotest.HalfReader(bytes.NewReader(data))
	if err := EachEntry(r, uint64(len(data)), format, func(e Entry) { got = append(got, e) }); err != nil {
		t.Error(err)
	}
	if want := slices.Collect(Entries(data, 0, format)); !slices.Equal(got, want) {
		t.Errorf("piece by piece %+v\nat once        %+v", got, want)
	}
}

// TestEachEntry: entries that are longer than the buffer, and reading that ends.
func TestEachEntry(t *testing.T) {
	fde := func(s *section, size int) {
		s.record(uint32(0), uint64(0x401000), uint64(16), make([]byte, size))
	}
	var data section
	data.record(all, 3, "", 1, 0x7c, 16)
	for _, size := range []int{0, window - 24, window - 23, 3 * window, 1} {
		fde(&data, size)
	}
	eachAsEntries(t, data, Debug)
	read := 0
	count := func(Entry) { read++ }
	if err := EachEntry(bytes.NewReader(data[:len(data)-1]), uint64(len(data)), Debug, count); err != io.ErrUnexpectedEOF || read != 5 {
		t.Errorf("a byte too few: %v after %d entries", err, read)
	}
	failed := errors.New("the disk is broken")
	if err := EachEntry(io.MultiReader(bytes.NewReader(data[:2*window]), iotest.ErrReader(failed)), uint64(len(data)), Debug, count); err != failed {
		t.Errorf("%v, want %v", err, failed)
	}
	// What does not fit is not yielded, but what is behind it is read all the same.
	data = append(data[:13], 9, 0, 0, 0, 1)
	if err := EachEntry(io.MultiReader(bytes.NewReader(data), iotest.ErrReader(failed)), uint64(len(data)), Debug, count); err != failed {
		t.Errorf("behind the last entry: %v, want %v", err, failed)
	}
}

func TestHeader(t *testing.T) {
	const base = 0x1000
	tests := []struct {
		name string
		data []byte
		want *Header // the fields that are exported, nil if it is refused
		pcs  []uint64
	}{
		{"as linkers write it", encode(1, 0x1b, 0x03, 0x3b, int32(0x500), uint32(2), int32(0x100), int32(0x600), int32(-0x10), int32(0x700)),
			&Header{Size: 12, EntrySize: 8, Len: 2}, []uint64{base + 0x100, base - 0x10}},
		{"no table", encode(1, 0x1b, 0xff, 0xff, int32(0x500)), &Header{Size: 8}, nil},
		{"pairs of eight bytes each, from the place", encode(1, 0x1b, 0x03, 0x1c, int32(0x500), uint32(1), int64(0x100), int64(0)),
			&Header{Size: 12, EntrySize: 16, Len: 1}, []uint64{base + 12 + 0x100}},
		{"more pairs than there are bytes for", encode(1, 0x1b, 0x03, 0x3b, int32(0x500), uint32(2), uint64(0)), nil, nil},
		{"another version", encode(2, 0x1b, 0x03, 0x3b, int32(0x500), uint32(0)), nil, nil},
		{"cut off", encode(1, 0x1b, 0x03), nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, ok := ReadHeader(tt.data, base)
			if !ok || tt.want == nil {
				if ok || tt.want != nil {
					t.Errorf("got %+v, want %+v", h, tt.want)
				}
				return
			}
			if h.Size != tt.want.Size || h.EntrySize != tt.want.EntrySize || h.Len != tt.want.Len {
				t.Errorf("got %d, %d, %d, want %+v", h.Size, h.EntrySize, h.Len, tt.want)
			}
			if got := slices.Collect(h.PCs()); !slices.Equal(got, tt.pcs) {
				t.Errorf("addresses %x, want %x", got, tt.pcs)
			}
		})
	}
}

func TestTableSize(t *testing.T) {
	site := []any{0, 4, 16, 0}
	siteWith := func(action int) []any { return []any{0, 4, 16, action} }
	join := func(parts ...[]any) []byte {
		var all []any
		for _, p := range parts {
			all = append(all, p...)
		}
		return encode(all...)
	}
	tests := []struct {
		name string
		data []byte
		want uint64 // 0 if it cannot be read
	}{
		{"cleanups alone", join([]any{0xff, 0xff, 0x01, 8}, site, site, []any{0xaa, 0xaa}), 12},
		{"call sites of four bytes", encode(0xff, 0xff, 0x03, 13, uint32(0), uint32(4), uint32(16), 0, 0xaa), 17},
		{"landing pads from a place of their own", join([]any{0x03, uint32(0x1000), 0xff, 0x01, 4}, site, []any{0xaa}), 12},
		{"two actions and no types", join([]any{0xff, 0xff, 0x01, 4}, siteWith(3), []any{0, 0, 0, 0x7d, 0xaa}), 12},
		// The base of the types is 4+4+2+2+4 bytes behind its own number: sites, actions, fill, one type.
		{"a type", join([]any{0xff, 0x9b, 14, 0x01, 4}, siteWith(1), []any{1, 0, 0, 0, uint32(0x77), 0xaa}), 3 + 14},
		// A filter of −1 is the list that begins at the base.
		{"a list of types", join([]any{0xff, 0x9b, 14, 0x01, 4}, siteWith(1), []any{0x7f, 0, 0, 0, uint32(0x77), 1, 0, 0xaa}), 3 + 14 + 2},
		{"two lists, the second is the last", join([]any{0xff, 0x9b, 14, 0x01, 4}, siteWith(3), []any{0x7f, 0, 0x7d, 0, uint32(0x77), 1, 0, 1, 1, 0, 0xaa}), 3 + 14 + 5},
		{"a list without an end", join([]any{0xff, 0x9b, 14, 0x01, 4}, siteWith(1), []any{0x7f, 0, 0, 0, uint32(0x77), 1, 1}), 0},
		{"types past the end", encode(0xff, 0x9b, 100, 0x01, 0), 0},
		{"call sites past the end", encode(0xff, 0xff, 0x01, 5, 0, 0, 0, 0), 0},
		{"half a call site", encode(0xff, 0xff, 0x01, 3, 0, 0, 0, 0), 0},
		{"nothing", nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := TableSize(tt.data, 0x1000); got != tt.want || ok != (tt.want != 0) {
				t.Errorf("got %d, %v, want %d", got, ok, tt.want)
			}
		})
	}
}
