// Package divide says how many bytes of each debug section are of which compile
// unit, by what the unit's entries refer to.
package divide

import (
	"fmt"
	"math/bits"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// Section is a debug section to divide, with its plain content.
type Section struct {
	window.Section
	// Compressed says that reading costs inflating: it is then read only where
	// there is no other way to tell whose its bytes are.
	Compressed bool
}

// Unit is a compile, partial, skeleton or type unit.
type Unit struct {
	Name, CompDir, Producer string // as in [dwarf.Unit]; empty for a type unit
	Compile                 bool   // a compile or skeleton unit
	Lines                   uint64 // offset of its line table, which a type unit shares with a compile unit; NoLines if none
}

// NoLines is Unit.Lines of a unit without a line table.
const NoLines = ^uint64(0)

// Parts is how a section is divided among units.
type Parts struct {
	Size    uint64   // of the plain content, in bytes
	Charged uint64   // bytes that are of units, at most Size
	Weights []uint64 // by unit: what each has of Charged, as proportions
	// Named is the same for the entries of .debug_info that Division was told to
	// charge otherwise, by their key.
	Named []uint64
}

// Weights are in parts of a byte, for what several units share.
const fractions = 20 // bits

// maxDebugSize keeps sums of weights in 64 bits.
const maxDebugSize = 1 << 42

// share gives n bytes to units in equal parts.
func (p *Parts) share(n uint64, units []point) {
	if n == 0 || len(units) == 0 {
		return
	}
	p.Charged += n
	each, rest := n<<fractions/uint64(len(units)), n<<fractions%uint64(len(units))
	for _, u := range units {
		p.weigh(u.unit, each)
	}
	p.weigh(units[0].unit, rest)
}

func (p *Parts) weigh(unit uint32, weight uint64) {
	p.Weights = at(p.Weights, int(unit))
	p.Weights[unit] += weight
}

// at makes s long enough to have an element i.
func at(s []uint64, i int) []uint64 {
	for len(s) <= i {
		s = append(s, 0)
	}
	return s
}

// Division is how debug sections are divided.
type Division struct {
	Units    []Unit
	Sections map[string]*Parts // by name, those of ByUnit's that could be divided
}

// NameEntry returns a key for an entry of a Go unit, given as its position in
// Division.Units, by the entry's tag and name, or -1 if it counts for its unit.
// name is valid until it returns.
type NameEntry func(unit int, tag uint64, name []byte) int

const noName = -1

// ByUnit divides DWARF sections, named ".debug_info" and so on, among the units
// of .debug_info and .debug_types. Those that are not asked for serve to read the
// others.
//
//   - A unit has its entries, and the tables that its root entry refers to: line
//     table, addresses, macros, up to the next unit's or their own end.
//   - It has the location and range lists that its entries refer to, up to the
//     next list.
//   - Sets of addresses and public names have the unit in their header.
//   - Abbreviations and strings are shared in equal parts by the units that refer
//     to them.
//
// Entries of Go units at the top level are offered to name, which may be nil: Go's
// linker puts all types of the program into one unit.
//
// What is malformed is of nobody and gives a warning, as in [dwarf.ReadUnits]. The time is
// linear in what is read; memory is one buffer, some words a unit, 8 bytes a list
// up to a limit, and 12 to 32 bytes a string. .debug_info is read once, or twice
// where .debug_str is asked for, in ascending order. The error is one of reading.
func ByUnit(sections map[string]Section, asked func(name string) bool, name NameEntry) (*Division, []string, error) {
	d := newDivider(sections, asked, name)
	d.readUnits(d.firstUnit)
	if len(d.strings.slots)+len(d.lineStrings.slots) > 0 {
		d.payStrings()
	}
	d.divideByPoints()
	d.divideSets()
	warnings := d.reader.Warnings()
	if err := d.err(); err != nil {
		return nil, warnings, err
	}
	return &Division{Units: d.units, Sections: d.parts}, warnings, nil
}

// divider is a division in progress.
type divider struct {
	sections map[string]Section
	windows  map[string]*window.Window // for reading here and there
	opened   []*window.Window
	parts    map[string]*Parts // of the sections asked for
	name     NameEntry

	reader *dwarf.Reader
	shapes *dwarf.ShapeTables
	info   *window.Window // .debug_info or .debug_types
	held   []attrValue    // memory for the attributes of a root entry
	units  []Unit
	starts []uint64 // of the units of .debug_info, in order

	points               map[string]*points
	loc, ranges          *points // .debug_loc and .debug_ranges
	loclists, rnglists   *points
	abbrevEnds           map[uint64]uint64 // of the tables of .debug_abbrev
	strings, lineStrings stringCounts
	paying               bool // the second time through the entries, when strings have a price
	entries              bool // those below the root are needed
	wantStrings          bool
	wantLineStrings      bool
	lineBudget           uint64 // bytes of line tables' headers still to be read
}

// byPoints are the sections that are divided by offsets that units have.
var byPoints = [...]string{".debug_abbrev", ".debug_line", ".debug_addr", ".debug_str_offsets", ".debug_macro",
	".debug_macinfo", ".debug_loc", ".debug_ranges", ".debug_loclists", ".debug_rnglists"}

func newDivider(sections map[string]Section, asked func(name string) bool, name NameEntry) *divider {
	d := &divider{sections: sections, windows: make(map[string]*window.Window), parts: make(map[string]*Parts), name: name,
		points: make(map[string]*points), abbrevEnds: make(map[uint64]uint64)}
	for n, s := range sections {
		if size := uint64(max(s.Size(), 0)); asked(n) && size <= maxDebugSize {
			d.parts[n] = &Parts{Size: size}
		}
	}
	d.entries = name != nil && d.parts[".debug_info"] != nil
	for i, n := range byPoints {
		if d.parts[n] != nil {
			d.points[n] = &points{}
			d.entries = d.entries || i >= 6
		}
	}
	d.loc, d.ranges = d.points[".debug_loc"], d.points[".debug_ranges"]
	d.loclists, d.rnglists = d.points[".debug_loclists"], d.points[".debug_rnglists"]
	d.wantStrings, d.wantLineStrings = d.parts[".debug_str"] != nil, d.parts[".debug_line_str"] != nil
	d.entries = d.entries || d.wantStrings || d.wantLineStrings
	none := window.New(nil, window.Small) // no code is asked for
	d.reader = dwarf.NewReader(dwarf.Windows{Str: d.window(".debug_str"), LineStr: d.window(".debug_line_str"), StrOffsets: d.window(".debug_str_offsets"),
		Ranges: none, Rnglists: none, Addr: none}, nil, 0)
	d.lineBudget = 4 * d.window(".debug_line").Size() // each of them twice, and twice again to pay
	d.shapes = dwarf.NewShapeTables(d.open(".debug_abbrev", window.Big), nil, d.asks)
	return d
}

// open returns a window of n bytes on a section, empty if there is none.
func (d *divider) open(name string, n int) *window.Window {
	var src window.Section
	if s, ok := d.sections[name]; ok {
		src = s
	}
	w := window.New(src, n)
	d.opened = append(d.opened, w)
	return w
}

// window returns the one small window on the section.
func (d *divider) window(name string) *window.Window {
	w, ok := d.windows[name]
	if !ok {
		w = d.open(name, window.Small)
		d.windows[name] = w
	}
	return w
}

// err is the first error of reading.
func (d *divider) err() error {
	if err := window.FirstError(d.opened...); err != nil {
		return fmt.Errorf("DWARF: %w", err)
	}
	return nil
}

// unitState is a unit that is being read.
type unitState struct {
	dwarf.OpenUnit
	compile bool
	named   bool      // its top-level entries are offered to divider.name
	texts   [3]string // name, comp_dir and producer that are in the entry itself
}

// readUnits calls unit for every unit, with a cursor behind its header.
func (d *divider) readUnits(unit func(u *unitState, c *window.Cursor)) {
	read := func(u *dwarf.OpenUnit, c *window.Cursor) { unit(&unitState{OpenUnit: *u}, c) }
	index := uint32(0)
	for _, name := range [...]string{".debug_info", ".debug_types"} {
		d.info = d.open(name, window.Big)
		if !d.reader.EachUnit(d.info, name, &index, read) {
			return
		}
	}
}

// readEntries reads the root entry, with what it refers to, and what is below.
func (d *divider) readEntries(u *unitState, c *window.Cursor) {
	s := d.shapes.Root(d.reader, &u.OpenUnit, c)
	if s == nil {
		return
	}
	u.compile = s.Tag == dwarf.TagCompileUnit || s.Tag == dwarf.TagSkeletonUnit
	held := d.held[:0] // until the bases are known
	for _, spec := range s.Attrs {
		d.textOf(u, spec, c)
		v, ok := u.ReadValue(c, spec)
		if !ok {
			d.reader.Warn(u.Off, "attribute 0x%x of form 0x%x cannot be read", spec.Attr, spec.Form)
			return
		}
		u.Set(spec.Attr, v)
		held = append(held, attrValue{spec.Attr, v})
	}
	d.held = held
	for _, a := range held {
		if kind := (dwarf.AttrSpec{Attr: a.attr, Form: a.Form}).Kind(&u.Header); kind.Refers() {
			d.refer(u, kind, a.Num)
		}
	}
	d.referLines(u)
	if !d.paying {
		d.referRoot(u)
	}
	if !s.Children || !d.entries {
		return
	}
	const langGo = 0x16
	u.named = d.name != nil && d.parts[".debug_info"] != nil && !d.paying && u.Language.Num == langGo
	if !d.walk(u, c.Off) {
		d.reader.Warn(u.Off, "its entries cannot all be read")
	}
}

type attrValue struct {
	attr uint64
	dwarf.Value
}

// textOf keeps the text of the string attributes that are in the entry itself:
// reading it later would be going back.
func (d *divider) textOf(u *unitState, spec dwarf.AttrSpec, c *window.Cursor) {
	if spec.Form != dwarf.FormString || d.paying {
		return
	}
	for i, attr := range [...]uint64{dwarf.AttrName, dwarf.AttrCompDir, dwarf.AttrProducer} {
		if spec.Attr == attr {
			u.texts[i] = string(c.PeekText())
		}
	}
}

// firstUnit reads a unit for the first time.
func (d *divider) firstUnit(u *unitState, c *window.Cursor) {
	if u.Section == ".debug_info" {
		d.starts = append(d.starts, u.Off)
	}
	d.units = append(d.units, Unit{Lines: NoLines})
	d.readEntries(u, c)
	unit := &d.units[u.Index]
	unit.Compile = u.compile
	if u.Lines.Form != 0 {
		unit.Lines = u.Lines.Num
	}
	for i, v := range [...]dwarf.Value{u.Name, u.CompDir, u.Producer} {
		text := u.texts[i]
		if v.Form != dwarf.FormString {
			text = d.reader.StringOf(&u.Header, &u.Root, v)
		}
		*[...]*string{&unit.Name, &unit.CompDir, &unit.Producer}[i] = text
	}
	if parts := d.parts[u.Section]; parts != nil {
		parts.share(u.End-u.Off, []point{{unit: u.Index}})
	}
}

// referRoot notes the tables of the whole unit.
func (d *divider) referRoot(u *unitState) {
	note := func(name string, off uint64) {
		if p := d.points[name]; p != nil {
			p.add(off, u.Index)
		}
	}
	note(".debug_abbrev", u.AbbrevOff)
	d.abbrevEnds[u.AbbrevOff] = u.Shapes.End
	if u.Lines.Form != 0 {
		note(".debug_line", u.Lines.Num)
	}
	if u.Macros.Form != 0 && u.MacroInfo {
		note(".debug_macinfo", u.Macros.Num)
	} else if u.Macros.Form != 0 {
		note(".debug_macro", u.Macros.Num)
	}
	if u.RangesBase.Form != 0 {
		note(".debug_ranges", u.RangesBase.Num) // of lists that a .dwo file refers to
	}
	// A base is behind the header of its contribution. GNU's of DWARF 4 have none.
	header := uint64(0)
	if u.Version >= 5 {
		header = u.BaseOf(dwarf.Value{}, 8)
	}
	if b := u.AddrBase; b.Form != 0 && b.Num >= header {
		note(".debug_addr", b.Num-header)
	}
	if b := u.StrOffsetsBase; b.Form != 0 && b.Num >= header {
		note(".debug_str_offsets", b.Num-header)
	}
}

// asks says whether it is of interest what attributes of the kind refer to.
func (d *divider) asks(k dwarf.OpKind) bool {
	switch k {
	case dwarf.OpString, dwarf.OpStrx:
		return d.wantStrings
	case dwarf.OpLineString:
		return d.wantLineStrings
	case dwarf.OpList:
		return d.loc != nil || d.loclists != nil
	case dwarf.OpListx:
		return d.loclists != nil
	case dwarf.OpRanges:
		return d.ranges != nil || d.rnglists != nil
	case dwarf.OpRangesx:
		return d.rnglists != nil
	}
	return false
}

// refer notes that the unit refers to a string or a list.
func (d *divider) refer(u *unitState, k dwarf.OpKind, v uint64) {
	switch k {
	case dwarf.OpString:
		if d.wantStrings {
			d.string(".debug_str", &d.strings, v, u.Index)
		}
	case dwarf.OpLineString:
		if d.wantLineStrings {
			d.string(".debug_line_str", &d.lineStrings, v, u.Index)
		}
	case dwarf.OpStrx:
		if !d.wantStrings {
			return
		}
		if off, ok := d.reader.StringOffset(&u.Header, u.StrOffsetsBase, v); ok {
			d.string(".debug_str", &d.strings, off, u.Index)
		}
	}
	if d.paying {
		return
	}
	switch k {
	case dwarf.OpList:
		d.list(u, d.loc, d.loclists, v)
	case dwarf.OpRanges:
		d.list(u, d.ranges, d.rnglists, v)
	case dwarf.OpListx:
		d.listAt(u, ".debug_loclists", d.loclists, u.LoclistsBase, v)
	case dwarf.OpRangesx:
		d.listAt(u, ".debug_rnglists", d.rnglists, u.RnglistsBase, v)
	}
}

// string counts a reference, or charges it.
func (d *divider) string(section string, t *stringCounts, off uint64, unit uint32) {
	if !d.paying {
		t.touch(off, unit)
	} else if p := t.pay(off, unit); p > 0 {
		d.parts[section].weigh(unit, uint64(float64(p)*(1<<fractions)))
	}
}

// list notes a list at an offset, in the section that the unit's version has.
func (d *divider) list(u *unitState, v4, v5 *points, off uint64) {
	p := v4
	if u.Version >= 5 {
		p = v5
	}
	if p != nil {
		p.add(off, u.Index)
	}
}

// listAt notes a list by its index, and the index's own entry.
func (d *divider) listAt(u *unitState, section string, p *points, base dwarf.Value, index uint64) {
	if p == nil || u.Version < 5 {
		return
	}
	table := u.BaseOf(base, 12)
	off, ok := d.window(section).Indexed(table, index, u.OffSize)
	if !ok {
		return
	}
	p.add(table+index*uint64(u.OffSize), u.Index)
	if sum, carry := bits.Add64(table, off, 0); carry == 0 {
		p.add(sum, u.Index)
	}
}

// nameEntry charges an entry by its key instead of its unit.
func (d *divider) nameEntry(u *unitState, key int, size uint64) {
	if key < 0 {
		return
	}
	p := d.parts[".debug_info"]
	p.Named = at(p.Named, key)
	p.Named[key] += size << fractions
	p.Weights = at(p.Weights, int(u.Index))
	p.Weights[u.Index] -= size << fractions // until the unit's whole size is added
}
