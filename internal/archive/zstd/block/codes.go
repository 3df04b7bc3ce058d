package block

import "math/bits"

const (
	MinMatch = 3         // bytes
	MaxSize  = 128 << 10 // bytes of input in a block

	// The largest codes that there are.
	MaxLitLenCode   = 35
	MaxMatchLenCode = 52
	MaxOffsetCode   = 31
)

// The three kinds of numbers a sequence consists of, in the order in which
// their tables are sent.
const (
	LitLens = iota
	Offsets
	MatchLens
)

// Extra bits of the literal length codes and of the match length codes
// (RFC 8878, 3.1.1.3.2.1.1). An offset code is its own number of extra bits.
var (
	LitLenBits   = [MaxLitLenCode + 1]uint8{16: 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	MatchLenBits = [MaxMatchLenCode + 1]uint8{32: 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

	// The codes of small values.
	litLenCodeOf   = codesOf(LitLenBits[:])
	matchLenCodeOf = codesOf(MatchLenBits[:])
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

// LitLenCode returns the code of a literal length below 128 KiB; it takes
// one of 128 KiB, which a sequence cannot have, for the longest there is.
func LitLenCode(n uint32) uint8 {
	if n < uint32(len(litLenCodeOf)) {
		return litLenCodeOf[n]
	}
	return uint8(min(bits.Len32(n)+18, MaxLitLenCode))
}

// MatchLenCode returns the code of a match length, which is at least three.
func MatchLenCode(length uint32) uint8 {
	n := length - MinMatch
	if n < uint32(len(matchLenCodeOf)) {
		return matchLenCodeOf[n]
	}
	return uint8(bits.Len32(n) + 35)
}

// OffsetCode returns the code of an offset value: 1…3 are repeated offsets,
// the others a distance plus three.
func OffsetCode(value uint32) uint8 { return uint8(bits.Len32(value) - 1) }

// Repeats are the last three distances, latest first. 0 is one that is not known.
type Repeats [3]uint32

// Distance returns the distance that an offset value stands for behind
// literals, or right behind a match when there are none.
func (r *Repeats) Distance(value uint32, noLiterals bool) uint32 {
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

// Value returns the cheapest offset value that stands for a distance.
func (r *Repeats) Value(dist uint32, noLiterals bool) uint32 {
	for v := uint32(1); v <= 3; v++ {
		if r.Distance(v, noLiterals) == dist {
			return v
		}
	}
	return dist + 3
}

// Use enters an offset value that a sequence has used.
func (r *Repeats) Use(value uint32, noLiterals bool) {
	switch {
	case value > 3:
		*r = Repeats{value - 3, r[0], r[1]}
		return
	case noLiterals:
		value++
	}
	switch value {
	case 2:
		*r = Repeats{r[1], r[0], r[2]}
	case 3:
		*r = Repeats{r[2], r[0], r[1]}
	case 4:
		*r = Repeats{r[0] - 1, r[0], r[1]}
	}
}

// Sequence is literals and the match behind them.
type Sequence struct {
	Literals, Length, Distance uint32 // in bytes
}
