package budget

import (
	"cmp"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/sizegate/sizegate/internal/budget/wording"
)

// Percent is an exact decimal number of percent: 2.5% is {25, 1}.
type Percent struct {
	Digits uint64 // without the decimal point
	Scale  int    // digits behind the point, at most 6
}

// ParsePercent reads "2%" and "2.5 %": at most six digits before the point and
// six behind it.
func ParsePercent(text string) (p Percent, problem, hint string) {
	const maxDigits = 6
	const example = "write a percentage such as 1% or 2.5%"
	number := strings.TrimSuffix(strings.TrimSuffix(text, "%"), " ")
	whole, fraction, point := strings.Cut(number, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	switch {
	case strings.HasPrefix(number, "-"):
		return p, wording.Quote(text) + " is negative", "a share is 0% or more"
	case strings.Contains(number, ","):
		return p, wording.Quote(text) + " has a comma", "write a point before decimals, such as 2.5%"
	case !digits(whole) || point && !digits(fraction):
		return p, wording.Quote(text) + " is not a percentage", example
	case len(whole) > 1 && whole[0] == '0':
		return p, wording.Quote(text) + " begins with 0", example
	case len(whole) > maxDigits:
		return p, wording.Quote(text) + " is too large", "a percentage has at most 6 digits before the point"
	case len(fraction) > maxDigits:
		return p, wording.Quote(text) + " is too exact", "a percentage has at most 6 decimals"
	}
	// Twelve digits fit.
	value, err := strconv.ParseUint(whole+fraction, 10, 64)
	if err != nil {
		return p, wording.Quote(text) + " is not a percentage", example
	}
	return Percent{Digits: value, Scale: len(fraction)}, "", ""
}

// Compare holds two percentages against each other, exactly.
func (p Percent) Compare(q Percent) int {
	// At most 12 digits, and six more zeros, fit in 64 bits.
	scaled := func(p Percent) uint64 { return p.Digits * uint64(math.Pow10(6-p.Scale)) }
	return cmp.Compare(scaled(p), scaled(q))
}

// Of is the largest number of bytes that is no more than p of n. It saturates.
func (p Percent) Of(n uint64) uint64 {
	high, low := bits.Mul64(n, p.Digits)
	unit := p.Hundred()
	if high >= unit {
		return math.MaxUint64
	}
	share, _ := bits.Div64(high, low, unit)
	return share
}

// Hundred is the Digits that 100% has with the scale of p.
func (p Percent) Hundred() uint64 {
	unit := uint64(100)
	for range p.Scale {
		unit *= 10
	}
	return unit
}

// Add is the sum of two sizes. It saturates: a size that does not fit is above every limit.
func Add(x, y uint64) uint64 {
	if y > math.MaxUint64-x {
		return math.MaxUint64
	}
	return x + y
}
