package native

import "fmt"

const (
	maxWarnings   = 20
	maxStringRefs = 1 << 16 // strings remembered for reuse; past this it starts over
)

// windows are the sections that attributes refer to, opened by who reads them: how
// large a window is best depends on the order of reading.
type windows struct {
	str, lineStr, strOffsets *window
	ranges, rnglists, addr   *window
}

// reader looks up what attributes refer to, and keeps the warnings. What a hostile
// file can make of the sections is bounded over all units together.
type reader struct {
	windows
	keep func(Range) bool // nil keeps all

	strings      map[stringRef]string
	stringBudget uint64 // bytes of new strings still allowed
	rangeBudget  uint64 // bytes of range lists still to be decoded
	rangesLeft   int

	warnings     []string
	moreWarnings int
}

// newReader returns a reader that keeps at most maxRanges of the ranges that keep
// chooses; nil chooses all.
func newReader(w windows, keep func(Range) bool, maxRanges int) *reader {
	return &reader{
		windows: w,
		keep:    keep,
		strings: make(map[stringRef]string),
		// What honest files need is at most what they hold: a string, or a list, is
		// read once. The factor allows for strings that share their ends.
		stringBudget: 2*(w.str.length()+w.lineStr.length()) + 1<<16,
		rangeBudget:  2*(w.ranges.length()+w.rnglists.length()) + 1<<16,
		rangesLeft:   maxRanges,
	}
}

// warn adds a warning about the unit at off in .debug_info, up to a limit.
func (r *reader) warn(off uint64, format string, args ...any) {
	if len(r.warnings) >= maxWarnings-1 {
		r.moreWarnings++
		return
	}
	r.warnings = append(r.warnings, fmt.Sprintf(".debug_info: unit at 0x%x: ", off)+fmt.Sprintf(format, args...))
}

// allWarnings is the warnings so far. If there were too many the last counts the
// rest.
func (r *reader) allWarnings() []string {
	if r.moreWarnings > 0 {
		return append(r.warnings, fmt.Sprintf(".debug_info: %d more warnings", r.moreWarnings))
	}
	return r.warnings
}

type stringRef struct {
	w   *window
	off uint64
}

// stringOf looks a string attribute up that is not in the entry itself, "" if it
// is absent. It warns of what cannot be found.
func (r *reader) stringOf(h *header, u *root, v value) string {
	ref := stringRef{w: r.str, off: v.num}
	switch v.form {
	case 0, formStrpSup, formGNUStrpAlt:
		return ""
	case formStrp:
	case formLineStrp:
		ref.w = r.lineStr
	case formStrx, formStrx1, formStrx2, formStrx3, formStrx4, formGNUStrIndex:
		off, ok := r.stringAtIndex(h, u.strOffsetsBase, v.num)
		if !ok {
			r.warn(h.off, "string index %d is not in .debug_str_offsets", v.num)
			return ""
		}
		ref.off = off
	default:
		r.warn(h.off, "a string of form 0x%x", v.form)
		return ""
	}
	if s, ok := r.strings[ref]; ok {
		return s
	}
	s, ok := ref.w.stringAt(ref.off)
	if !ok {
		r.warn(h.off, "no string at 0x%x", ref.off)
		return ""
	}
	if uint64(len(s)) > r.stringBudget {
		r.warn(h.off, "the strings of all units are larger than their sections")
		return ""
	}
	r.stringBudget -= uint64(len(s))
	if len(r.strings) >= maxStringRefs {
		clear(r.strings)
	}
	r.strings[ref] = s
	return s
}

// stringAtIndex returns the offset in .debug_str of string i of a unit whose
// DW_AT_str_offsets_base is base.
func (r *reader) stringAtIndex(h *header, base value, i uint64) (uint64, bool) {
	return r.strOffsets.indexed(h.baseOf(base, 8), i, h.offSize)
}

// stringIn reads the string at off, "" if there is none. All of them together
// are at most a small multiple of the sections.
func (r *reader) stringIn(w *window, off uint64) string {
	s, ok := w.stringAt(off)
	if !ok || uint64(len(s)) > r.stringBudget {
		return ""
	}
	r.stringBudget -= uint64(len(s))
	return s
}
