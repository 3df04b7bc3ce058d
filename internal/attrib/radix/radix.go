// Package radix sorts long lists of numbers by their digits, which takes a fifth of the
// time of comparing them.
package radix

import (
	"cmp"
	"slices"
)

// Sort returns the numbers in ascending order of their bits from number low on. Those
// that are alike in these keep their order. It may use the list as room for the work.
//
// To put 100,000 references of a Go function table into buckets, in place, and to compare
// within these takes twice the time.
func Sort[T ~uint64](list []T, low int) []T {
	const (
		few   = 256 // are faster compared
		digit = 11  // bits
	)
	ordered := true
	differ := T(0) // in these bits
	for i := 1; i < len(list); i++ {
		ordered = ordered && list[i-1]>>low <= list[i]>>low
		differ |= list[i-1] ^ list[i]
	}
	switch {
	case ordered:
		return list
	case len(list) < few:
		slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(a>>low, b>>low) })
		return list
	}
	from, to := list, make([]T, len(list))
	for shift := low; shift < 64 && differ>>shift > 0; shift += digit {
		if differ>>shift&(1<<digit-1) == 0 {
			continue
		}
		var next [1 << digit]int // by digit: how many there are, then where the next one goes
		for _, n := range from {
			next[n>>shift&(1<<digit-1)]++
		}
		at := 0
		for d, n := range next {
			next[d] = at
			at += n
		}
		for _, n := range from {
			d := n >> shift & (1<<digit - 1)
			to[next[d]] = n
			next[d]++
		}
		from, to = to, from
	}
	return from
}
