package rustinfer

import (
	"cmp"
	"slices"
)

// segment is consecutive functions that one crate was compiled to.
type segment struct {
	crate  int32
	lo, hi int // positions in the list of Rust functions
}

// mark is that a function speaks for a crate.
type mark struct {
	pos   int // in the list of Rust functions
	crate int32
}

const (
	// rounds is how often segments are looked for anew, each time with what was
	// merged the time before as given.
	rounds = 4
	// Segments that call each other this often both ways, and not much less often
	// one way than the other, are one. A few such calls come from linkers and
	// optimizers that fold functions of equal code.
	mutualCalls, mutualShare = 4, 0.1
	// A segment with more marks than this share of its neighbour's is no mistake.
	strongShare = 0.3
)

// segments divides order, the functions that are Rust.
func (p *Program) segments(order []int32) []segment {
	marks := p.marks(order)
	at := make([]int32, len(p.Functions)) // positions in order
	for i := range at {
		at[i] = Nobody
	}
	for pos, i := range order {
		at[i] = int32(pos)
	}
	crossing := p.crossings(len(order), at)
	given := slices.Repeat([]int32{Nobody}, len(order))
	merged := make(map[int32]bool) // crates in given
	for round := 1; ; round++ {
		crates := slices.Clone(given)
		claim(crates, marks, merged)
		cut(crates, crossing)
		list := collect(crates)
		if round == rounds || !p.merge(list, marks, at, given, merged) {
			return list
		}
	}
}

// collect returns the runs of one crate.
func collect(crates []int32) []segment {
	var list []segment
	for lo := 0; lo < len(crates); {
		hi := lo
		for hi < len(crates) && crates[hi] == crates[lo] {
			hi++
		}
		list = append(list, segment{crates[lo], lo, hi})
		lo = hi
	}
	return list
}

// marks lists what functions speak for which crates, by crate and then by position. A
// location that several functions hold was inlined, or is of a generic
// function. Those of std speak only where there are no others: std is inlined
// everywhere.
func (p *Program) marks(order []int32) []mark {
	holders := make([]int32, len(p.Locations))
	for _, i := range order {
		for _, l := range p.Functions[i].Locations {
			holders[l]++
		}
	}
	var marks []mark
	for pos, i := range order {
		locations := p.Functions[i].Locations
		onlyStd := !slices.ContainsFunc(locations, func(l int32) bool { return !standard(p.Locations[l]) })
		for _, l := range locations {
			if c := p.Locations[l]; holders[l] == 1 && (onlyStd || !standard(c)) {
				marks = append(marks, mark{pos, c})
			}
		}
	}
	slices.SortFunc(marks, func(x, y mark) int { return cmp.Or(cmp.Compare(x.crate, y.crate), cmp.Compare(x.pos, y.pos)) })
	return slices.Compact(marks)
}

// cut gives the functions between two segments, of no crate so far, to the one
// before up to the place where the fewest references cross, and from there on to
// the one behind. The first of equal places wins.
func cut(crates, crossing []int32) {
	for lo := 0; lo < len(crates); {
		if crates[lo] != Nobody {
			lo++
			continue
		}
		hi := lo
		for hi < len(crates) && crates[hi] == Nobody {
			hi++
		}
		before, behind, at := int32(Nobody), int32(Nobody), lo
		if lo > 0 {
			before = crates[lo-1]
		}
		if hi < len(crates) {
			behind = crates[hi]
		}
		switch {
		case behind == Nobody:
			at = hi
		case before != Nobody:
			for i := lo + 1; i <= hi; i++ {
				if crossing[i] < crossing[at] {
					at = i
				}
			}
		}
		for i := lo; i < hi; i++ {
			if i < at {
				crates[i] = before
			} else {
				crates[i] = behind
			}
		}
		lo = hi
	}
}

// crossings counts, for each place before one of n functions, what has users on
// both sides of it: data, and functions that are called. What many use tells
// nothing of where an object file ends.
func (p *Program) crossings(n int, at []int32) []int32 {
	const few = 8
	crossing := make([]int32, n+1)
	count := func(refs []Reference, ends func(to uint64) int32) {
		slices.SortFunc(refs, func(x, y Reference) int { return cmp.Or(cmp.Compare(x.To, y.To), cmp.Compare(x.From, y.From)) })
		refs = slices.Compact(refs)
		for len(refs) > 0 {
			users := 1
			for users < len(refs) && refs[users].To == refs[0].To {
				users++
			}
			same := refs[:users]
			refs = refs[users:]
			lo, hi := int32(n), int32(-1)
			see := func(pos int32) {
				if pos != Nobody {
					lo, hi = min(lo, pos), max(hi, pos)
				}
			}
			see(ends(same[0].To))
			for _, r := range same {
				see(at[r.From])
			}
			if users <= few && lo < hi {
				crossing[lo+1]++
				crossing[hi+1]--
			}
		}
	}
	count(slices.Clone(p.Calls), func(to uint64) int32 { return at[to] })
	count(slices.Clone(p.References), func(uint64) int32 { return Nobody })
	for i := 1; i <= n; i++ {
		crossing[i] += crossing[i-1]
	}
	return crossing
}

// merge finds neighbours that call each other, and writes whose they are to given
// and merged. It reports whether there are any. The crate with the most marks in
// them is the one, the last of equals: what it asked for comes before its own.
func (p *Program) merge(list []segment, marks []mark, at, given []int32, merged map[int32]bool) bool {
	segmentOf := make([]int32, len(given))
	for k, s := range list {
		for i := s.lo; i < s.hi; i++ {
			segmentOf[i] = int32(k)
		}
	}
	down, up := make([]int, len(list)), make([]int, len(list)) // calls to the next segment, and from it
	for _, c := range p.Calls {
		from, to := at[c.From], at[c.To]
		if from == Nobody || to == Nobody {
			continue
		}
		switch f, t := segmentOf[from], segmentOf[to]; {
		case t == f+1:
			down[f]++
		case f == t+1:
			up[t]++
		}
	}
	own := make([]int, len(list)) // marks for the segment's crate
	for _, m := range marks {
		if k := segmentOf[m.pos]; list[k].crate == m.crate {
			own[k]++
		}
	}
	group := make([]int32, len(list)) // segments to be merged have one number
	changed := false
	for k := 1; k < len(list); k++ {
		group[k] = int32(k)
		less, more := min(down[k-1], up[k-1]), max(down[k-1], up[k-1])
		weak, strong := min(own[k-1], own[k]), max(own[k-1], own[k])
		if less >= mutualCalls && float64(less) >= mutualShare*float64(more) && float64(weak) <= strongShare*float64(strong) {
			group[k] = group[k-1]
			changed = true
		}
	}
	if !changed {
		return false
	}
	type in struct{ group, crate int32 }
	weight := make(map[in]int) // marks
	for _, m := range marks {
		weight[in{group[segmentOf[m.pos]], m.crate}]++
	}
	for k := 0; k < len(list); {
		end := k
		best := list[k].crate
		for ; end < len(list) && group[end] == group[k]; end++ {
			if c := list[end].crate; best == Core || best == Alloc || c != Core && c != Alloc &&
				weight[in{group[k], c}] >= weight[in{group[k], best}] {
				best = c
			}
		}
		if end > k+1 && best != Nobody {
			for i := list[k].lo; i < list[end-1].hi; i++ {
				given[i] = best
			}
			merged[best] = true
		}
		k = end
	}
	return true
}
