// Package inline finds the code that was inlined, and the functions that it is
// from, in debug information: of the entries below each compile unit, and of the
// line tables where entries do not tell the source.
package inline

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
	"github.com/sizegate/sizegate/internal/span"
)

// Code says which code was inlined from where.
type Code struct {
	// Claims are the code that was inlined, of rank 0. ID is the position
	// in Sources of the function that the code was inlined from, innermost; code
	// of no inlined function is left out.
	// Where a line table contradicts itself they may overlap.
	Claims    []span.Claim
	Sources   []Source
	Units     []dwarf.Unit // of all of .debug_info, without Ranges
	Functions int          // that have code and could have had something inlined
}

// Source is what debug information says of a function that was inlined. Strings
// are as in the file, cut to 4 KiB, "" if unknown.
type Source struct {
	Linkage string // the mangled name
	Name    string // as in the source, where Linkage is unknown
	Crate   string // of Rust: the outermost namespace
	// Path is the source file, in the unit's directory unless absolute. It is not
	// looked up where Linkage is of version 0 of Rust's mangling, which names the
	// crate.
	Path string
	Unit int // position in Code.Units of the unit that describes it, -1 if none does
}

// Read reads the inlined subroutines of every unit of DWARF 2 to 5, but
// for those of Go. keep chooses the ranges of functions: linkers leave those of
// functions that they dropped at addresses where no code is. Of several functions
// with one address the first counts, and what is inlined outside of the function
// that it is in does not.
//
// Where a build has line tables alone, so that nothing is said of the source of a
// function that was inlined, the file in the line table stands for it; code
// without a line has no source.
//
// What is malformed is left out with a warning, as in [dwarf.ReadUnits]. The time is
// linear in what is read, but for sorting. Memory is some words for each range
// of inlined code and for each function without code, both bounded by the size
// of the sections. .debug_info is read once, in ascending order. The error is one
// of reading.
func Read(s dwarf.Sections, keep func(dwarf.Range) bool) (*Code, []string, error) {
	in := newInliner(s, keep)
	index := uint32(0)
	in.reader.EachUnit(in.info, ".debug_info", &index, in.unit)
	claims, sources := in.sources(in.settle())
	result := &Code{Claims: claims, Sources: sources, Units: in.result, Functions: len(in.functions)}
	warnings := in.reader.Warnings()
	if err := window.FirstError(in.info, in.abbrev, in.lines, in.reader.Str, in.reader.LineStr, in.reader.StrOffsets,
		in.reader.Ranges, in.reader.Rnglists, in.reader.Addr); err != nil {
		return nil, warnings, fmt.Errorf("DWARF: %w", err)
	}
	return result, warnings, nil
}

// inliner is the reading of inlined subroutines in progress.
type inliner struct {
	reader *dwarf.Reader
	shapes *dwarf.ShapeTables
	info   *window.Window
	abbrev *window.Window
	lines  *window.Window
	keep   func(dwarf.Range) bool

	units   []inlineUnit
	result  []dwarf.Unit
	records []record // in the order of their offsets
	texts   []byte   // of the strings that are in entries themselves, each with its NUL
	crates  []namespace

	origins map[uint64]uint32 // offset of an entry → ID of a source
	offsets []uint64          // by ID

	// Of the function that is being read, and those around it:
	frames   []frame
	function int // its frame, -1 for none
	ranges   []dwarf.Range
	open     []span.Claim // rank is ^depth, ID that of a source
	crate    uint32       // position in crates + 1 of the namespace, 0 for none

	functions []inlinedFunction
	code      []span.Claim // of functions: rank and ID are the position in functions
	pieces    []span.Claim // ID is that of a source; those of a function are together, in order, without overlaps
	left      int          // claims and records that may still be made
	lineLeft  uint64       // bytes of line tables that may still be read
	pathLeft  uint64       // bytes of paths that may still be made
	paths     map[string]string
}

// inlineUnit is what is needed of a unit after it has been read.
type inlineUnit struct {
	dwarf.Header
	strOffsetsBase dwarf.Value
	lines          dwarf.Value
	rust           bool
}

// inlinedFunction is a function with code, and which pieces are in it.
type inlinedFunction struct {
	unit    uint32
	lo, end int
}

// text is a string attribute that is read later, if at all: a kind, and a
// number of textBits bits.
type text uint64

const textBits = 61

const (
	noText text = iota << textBits
	textStr
	textLineStr
	textStrx // index in the unit's part of .debug_str_offsets
	textHere // offset in inliner.texts
)

// namespace is an outermost one of Rust.
type namespace struct {
	name text
	unit uint32
}

// record is an entry of a function without code: a declaration, or what all
// inlined copies have in common.
type record struct {
	at            uint64 // in .debug_info
	link          uint64 // the entry that it completes, noLink if none
	linkage, name text
	unit          uint32
	crate         uint32
	file          uint32 // index in the unit's line table, noFile if none
}

const (
	noLink = math.MaxUint64
	noFile = math.MaxUint32
)

// frame is a function, or inlined subroutine, whose children are being read.
type frame struct {
	depth  int    // of the entry
	level  uint32 // 0 for a function, else how many inlined subroutines it is in and itself is
	id     uint32 // of a function with ranges: its position in inliner.functions
	outer  int    // frame of the function around a function, -1 for none
	ranges int    // where those of a function begin in inliner.ranges
	open   int    // where those of a function begin in inliner.open
}

// maxNesting bounds frames. Deeper ones count for the deepest.
const maxNesting = 1 << 14

func newInliner(s dwarf.Sections, keep func(dwarf.Range) bool) *inliner {
	open := func(s window.Section) *window.Window { return window.New(s, window.Big) }
	in := &inliner{keep: keep, info: open(s.Info), abbrev: open(s.Abbrev), lines: open(s.Line), function: -1, origins: make(map[uint64]uint32)}
	in.shapes = dwarf.NewShapeTables(in.abbrev, isFunctionTag, nil)
	w := dwarf.Windows{Str: open(s.Str), LineStr: window.New(s.LineStr, window.Small), StrOffsets: open(s.StrOffsets),
		Ranges: open(s.Ranges), Rnglists: open(s.Rnglists), Addr: open(s.Addr)}
	// An honest one of either kind takes more bytes than that.
	in.left = int(min((in.info.Size()+w.Ranges.Size()+w.Rnglists.Size())/6, math.MaxInt32)) + 1<<10
	in.reader = dwarf.NewReader(w, nil, in.left)
	// A table is read for the files of functions, and again for its lines.
	in.lineLeft = 4 * in.lines.Size()
	// The paths of real programs are a few per cent of .debug_info.
	in.pathLeft, in.paths = 2*in.info.Size()+1<<20, make(map[string]string)
	return in
}

func isFunctionTag(tag uint64) bool {
	return tag == dwarf.TagSubprogram || tag == dwarf.TagInlinedSubroutine || tag == dwarf.TagNamespace
}

// take reports whether one more claim or record may be made.
func (in *inliner) take(u *dwarf.OpenUnit) bool {
	if in.left == 0 {
		in.reader.Warn(u.Off, "too many functions for its size; some are left out")
		return false
	}
	in.left--
	return true
}

// unit reads a unit.
func (in *inliner) unit(u *dwarf.OpenUnit, c *window.Cursor) {
	in.units = append(in.units, inlineUnit{})
	in.result = append(in.result, dwarf.Unit{})
	s := in.shapes.Root(in.reader, u, c)
	if s == nil {
		return
	}
	texts := make(map[uint64]text)
	for _, spec := range s.Attrs {
		var v dwarf.Value
		ok := true
		switch spec.Attr {
		case dwarf.AttrName, dwarf.AttrCompDir, dwarf.AttrProducer:
			texts[spec.Attr], ok = in.readText(u, c, spec)
		default:
			v, ok = u.ReadValue(c, spec)
		}
		if !ok {
			in.reader.Warn(u.Off, "attribute 0x%x of form 0x%x cannot be read", spec.Attr, spec.Form)
			return
		}
		u.Set(spec.Attr, v)
	}
	const langGo, langRust = 0x16, 0x1c
	unit := &in.units[u.Index]
	*unit = inlineUnit{Header: u.Header, strOffsetsBase: u.StrOffsetsBase, lines: u.Lines, rust: u.Language.Num == langRust}
	out := &in.result[u.Index]
	out.Language = uint16(u.Language.Num)
	out.Name = in.textAt(texts[dwarf.AttrName], u.Index)
	out.CompDir = in.textAt(texts[dwarf.AttrCompDir], u.Index)
	out.Producer = in.textAt(texts[dwarf.AttrProducer], u.Index)
	if !s.Children || u.Language.Num == langGo {
		return
	}
	if !in.walk(u, c.Off) {
		in.reader.Warn(u.Off, "its entries cannot all be read")
	}
	in.leave(0)
}

// walk passes over the entries below a unit's root, from off to the unit's end.
// It reports false where an entry cannot be read.
func (in *inliner) walk(u *dwarf.OpenUnit, off uint64) bool {
	e := window.NewStream(in.info, off, u.End)
	for depth := 1; depth > 0 && e.Pos() < e.End; {
		at := e.Pos()
		code := e.Uleb()
		if code == 0 {
			if e.Bad {
				return false
			}
			depth--
			in.leave(depth)
			continue
		}
		s := u.Shapes.Find(code)
		if s == nil || !s.Known {
			return false
		}
		if depth == 1 {
			in.crate = 0
		}
		if isFunctionTag(s.Tag) {
			if !in.entry(u, &e, s, at, depth) {
				return false
			}
		} else {
			s.Pass(&e, &u.Header, nil)
		}
		if e.Bad {
			return false
		}
		if s.Children {
			depth++
		}
	}
	return true
}

// functionEntry is what is of interest in an entry.
type functionEntry struct {
	dwarf.Code
	linkage, name text
	file          dwarf.Value
	link          dwarf.Value // DW_AT_abstract_origin or DW_AT_specification
}

// entry reads an entry at depth levels below the root, which begins at off.
func (in *inliner) entry(u *dwarf.OpenUnit, e *window.Stream, s *dwarf.Shape, off uint64, depth int) bool {
	c := e.Cursor()
	var f functionEntry
	for _, spec := range s.Attrs {
		var v dwarf.Value
		ok := true
		switch spec.Attr {
		case dwarf.AttrLinkageName, dwarf.AttrMIPSLinkageName:
			f.linkage, ok = in.readText(u, &c, spec)
		case dwarf.AttrName:
			f.name, ok = in.readText(u, &c, spec)
		default:
			v, ok = u.ReadValue(&c, spec)
		}
		switch spec.Attr {
		case dwarf.AttrLowPC:
			f.Low = v
		case dwarf.AttrHighPC:
			f.High = v
		case dwarf.AttrRanges:
			f.Ranges = v
		case dwarf.AttrAbstractOrigin, dwarf.AttrSpecification:
			f.link = v
		case dwarf.AttrDeclFile:
			f.file = v
		}
		if !ok {
			return false
		}
	}
	e.Seek(c.Off)
	hasCode := f.Ranges.Form != 0 || f.Low.Form != 0 && f.High.Form != 0
	switch s.Tag {
	case dwarf.TagNamespace:
		if depth == 1 && in.units[u.Index].rust {
			in.namespace(namespace{f.name, u.Index})
		}
	case dwarf.TagSubprogram:
		if hasCode {
			in.enterFunction(u, &f, depth)
		} else {
			in.record(u, &f, off)
		}
	case dwarf.TagInlinedSubroutine:
		if hasCode && in.function >= 0 {
			in.enterInlined(u, &f, depth)
		}
	}
	if !s.Children {
		in.leave(depth)
	}
	return true
}

// grown makes room for one more, doubling what there is: append would copy large
// slices more often.
func grown[T any](s []T) []T {
	if len(s) == cap(s) {
		s = slices.Grow(s, max(1024, len(s)))
	}
	return s
}

func (in *inliner) namespace(ns namespace) {
	if n := len(in.crates); n == 0 || in.crates[n-1] != ns {
		in.crates = append(in.crates, ns)
	}
	in.crate = uint32(len(in.crates))
}

// target is the offset that a reference is to.
func target(u *dwarf.OpenUnit, v dwarf.Value) uint64 {
	switch v.Form {
	case dwarf.FormRef1, dwarf.FormRef2, dwarf.FormRef4, dwarf.FormRef8, dwarf.FormRefUdata:
		return u.Off + v.Num
	case dwarf.FormRefAddr:
		return v.Num
	}
	return noLink // of another file, or by a signature
}

func (in *inliner) record(u *dwarf.OpenUnit, f *functionEntry, off uint64) {
	r := record{at: off, link: target(u, f.link), linkage: f.linkage, name: f.name, unit: u.Index, crate: in.crate, file: noFile}
	// Before DWARF 5 files count from 1.
	if f.file.Form != 0 && f.file.Num < noFile && (f.file.Num > 0 || u.Version >= 5) {
		r.file = uint32(f.file.Num)
	}
	if r.link == noLink && r.linkage == noText && r.name == noText && r.file == noFile {
		return
	}
	if in.take(u) {
		in.records = append(grown(in.records), r)
	}
}

// push begins an entry with code, unless there are too many around it.
func (in *inliner) push(f frame) bool {
	if len(in.frames) == maxNesting {
		return false
	}
	in.frames = append(in.frames, f)
	return true
}

// enterFunction begins a function with code, which may have been dropped.
func (in *inliner) enterFunction(u *dwarf.OpenUnit, f *functionEntry, depth int) {
	start := len(in.ranges)
	if !in.push(frame{depth: depth, outer: in.function, ranges: start, open: len(in.open)}) {
		return
	}
	in.function = len(in.frames) - 1
	in.ranges = in.reader.CodeOf(in.ranges, &u.Header, &u.Root, &f.Code)
	kept := in.ranges[start:start]
	for _, r := range in.ranges[start:] {
		if in.keep(r) && in.take(u) {
			kept = append(kept, r)
		}
	}
	in.ranges = in.ranges[:start+len(kept)]
	slices.SortFunc(kept, func(x, y dwarf.Range) int { return cmp.Compare(x.Lo, y.Lo) })
	if len(kept) == 0 {
		return
	}
	id := uint32(len(in.functions))
	in.frames[in.function].id = id
	in.functions = append(in.functions, inlinedFunction{unit: u.Index})
	for _, r := range kept {
		in.code = append(in.code, span.Claim{Range: span.Range(r), Rank: id, ID: id})
	}
}

func (in *inliner) enterInlined(u *dwarf.OpenUnit, f *functionEntry, depth int) {
	level := in.frames[len(in.frames)-1].level + 1
	if !in.push(frame{depth: depth, level: level}) {
		return
	}
	code := in.ranges[in.frames[in.function].ranges:]
	if len(code) == 0 {
		return // of a function that was dropped
	}
	start := len(in.ranges)
	in.ranges = in.reader.CodeOf(in.ranges, &u.Header, &u.Root, &f.Code)
	id := in.origin(target(u, f.link))
	for _, r := range in.ranges[start:] {
		// Code that jumps has no part on both sides of a gap between ranges.
		i, ok := slices.BinarySearchFunc(code, r.Lo, func(c dwarf.Range, lo uint64) int { return cmp.Compare(c.Lo, lo) })
		if !ok {
			i--
		}
		if i >= 0 && r.Hi <= code[i].Hi && in.take(u) {
			in.open = append(in.open, span.Claim{Range: span.Range(r), Rank: ^level, ID: id})
		}
	}
	in.ranges = in.ranges[:start]
}

// origin returns the ID of the source at an offset.
func (in *inliner) origin(off uint64) uint32 {
	id, ok := in.origins[off]
	if !ok {
		id = uint32(len(in.offsets))
		in.origins[off] = id
		in.offsets = append(in.offsets, off)
	}
	return id
}

// leave ends the entries at depth and below.
func (in *inliner) leave(depth int) {
	for n := len(in.frames) - 1; n >= 0 && in.frames[n].depth >= depth; n-- {
		f := in.frames[n]
		in.frames = in.frames[:n]
		if f.level > 0 {
			continue
		}
		if f.ranges < len(in.ranges) {
			in.flatten(f.id, in.open[f.open:])
		}
		in.ranges, in.open, in.function = in.ranges[:f.ranges], in.open[:f.open], f.outer
	}
}
