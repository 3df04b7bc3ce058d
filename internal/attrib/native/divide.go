package native

import (
	"fmt"
	"math/bits"
)

// DebugSection is a debug section to divide, with its plain content.
type DebugSection struct {
	Section
	// Compressed says that reading costs inflating: it is then read only where
	// there is no other way to tell whose its bytes are.
	Compressed bool
}

// DebugUnit is a compile, partial, skeleton or type unit.
type DebugUnit struct {
	Name, CompDir, Producer string // as in Unit; empty for a type unit
	Compile                 bool   // a compile or skeleton unit
	Lines                   uint64 // offset of its line table, which a type unit shares with a compile unit; NoLines if none
}

// NoLines is DebugUnit.Lines of a unit without a line table.
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
	Units    []DebugUnit
	Sections map[string]*Parts // by name, those of Divide's that could be divided
}

// NameEntry returns a key for an entry of a Go unit, given as its position in
// Division.Units, by the entry's tag and name, or -1 if it counts for its unit.
// name is valid until it returns.
type NameEntry func(unit int, tag uint64, name []byte) int

const noName = -1

// Divide divides DWARF sections, named ".debug_info" and so on, among the units
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
// What is malformed is of nobody and gives a warning, as in ReadUnits. The time is
// linear in what is read; memory is one buffer, some words a unit, 8 bytes a list
// up to a limit, and 12 to 32 bytes a string. .debug_info is read once, or twice
// where .debug_str is asked for, in ascending order. The error is one of reading.
func Divide(sections map[string]DebugSection, asked func(name string) bool, name NameEntry) (*Division, []string, error) {
	d := newDivider(sections, asked, name)
	d.readUnits(d.firstUnit)
	if len(d.strings.slots)+len(d.lineStrings.slots) > 0 {
		d.payStrings()
	}
	d.divideByPoints()
	d.divideSets()
	warnings := d.reader.allWarnings()
	if err := d.err(); err != nil {
		return nil, warnings, err
	}
	return &Division{Units: d.units, Sections: d.parts}, warnings, nil
}

// divider is a division in progress.
type divider struct {
	sections map[string]DebugSection
	windows  map[string]*window // for reading here and there
	opened   []*window
	parts    map[string]*Parts // of the sections asked for
	name     NameEntry

	reader *reader
	shapes *shapeTables
	info   *window // .debug_info or .debug_types
	units  []DebugUnit
	starts []uint64 // of the units of .debug_info, in order

	points               map[string]*points
	loc, ranges          *points // .debug_loc and .debug_ranges
	loclists, rnglists   *points
	abbrevEnds           map[uint64]uint64 // of the tables of .debug_abbrev
	strings, lineStrings stringTable
	paying               bool // the second time through the entries, when strings have a price
	entries              bool // those below the root are needed
	wantStrings          bool
	wantLineStrings      bool
	lineBudget           uint64 // bytes of line tables' headers still to be read
}

// byPoints are the sections that are divided by offsets that units have.
var byPoints = [...]string{".debug_abbrev", ".debug_line", ".debug_addr", ".debug_str_offsets", ".debug_macro",
	".debug_macinfo", ".debug_loc", ".debug_ranges", ".debug_loclists", ".debug_rnglists"}

func newDivider(sections map[string]DebugSection, asked func(name string) bool, name NameEntry) *divider {
	d := &divider{sections: sections, windows: make(map[string]*window), parts: make(map[string]*Parts), name: name,
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
	none := newWindow(nil, smallWindow) // no code is asked for
	d.reader = newReader(windows{str: d.window(".debug_str"), lineStr: d.window(".debug_line_str"), strOffsets: d.window(".debug_str_offsets"),
		ranges: none, rnglists: none, addr: none}, nil, 0)
	d.lineBudget = 4 * d.window(".debug_line").length() // each of them twice, and twice again to pay
	d.shapes = newShapeTables(d.open(".debug_abbrev", bigWindow), nil)
	return d
}

// open returns a window of n bytes on a section, empty if there is none.
func (d *divider) open(name string, n int) *window {
	var src Section
	if s, ok := d.sections[name]; ok {
		src = s
	}
	w := newWindow(src, n)
	d.opened = append(d.opened, w)
	return w
}

// window returns the one small window on the section.
func (d *divider) window(name string) *window {
	w, ok := d.windows[name]
	if !ok {
		w = d.open(name, smallWindow)
		d.windows[name] = w
	}
	return w
}

// err is the first error of reading.
func (d *divider) err() error {
	if err := firstError(d.opened...); err != nil {
		return fmt.Errorf("DWARF: %w", err)
	}
	return nil
}

// unitState is a unit that is being read.
type unitState struct {
	*openUnit
	compile bool
	named   bool      // its top-level entries are offered to divider.name
	texts   [3]string // name, comp_dir and producer that are in the entry itself
}

// readUnits calls unit for every unit, with a cursor behind its header.
func (d *divider) readUnits(unit func(u *unitState, c *cursor)) {
	read := func(u *openUnit, c *cursor) { unit(&unitState{openUnit: u}, c) }
	index := uint32(0)
	for _, name := range [...]string{".debug_info", ".debug_types"} {
		d.info = d.open(name, bigWindow)
		if !d.reader.eachUnit(d.info, name, &index, read) {
			return
		}
	}
}

// readEntries reads the root entry, with what it refers to, and what is below.
func (d *divider) readEntries(u *unitState, c *cursor) {
	s := d.shapes.root(d.reader, u.openUnit, c)
	if s == nil {
		return
	}
	u.compile = s.tag == tagCompileUnit || s.tag == tagSkeletonUnit
	var held []attrValue // until the bases are known
	for _, spec := range s.attrs {
		d.textOf(u, spec, c)
		v, ok := u.readValue(c, spec)
		if !ok {
			d.reader.warn(u.off, "attribute 0x%x of form 0x%x cannot be read", spec.attr, spec.form)
			return
		}
		u.set(spec.attr, v)
		held = append(held, attrValue{spec.attr, v})
	}
	for _, a := range held {
		if kind := (attrSpec{attr: a.attr, form: a.form}).refers(&u.header); kind.refers() {
			d.refer(u, kind, a.num)
		}
	}
	d.referLines(u)
	if !d.paying {
		d.referRoot(u)
	}
	if !s.children || !d.entries {
		return
	}
	const langGo = 0x16
	u.named = d.name != nil && !d.paying && u.language.num == langGo
	if !d.walk(u, c.off) {
		d.reader.warn(u.off, "its entries cannot all be read")
	}
}

type attrValue struct {
	attr uint64
	value
}

// textOf keeps the text of the string attributes that are in the entry itself:
// reading it later would be going back.
func (d *divider) textOf(u *unitState, spec attrSpec, c *cursor) {
	if spec.form != formString || d.paying {
		return
	}
	for i, attr := range [...]uint64{attrName, attrCompDir, attrProducer} {
		if spec.attr == attr {
			u.texts[i] = string(c.peekText())
		}
	}
}

// firstUnit reads a unit for the first time.
func (d *divider) firstUnit(u *unitState, c *cursor) {
	if u.section == ".debug_info" {
		d.starts = append(d.starts, u.off)
	}
	d.units = append(d.units, DebugUnit{Lines: NoLines})
	d.readEntries(u, c)
	unit := &d.units[u.index]
	unit.Compile = u.compile
	if u.lines.form != 0 {
		unit.Lines = u.lines.num
	}
	for i, v := range [...]value{u.name, u.compDir, u.producer} {
		text := u.texts[i]
		if v.form != formString {
			text = d.reader.stringOf(&u.header, &u.root, v)
		}
		*[...]*string{&unit.Name, &unit.CompDir, &unit.Producer}[i] = text
	}
	if parts := d.parts[u.section]; parts != nil {
		parts.share(u.end-u.off, []point{{unit: u.index}})
	}
}

// referRoot notes the tables of the whole unit.
func (d *divider) referRoot(u *unitState) {
	note := func(name string, off uint64) {
		if p := d.points[name]; p != nil {
			p.add(off, u.index)
		}
	}
	note(".debug_abbrev", u.abbrevOff)
	d.abbrevEnds[u.abbrevOff] = u.shapes.end
	if u.lines.form != 0 {
		note(".debug_line", u.lines.num)
	}
	if u.macros.form != 0 && u.macroInfo {
		note(".debug_macinfo", u.macros.num)
	} else if u.macros.form != 0 {
		note(".debug_macro", u.macros.num)
	}
	if u.rangesBase.form != 0 {
		note(".debug_ranges", u.rangesBase.num) // of lists that a .dwo file refers to
	}
	// A base is behind the header of its contribution. GNU's of DWARF 4 have none.
	header := uint64(0)
	if u.version >= 5 {
		header = u.baseOf(value{}, 8)
	}
	if b := u.addrBase; b.form != 0 && b.num >= header {
		note(".debug_addr", b.num-header)
	}
	if b := u.strOffsetsBase; b.form != 0 && b.num >= header {
		note(".debug_str_offsets", b.num-header)
	}
}

// refer notes that the unit refers to a string or a list.
func (d *divider) refer(u *unitState, k opKind, v uint64) {
	switch k {
	case opString:
		if d.wantStrings {
			d.string(".debug_str", &d.strings, v, u.index)
		}
	case opLineString:
		if d.wantLineStrings {
			d.string(".debug_line_str", &d.lineStrings, v, u.index)
		}
	case opStrx:
		if !d.wantStrings {
			return
		}
		if off, ok := d.reader.stringAtIndex(&u.header, u.strOffsetsBase, v); ok {
			d.string(".debug_str", &d.strings, off, u.index)
		}
	}
	if d.paying {
		return
	}
	switch k {
	case opList:
		d.list(u, d.loc, d.loclists, v)
	case opRanges:
		d.list(u, d.ranges, d.rnglists, v)
	case opListx:
		d.listAt(u, ".debug_loclists", d.loclists, u.loclistsBase, v)
	case opRangesx:
		d.listAt(u, ".debug_rnglists", d.rnglists, u.rnglistsBase, v)
	}
}

// string counts a reference, or charges it.
func (d *divider) string(section string, t *stringTable, off uint64, unit uint32) {
	if !d.paying {
		t.touch(off, unit)
	} else if p := t.pay(off, unit); p > 0 {
		d.parts[section].weigh(unit, uint64(float64(p)*(1<<fractions)))
	}
}

// list notes a list at an offset, in the section that the unit's version has.
func (d *divider) list(u *unitState, v4, v5 *points, off uint64) {
	p := v4
	if u.version >= 5 {
		p = v5
	}
	if p != nil {
		p.add(off, u.index)
	}
}

// listAt notes a list by its index, and the index's own entry.
func (d *divider) listAt(u *unitState, section string, p *points, base value, index uint64) {
	if p == nil || u.version < 5 {
		return
	}
	table := u.baseOf(base, 12)
	off, ok := d.window(section).indexed(table, index, u.offSize)
	if !ok {
		return
	}
	p.add(table+index*uint64(u.offSize), u.index)
	if sum, carry := bits.Add64(table, off, 0); carry == 0 {
		p.add(sum, u.index)
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
	p.Weights = at(p.Weights, int(u.index))
	p.Weights[u.index] -= size << fractions // until the unit's whole size is added
}
