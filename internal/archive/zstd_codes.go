package archive

import "math/bits"

const (
	zstdMinMatch = 3
	zstdMaxBlock = 128 << 10 // bytes of input in a block

	maxLitLenCode   = 35
	maxMatchLenCode = 52
	maxOffsetCode   = 31
)

// The three kinds of numbers a sequence consists of, in the order in which
// their tables are sent.
const (
	litLens = iota
	offsets
	matchLens
)

// Extra bits of the literal length codes and of the match length codes
// (RFC 8878, 3.1.1.3.2.1.1). An offset code is its own number of extra bits.
var (
	litLenBits   = [maxLitLenCode + 1]uint8{16: 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	matchLenBits = [maxMatchLenCode + 1]uint8{32: 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

	// The codes of small values.
	litLenCodeOf   = codesOf(litLenBits[:])
	matchLenCodeOf = codesOf(matchLenBits[:])
)

// codesOf returns the code of each of the smallest values: a code covers as
// many values as its extra bits can tell apart.
func codesOf(extra []uint8) (codes [128]uint8) {
	value := 0
	for code, n := range extra {
		for range 1 << n {
			if value == len(codes) {
				return codes
			}
			codes[value] = uint8(code)
			value++
		}
	}
	return codes
}

// zstdLitLenCode returns the code of a literal length below 128 KiB; it takes
// one of 128 KiB, which a sequence cannot have, for the longest there is.
func zstdLitLenCode(n uint32) uint8 {
	if n < uint32(len(litLenCodeOf)) {
		return litLenCodeOf[n]
	}
	return uint8(min(bits.Len32(n)+18, maxLitLenCode))
}

// zstdMatchLenCode returns the code of a match length, which is at least three.
func zstdMatchLenCode(length uint32) uint8 {
	n := length - zstdMinMatch
	if n < uint32(len(matchLenCodeOf)) {
		return matchLenCodeOf[n]
	}
	return uint8(bits.Len32(n) + 35)
}

// offsetCode returns the code of an offset value: 1…3 are repeated offsets,
// the others a distance plus three.
func offsetCode(value uint32) uint8 { return uint8(bits.Len32(value) - 1) }

// repeats are the last three distances, latest first. 0 is one that is not known.
type repeats [3]uint32

// distance returns the distance that an offset value stands for behind
// literals, or right behind a match when there are none.
func (r *repeats) distance(value uint32, noLiterals bool) uint32 {
	switch {
	case value > 3:
		return value - 3
	case !noLiterals:
		return r[value-1]
	case value == 3:
		return r[0] - 1
	}
	return r[value]
}

// value returns the cheapest offset value that stands for a distance.
func (r *repeats) value(dist uint32, noLiterals bool) uint32 {
	for v := uint32(1); v <= 3; v++ {
		if r.distance(v, noLiterals) == dist {
			return v
		}
	}
	return dist + 3
}

// use enters an offset value that a sequence has used.
func (r *repeats) use(value uint32, noLiterals bool) {
	switch {
	case value > 3:
		*r = repeats{value - 3, r[0], r[1]}
		return
	case noLiterals:
		value++
	}
	switch value {
	case 2:
		*r = repeats{r[1], r[0], r[2]}
	case 3:
		*r = repeats{r[2], r[0], r[1]}
	case 4:
		*r = repeats{r[0] - 1, r[0], r[1]}
	}
}

// A sequence is literals and the match behind them.
type sequence struct {
	literals, length, distance uint32
}
