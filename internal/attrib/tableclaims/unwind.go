package tableclaims

import (
	"cmp"
	"debug/elf"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/debugsection"
	"github.com/sizegate/sizegate/internal/attrib/ehframe"
	"github.com/sizegate/sizegate/internal/attrib/symbolclaims"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// Tables is what it takes to charge tables to whom their records are about.
type Tables struct {
	*account.Book
	symbols *symbolclaims.Symbols
}

// New returns the tables of a file whose symbols are known.
func New(book *account.Book, symbols *symbolclaims.Symbols) *Tables {
	return &Tables{Book: book, symbols: symbols}
}

// AddUnwind claims the tables that unwinders and debuggers find functions in:
//
//   - a function's description in .eh_frame or .debug_frame is its owner's, a
//     common entry is shared by the owners of the functions that use it, and a
//     terminator is the linker's;
//   - a pair in .eh_frame_hdr is the owner's of the function that it finds, the
//     header before them the linker's;
//   - an exception table in .gcc_except_table is shared by the owners of the
//     functions that use it.
//
// Descriptions of functions that are not in the file, or whose owner is not
// known, stay unattributed: that a linker kept them says nothing of whose they
// were.
func (a *Tables) AddUnwind() error {
	var tables []lsda
	wantTables := false
	for i := range a.Binary.Sections {
		wantTables = wantTables || isExceptionTable(&a.Binary.Sections[i]) && a.Wanted(i)
	}
	find := a.Finder()
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if s.Type == elf.SHT_NOBITS || s.Size == 0 || s.Shared() {
			continue
		}
		var err error
		switch {
		case s.Kind == elfscan.Unwind && s.Base == ".eh_frame" && (a.Wanted(i) || wantTables):
			tables, err = a.addFrames(i, ehframe.EH, find, tables)
		case s.Kind == elfscan.Debug && s.Base == ".debug_frame" && s.Flags&elf.SHF_COMPRESSED == 0 && a.Wanted(i):
			_, err = a.addFrames(i, ehframe.Debug, find, nil)
		case s.Kind == elfscan.Debug && debugsection.Name(s) == ".debug_frame" && a.Wanted(i):
			err = a.addPackedFrames(i, find)
		case s.Kind == elfscan.Unwind && s.Base == ".eh_frame_hdr" && a.Wanted(i):
			err = a.addFrameHeader(i, find)
		}
		if err != nil {
			return err
		}
	}
	return a.addExceptionTables(tables)
}

func isExceptionTable(s *elfscan.Section) bool {
	return s.Kind == elfscan.Unwind && s.Type != elf.SHT_NOBITS && !s.Shared() && strings.HasPrefix(s.Base, ".gcc_except_table")
}

// lsda is that a function uses the exception table at an address.
type lsda struct {
	addr   uint64
	owners []int32
}

// addFrames claims the entries of a section, and adds the exception tables that
// its functions use to tables.
func (a *Tables) addFrames(section int, format ehframe.Format, find *account.Finder, tables []lsda) ([]lsda, error) {
	s := &a.Binary.Sections[section]
	data, err := a.Binary.Bytes(s)
	if err != nil {
		return nil, err
	}
	if s.Flags&elf.SHF_WRITE != 0 && a.Binary.Type != elfscan.Exec {
		// Only a section that the loader may write to holds absolute addresses.
		if err := a.Binary.Relocate(data, s.Addr); err != nil {
			return nil, err
		}
	}
	type shared struct {
		ehframe.Entry
		owners []int32
	}
	var cies []shared
	byOffset := make(map[uint64]int) // positions in cies
	at, last := ^uint64(0), -1       // the common entry that was looked up last
	out := a.Records(section)
	for e := range ehframe.Entries(data, s.Addr, format) {
		switch e.Kind {
		case ehframe.Terminator:
			out.Add(e.Lo, e.Hi, find.One(a.Owners.Linker()))
		case ehframe.CIE:
			byOffset[e.Lo] = len(cies)
			cies = append(cies, shared{Entry: e})
		case ehframe.FDE:
			if !e.Known {
				continue
			}
			owners := find.At(e.PC)
			out.Add(e.Lo, e.Hi, owners)
			if e.LSDA != 0 {
				tables = append(tables, lsda{e.LSDA, owners})
			}
			if e.CIE != at {
				at, last = e.CIE, -1
				if i, ok := byOffset[at]; ok {
					last = i
				}
			}
			if last >= 0 {
				// More owners than bytes cannot all have a part.
				const most = 64
				c := &cies[last]
				c.owners = account.Join(c.owners, owners, int(min(c.Hi-c.Lo, most)))
			}
		}
	}
	for _, c := range cies {
		out.Add(c.Lo, c.Hi, c.owners)
	}
	out.Flush()
	return tables, nil
}

func (a *Tables) addFrameHeader(section int, find *account.Finder) error {
	s := &a.Binary.Sections[section]
	data, err := a.Binary.Bytes(s)
	if err != nil {
		return err
	}
	h, ok := ehframe.ReadHeader(data, s.Addr)
	if !ok {
		return nil
	}
	out := a.Records(section)
	out.Add(0, h.Size, find.One(a.Owners.Linker()))
	pos := h.Size
	for pc := range h.PCs() {
		out.Add(pos, pos+h.EntrySize, find.At(pc))
		pos += h.EntrySize
	}
	out.Flush()
	return nil
}

// addExceptionTables claims the tables that functions use, each with the fill
// up to a multiple of four bytes that compilers align tables to.
func (a *Tables) addExceptionTables(tables []lsda) error {
	slices.SortStableFunc(tables, func(x, y lsda) int { return cmp.Compare(x.addr, y.addr) })
	type table struct {
		*account.Records
		data []byte
	}
	sections := make(map[int]table)
	for len(tables) > 0 {
		lo := tables[0].addr
		same := 1
		for same < len(tables) && tables[same].addr == lo {
			same++
		}
		users := tables[:same]
		tables = tables[same:]
		at := a.Binary.SectionAt(lo)
		if at < 0 || !isExceptionTable(&a.Binary.Sections[at]) || !a.Wanted(at) {
			continue
		}
		s := &a.Binary.Sections[at]
		out, ok := sections[at]
		if !ok {
			data, err := a.Binary.Bytes(s)
			if err != nil {
				return err
			}
			out = table{a.Records(at), data}
			sections[at] = out
		}
		lo -= s.Addr
		limit := s.Size
		if len(tables) > 0 {
			limit = min(limit, tables[0].addr-s.Addr)
		}
		size, ok := ehframe.TableSize(out.data[lo:limit], s.Addr+lo)
		if !ok {
			continue
		}
		owners := users[0].owners
		if same > 1 {
			const most = 64 // functions that share a table mostly are one function's parts
			owners = nil
			for _, u := range users {
				owners = account.Join(owners, u.owners, most)
			}
		}
		const alignment = 4
		out.Add(lo, min(limit, lo+(size+alignment-1)&^(alignment-1)), owners)
	}
	for i := range a.Binary.Sections { // in this order, so that runs do not differ
		if out, ok := sections[i]; ok {
			out.Flush()
		}
	}
	return nil
}

// addPackedFrames charges a compressed .debug_frame in the proportions of its
// entries: each to the owner of its function, what they have in common to nobody.
func (a *Tables) addPackedFrames(section int, find *account.Finder) error {
	r, err := a.Binary.Open(&a.Binary.Sections[section])
	if err != nil {
		a.Warnf("%v", err)
		return nil
	}
	weights := make([]uint64, len(a.Owners.Keys)+1)
	known := uint64(0)
	plain := uint64(r.Size())
	err = ehframe.EachEntry(r, plain, ehframe.Debug, func(e ehframe.Entry) {
		if e.Kind != ehframe.FDE || !e.Known {
			return
		}
		owners := find.At(e.PC)
		for i, owner := range owners {
			share := span.Share(e.Hi-e.Lo, i, len(owners))
			weights[owner] += share
			known += share
		}
	})
	if err != nil {
		a.Warnf("%v", err)
		return nil
	}
	a.ChargeWeights(section, plain, min(known, plain), weights)
	return nil
}
