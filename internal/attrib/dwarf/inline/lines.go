package inline

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/linetable"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
	"github.com/sizegate/sizegate/internal/span"
)

// lineReader reads the line tables of units, each once where units come in the
// order of their tables.
type lineReader struct {
	in    *inliner
	unit  uint32
	table *linetable.Table // nil if it has none
	files map[uint64]string
}

// open makes the table of a unit the one at hand.
func (l *lineReader) open(unit uint32) {
	u := &l.in.units[unit]
	if l.files != nil && l.unit == unit {
		return
	}
	l.unit, l.files, l.table = unit, make(map[uint64]string), nil
	if u.lines.Form == 0 || l.in.lines.Size() == 0 {
		return
	}
	if t, ok := linetable.Read(l.in.lines, u.lines.Num, l.take); ok {
		l.table = t
	} else {
		l.in.reader.Warn(u.Off, "its line table at 0x%x cannot be read", u.lines.Num)
	}
}

// take reports whether so many more bytes of line tables may be read.
func (l *lineReader) take(n uint64) bool {
	if n > l.in.lineLeft {
		return false
	}
	l.in.lineLeft -= n
	return true
}

// path is the path of a file of the unit's table, "" if it is not known.
func (l *lineReader) path(file uint64) string {
	if l.table == nil {
		return ""
	}
	p, ok := l.files[file]
	if !ok {
		p = l.in.path(l.table, l.unit, file)
		l.files[file] = p
	}
	return p
}

// path returns one string for each path, however many units have the file.
func (in *inliner) path(t *linetable.Table, unit uint32, file uint64) string {
	if in.pathLeft == 0 {
		return ""
	}
	p := t.Path(file, in.result[unit].CompDir, func(v dwarf.Value) string { return in.lineText(t, v, unit) })
	p = p[:min(len(p), window.MaxString)]
	if uint64(len(p)) > in.pathLeft {
		in.pathLeft = 0 // and nothing more is read, of a file that lies
		return ""
	}
	in.pathLeft -= uint64(len(p))
	if known, ok := in.paths[p]; ok {
		return known
	}
	in.paths[p] = p
	return p
}

// lineText is a string of a line table.
func (in *inliner) lineText(t *linetable.Table, v dwarf.Value, unit uint32) string {
	w, off := in.lines, v.Num
	switch v.Form {
	case dwarf.FormString:
	case dwarf.FormLineStrp:
		w = in.reader.LineStr
	case dwarf.FormStrp:
		w = in.reader.Str
	case dwarf.FormStrx, dwarf.FormStrx1, dwarf.FormStrx2, dwarf.FormStrx3, dwarf.FormStrx4:
		if w, off = in.place(textStrx|text(v.Num&(1<<textBits-1)), unit); w == nil {
			return ""
		}
	default:
		return ""
	}
	s, _ := w.StringAt(off)
	return s
}

// silent reports whether nothing that was read of a source can tell whose it is.
func silent(s *Source) bool {
	return s.Path == "" && s.Crate == "" && !strings.HasPrefix(s.Linkage, "_R")
}

// readLines fills in paths, and gives claims of silent sources those that the
// line table has for the code.
func (in *inliner) readLines(claims []span.Claim, facts []sourceFacts, sources []Source) ([]span.Claim, []Source) {
	var asked []int // sources
	for id := range sources {
		// Version 0 of Rust's mangling says all that a path can.
		if facts[id].file != noFile && !strings.HasPrefix(sources[id].Linkage, "_R") {
			asked = append(asked, id)
		}
	}
	slices.SortFunc(asked, func(x, y int) int {
		return cmp.Or(cmp.Compare(facts[x].fileUnit, facts[y].fileUnit), cmp.Compare(x, y))
	})
	var lines lineReader
	lines.in = in
	for _, id := range asked {
		lines.open(facts[id].fileUnit)
		sources[id].Path = lines.path(uint64(facts[id].file))
	}
	lines.files = nil // its program may have to be read from the start

	var open []span.Claim // the silent ones
	known := claims[:0]
	for _, c := range claims {
		if silent(&sources[c.ID]) {
			open = append(open, c)
			continue
		}
		c.Rank = 0
		known = append(known, c)
	}
	slices.SortFunc(open, func(x, y span.Claim) int { return cmp.Or(cmp.Compare(x.Rank, y.Rank), cmp.Compare(x.Lo, y.Lo)) })
	for len(open) > 0 {
		unit := open[0].Rank
		n := sort.Search(len(open), func(i int) bool { return open[i].Rank > unit })
		lines.open(unit)
		known, sources = lines.divide(open[:n], known, sources)
		open = open[n:]
	}
	return known, sources
}

// divide appends to claims the parts of a unit's code that its line table knows
// the file of, and to sources what they are from.
func (l *lineReader) divide(code, claims []span.Claim, sources []Source) ([]span.Claim, []Source) {
	if l.table == nil || !l.take(l.table.ProgramSize()) {
		return claims, sources
	}
	type key struct {
		source uint32
		file   uint64
	}
	ids := make(map[key]uint32)
	start := len(claims)
	// In a table that does not contradict itself a run and a piece of code have
	// one place in common.
	left := 2 * len(code)
	l.table.Runs(func(r linetable.Run) bool {
		left += 2
		first := sort.Search(len(code), func(i int) bool { return code[i].Hi > r.Lo })
		for _, c := range code[first:] {
			if c.Lo >= r.Hi || left == 0 {
				break
			}
			left--
			k := key{c.ID, r.File}
			id, ok := ids[k]
			if !ok {
				s := sources[c.ID]
				s.Path, s.Unit = l.path(r.File), int(l.unit)
				id = uint32(len(sources))
				ids[k] = id
				sources = append(sources, s)
			}
			if r.Line == 0 || sources[id].Path == "" {
				continue
			}
			part := span.Range{Lo: max(c.Lo, r.Lo), Hi: min(c.Hi, r.Hi)}
			if last := len(claims) - 1; last >= start && claims[last].ID == id && claims[last].Hi == part.Lo {
				claims[last].Hi = part.Hi
			} else {
				claims = append(claims, span.Claim{Range: part, ID: id})
			}
		}
		return left > 0
	})
	return claims, sources
}
