package dwarf

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

const (
	maxWarnings   = 20
	maxStringRefs = 1 << 16 // strings remembered for reuse; past this it starts over
)

// Windows are the sections that attributes refer to, opened by who reads them: how
// large a window is best depends on the order of reading.
type Windows struct {
	Str, LineStr, StrOffsets *window.Window
	Ranges, Rnglists, Addr   *window.Window
}

// Reader looks up what attributes refer to, and keeps the warnings. What a hostile
// file can make of the sections is bounded over all units together.
type Reader struct {
	Windows
	keep func(Range) bool // nil keeps all

	strings      map[stringRef]string
	stringBudget uint64 // bytes of new strings still allowed
	rangeBudget  uint64 // bytes of range lists still to be decoded
	rangesLeft   int

	warnings     []string
	moreWarnings int
}

// NewReader returns a reader that keeps at most maxRanges of the ranges that keep
// chooses; nil chooses all.
func NewReader(w Windows, keep func(Range) bool, maxRanges int) *Reader {
	return &Reader{
		Windows: w,
		keep:    keep,
		strings: make(map[stringRef]string),
		// What honest files need is at most what they hold: a string, or a list, is
		// read once. The factor allows for strings that share their ends.
		stringBudget: 2*(w.Str.Size()+w.LineStr.Size()) + 1<<16,
		rangeBudget:  2*(w.Ranges.Size()+w.Rnglists.Size()) + 1<<16,
		rangesLeft:   maxRanges,
	}
}

// Warn adds a warning about the unit at off in .debug_info, up to a limit.
func (r *Reader) Warn(off uint64, format string, args ...any) {
	if len(r.warnings) >= maxWarnings-1 {
		r.moreWarnings++
		return
	}
	r.warnings = append(r.warnings, fmt.Sprintf(".debug_info: unit at 0x%x: ", off)+fmt.Sprintf(format, args...))
}

// Warnings is the warnings so far. If there were too many the last counts the
// rest.
func (r *Reader) Warnings() []string {
	if r.moreWarnings > 0 {
		return append(r.warnings, fmt.Sprintf(".debug_info: %d more warnings", r.moreWarnings))
	}
	return r.warnings
}

type stringRef struct {
	w   *window.Window
	off uint64
}

// StringOf looks a string attribute up that is not in the entry itself, "" if it
// is absent. It warns of what cannot be found.
func (r *Reader) StringOf(h *Header, u *Root, v Value) string {
	ref := stringRef{w: r.Str, off: v.Num}
	switch v.Form {
	case 0, FormStrpSup, FormGNUStrpAlt:
		return ""
	case FormStrp:
	case FormLineStrp:
		ref.w = r.LineStr
	case FormStrx, FormStrx1, FormStrx2, FormStrx3, FormStrx4, FormGNUStrIndex:
		off, ok := r.StringOffset(h, u.StrOffsetsBase, v.Num)
		if !ok {
			r.Warn(h.Off, "string index %d is not in .debug_str_offsets", v.Num)
			return ""
		}
		ref.off = off
	default:
		r.Warn(h.Off, "a string of form 0x%x", v.Form)
		return ""
	}
	if s, ok := r.strings[ref]; ok {
		return s
	}
	s, ok := r.stringAt(ref.w, ref.off)
	if !ok {
		if r.stringBudget == 0 {
			r.Warn(h.Off, "the strings of all units are larger than their sections")
		} else {
			r.Warn(h.Off, "no string at 0x%x", ref.off)
		}
		return ""
	}
	if len(r.strings) >= maxStringRefs {
		clear(r.strings)
	}
	r.strings[ref] = s
	return s
}

// StringOffset returns the offset in .debug_str of string i of a unit whose
// DW_AT_str_offsets_base is base.
func (r *Reader) StringOffset(h *Header, base Value, i uint64) (uint64, bool) {
	return r.StrOffsets.Indexed(h.BaseOf(base, 8), i, h.OffSize)
}

// StringIn reads the string at off, "" if there is none. All of them together
// are at most a small multiple of the sections.
func (r *Reader) StringIn(w *window.Window, off uint64) string {
	s, _ := r.stringAt(w, off)
	return s
}

// stringAt is Window.StringAt while there is a budget. Once a string is beyond it, no
// other is looked for: a million of them would be parts of one that is very long.
func (r *Reader) stringAt(w *window.Window, off uint64) (string, bool) {
	if r.stringBudget == 0 {
		return "", false
	}
	s, ok := w.StringAt(off)
	if ok && uint64(len(s)) > r.stringBudget {
		r.stringBudget = 0
		return "", false
	}
	r.stringBudget -= uint64(len(s))
	return s, ok
}
