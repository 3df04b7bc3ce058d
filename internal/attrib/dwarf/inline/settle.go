package inline

import (
	"cmp"
	"slices"
	"sort"

	"github.com/sizegate/sizegate/internal/span"
)

// flatten turns what was inlined into a function into pieces.
func (in *inliner) flatten(id uint32, claims []span.Claim) {
	f := &in.functions[id]
	f.lo = len(in.pieces)
	if len(claims) == 1 {
		in.pieces = append(grown(in.pieces), claims[0])
	} else {
		for r, group := range span.Sweep(claims) {
			c := span.Claim{Range: r, ID: group[0].ID} // of several with one range the first
			if last := len(in.pieces) - 1; last >= f.lo && in.pieces[last].ID == c.ID && in.pieces[last].Hi == c.Lo {
				in.pieces[last].Hi = c.Hi
				continue
			}
			in.pieces = append(grown(in.pieces), c)
		}
	}
	f.end = len(in.pieces)
}

// settle returns the pieces of the functions that have the code: of several with
// one address the first. Claims are in the order of their addresses, and Rank is
// the unit.
func (in *inliner) settle() []span.Claim {
	settled := make([]span.Claim, 0, len(in.pieces))
	for r, group := range span.Sweep(in.code) {
		f := &in.functions[group[0].ID]
		pieces := in.pieces[f.lo:f.end]
		first := sort.Search(len(pieces), func(i int) bool { return pieces[i].Hi > r.Lo })
		for _, p := range pieces[first:] {
			if p.Lo >= r.Hi {
				break
			}
			settled = append(settled, span.Claim{Range: span.Range{Lo: max(p.Lo, r.Lo), Hi: min(p.Hi, r.Hi)}, Rank: f.unit, ID: p.ID})
		}
	}
	in.pieces, in.code = nil, nil
	return settled
}

// sources finds what is known of the sources of claims, and gives those of which
// nothing is known what the line table says.
func (in *inliner) sources(claims []span.Claim) ([]span.Claim, []Source) {
	used := make([]bool, len(in.offsets))
	for _, c := range claims {
		used[c.ID] = true
	}
	facts := make([]sourceFacts, len(in.offsets))
	for id, off := range in.offsets {
		facts[id] = sourceFacts{file: noFile, unit: -1}
		if used[id] {
			facts[id] = in.facts(off)
		}
	}
	sources := make([]Source, len(facts))
	in.readNames(facts, sources)
	return in.readLines(claims, facts, sources)
}

// sourceFacts is what the entries of a function say together.
type sourceFacts struct {
	linkage, name         text
	linkageUnit, nameUnit uint32
	crate                 uint32 // as in record
	file                  uint32 // as in record
	fileUnit              uint32
	unit                  int32 // -1 if there is no entry
}

// maxLinks bounds chains of entries that complete each other. Honest ones have
// two links.
const maxLinks = 8

// facts follows the references from the entry at off. The first entry that says
// something is the most specific one.
func (in *inliner) facts(off uint64) sourceFacts {
	f := sourceFacts{file: noFile, unit: -1}
	for range maxLinks {
		i, ok := slices.BinarySearchFunc(in.records, off, func(r record, off uint64) int { return cmp.Compare(r.at, off) })
		if !ok {
			break
		}
		r := &in.records[i]
		if f.unit < 0 {
			f.unit = int32(r.unit)
		}
		if f.linkage == noText {
			f.linkage, f.linkageUnit = r.linkage, r.unit
		}
		if f.name == noText {
			f.name, f.nameUnit = r.name, r.unit
		}
		if f.crate == 0 {
			f.crate = r.crate
		}
		if f.file == noFile {
			f.file, f.fileUnit = r.file, r.unit
		}
		off = r.link
	}
	return f
}
