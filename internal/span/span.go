// Package span decides which of many claims owns each position of a line of
// bytes, and divides what several own together. Positions are uint64 and a
// range [Lo,Hi) holds Lo but not Hi. Every position that any claim covers is
// handed out exactly once, so what is handed out adds up to what was covered.
package span

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"
)

// Range is the positions Lo ≤ p < Hi.
type Range struct{ Lo, Hi uint64 }

// Len is the number of positions in r.
func (r Range) Len() uint64 { return r.Hi - r.Lo }

// Claim says that ID wants the positions of Range. A lower Rank is the
// stronger claim. ID means what the caller wants it to mean.
type Claim struct {
	Range
	Rank uint32
	ID   uint32
}

// before is the order in which claims are preferred where they overlap: the
// stronger rank, then the latest start, then the smallest size. A symbol
// inside another's range is the more specific statement about those bytes.
func (c Claim) before(d Claim) bool {
	if c.Rank != d.Rank {
		return c.Rank < d.Rank
	}
	if c.Lo != d.Lo {
		return c.Lo > d.Lo
	}
	return c.Hi < d.Hi
}

func (c Claim) same(d Claim) bool { return c.Rank == d.Rank && c.Range == d.Range }

// Sweep yields the covered positions in ascending order, as ranges that do not
// overlap, each with the claims that own it: more than one only where several
// claims have the same range and rank (folded functions), and then in the
// order of their IDs. A claim cut by others is yielded in several
// pieces. Empty and inverted claims own nothing. claims is sorted in place.
//
// The cost is O(n log n) in the number of claims however they nest.
func Sweep(claims []Claim) iter.Seq2[Range, []Claim] {
	return func(yield func(Range, []Claim) bool) {
		Sort(claims)
		open := heap{claims: claims} // groups that cover pos, the preferred one on top
		pos := uint64(0)
		for i := 0; ; {
			// First what has ended goes, then what begins comes: the other way
			// round the ended claims would pile up below the later ones.
			for len(open.groups) > 0 && claims[open.groups[0].first].Hi <= pos {
				open.pop()
			}
			if len(open.groups) == 0 {
				if i == len(claims) {
					return
				}
				pos = max(pos, claims[i].Lo)
			}
			for i < len(claims) && claims[i].Lo <= pos {
				j := i + 1
				for j < len(claims) && claims[j].same(claims[i]) {
					j++
				}
				hi := claims[i].Hi
				switch {
				case hi <= pos:
				case len(open.groups) == 0 && (j == len(claims) || claims[j].Lo >= hi):
					// Nothing else is there, as for nearly all functions: no heap is needed.
					if !yield(Range{pos, hi}, claims[i:j]) {
						return
					}
					pos = hi
				default:
					open.push(group{i, j})
				}
				i = j
			}
			if len(open.groups) == 0 {
				continue
			}
			top := open.groups[0]
			hi := claims[top.first].Hi
			if i < len(claims) && claims[i].Lo < hi {
				hi = claims[i].Lo
			}
			if !yield(Range{pos, hi}, claims[top.first:top.end]) {
				return
			}
			pos = hi
		}
	}
}

// group is claims that share one range and rank, by their positions.
type group struct{ first, end int }

// heap is a binary heap of groups. Those that have ended stay inside until they
// reach the top: taking them out of the middle would need a position index and is
// not worth it. It holds no pointers, so that the garbage collector need not be told
// of each that moves.
type heap struct {
	claims []Claim
	groups []group
}

func (h *heap) before(i, j int) bool {
	return h.claims[h.groups[i].first].before(h.claims[h.groups[j].first])
}

func (h *heap) push(g group) {
	h.groups = append(h.groups, g)
	for i := len(h.groups) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h.before(i, parent) {
			return
		}
		h.groups[i], h.groups[parent] = h.groups[parent], h.groups[i]
		i = parent
	}
}

func (h *heap) pop() {
	n := len(h.groups) - 1
	h.groups[0] = h.groups[n]
	h.groups = h.groups[:n]
	for i := 0; ; {
		least := i
		for _, child := range [2]int{2*i + 1, 2*i + 2} {
			if child < n && h.before(child, least) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.groups[i], h.groups[least] = h.groups[least], h.groups[i]
		i = least
	}
}

// Share is the part of total that goes to number i of n equal owners: the
// shares differ by at most one, the earlier owners get the larger ones (the
// largest remainder of equal weights, ties by order), and they add up to
// total.
func Share(total uint64, i, n int) uint64 {
	share := total / uint64(n)
	if uint64(i) < total%uint64(n) {
		share++
	}
	return share
}

// Shares divides total in the proportions of the weights, whose sum must not
// overflow: each gets the whole part of its quotient, and what is left goes one
// each to the largest remainders, ties by order. The shares add up to total,
// unless all weights are 0: then nobody gets anything.
func Shares(total uint64, weights []uint64) []uint64 {
	shares := make([]uint64, len(weights))
	sum := uint64(0)
	for _, w := range weights {
		sum += w
	}
	if sum == 0 {
		return shares
	}
	rest := make([]uint64, len(weights))
	order := make([]int, len(weights))
	left := total
	for i, w := range weights {
		hi, lo := bits.Mul64(total, w)
		if w == sum {
			shares[i] = total // bits.Div64 wants hi < sum
		} else {
			shares[i], rest[i] = bits.Div64(hi, lo, sum)
		}
		left -= shares[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(rest[j], rest[i]) })
	for _, i := range order[:left] {
		shares[i]++
	}
	return shares
}
