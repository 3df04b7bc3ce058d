// Package headroom is how far above what was measured a new limit is: a percentage,
// then rounded up so that people can read it.
package headroom

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/bytesize"
)

// Parse reads how much larger than what was measured a limit is to be:
// "5%", "2.5%", at most 1000%.
func Parse(text string) (budget.Percent, error) {
	const example = "write a percentage such as 5%"
	if !strings.HasSuffix(text, "%") {
		return budget.Percent{}, fmt.Errorf("%s is not a percentage (%s)", wording.Quote(text), example)
	}
	p, problem, hint := budget.ParsePercent(text)
	if problem == "" && p.Compare(budget.Percent{Digits: 1000}) > 0 {
		problem, hint = wording.Quote(text)+" is more than 1000%", example
	}
	if problem != "" {
		return budget.Percent{}, fmt.Errorf("%s (%s)", problem, hint)
	}
	return p, nil
}

// Above is n and p of it, rounded up. It saturates.
func Above(p budget.Percent, n uint64) uint64 {
	unit := p.Hundred()
	return ceilMul(n, unit+p.Digits, unit)
}

// ceilMul is n·times/by, rounded up. It saturates.
func ceilMul(n, times, by uint64) uint64 {
	divisor := new(big.Int).SetUint64(by)
	product := new(big.Int).SetUint64(n)
	product.Mul(product, new(big.Int).SetUint64(times))
	product.Add(product, divisor).Sub(product, big.NewInt(1)).Quo(product, divisor)
	if !product.IsUint64() {
		return math.MaxUint64
	}
	return product.Uint64()
}

// Grain is how coarsely a limit of n is rounded up: the power of ten that leaves
// three significant digits, or more of them where it would be above most. What
// rounding adds is less than this.
func Grain(n, most uint64) uint64 {
	step := uint64(1)
	for n/step >= 1000 {
		step *= 10
	}
	for step > 1 && step > most {
		step /= 10
	}
	return step
}

// Rounds reports whether a limit is not just the value and p of it.
func Rounds(p budget.Percent, value, limit uint64) bool {
	unit := new(big.Int).SetUint64(p.Hundred())
	exact := new(big.Int).SetUint64(p.Digits)
	exact.Add(exact, unit).Mul(exact, new(big.Int).SetUint64(value))
	return unit.Mul(unit, new(big.Int).SetUint64(limit)).Cmp(exact) != 0
}

// Follow is where a warning limit goes with its error limit, which is not 0: to
// the same share of it, rounded up, but not below the value, which would warn at
// once.
func Follow(warn, fail, to bytesize.Size, value uint64) bytesize.Size {
	return min(to, max(bytesize.Size(value), bytesize.Size(ceilMul(uint64(to), uint64(warn), uint64(fail)))))
}

// RestyleUpTo prints a size in the style of old, with as many more decimals as it
// takes not to be rounded up above a limit. Where that makes 1000 or more of a unit of
// 1000, as old did not have, it is in the next larger unit, with the fewest decimals.
func RestyleUpTo(old string, size, limit bytesize.Size) string {
	text := restyleInUnit(old, size, limit)
	if _, thousands := bytesize.LargerUnit(old); thousands {
		return text
	}
	for {
		one, ok := bytesize.LargerUnit(text)
		if !ok {
			return text
		}
		text = restyleInUnit(one, size, limit)
	}
}

// restyleInUnit is RestyleUpTo in the unit of old.
func restyleInUnit(old string, size, limit bytesize.Size) string {
	// A GiB has 30 decimals, with which every size is exact.
	const mostDecimals = 30
	style := old
	for range mostDecimals + 1 {
		text := bytesize.Restyle(style, size)
		if got, err := bytesize.Parse(text); err == nil && got <= limit {
			return text
		}
		style = withDecimal(style)
	}
	return old
}

// withDecimal adds a decimal to a size: "14 MB" becomes "14.0 MB".
func withDecimal(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end < 0 {
		return text
	}
	zero := "0"
	if !strings.Contains(text[:end], ".") {
		zero = ".0"
	}
	return text[:end] + zero + text[end:]
}

// Limit is n and p of it, rounded up to three significant digits, or to more
// where rounding would add more than p did.
func Limit(p budget.Percent, n uint64) string {
	to := Above(p, n)
	return readable(to, Grain(to, to-n))
}

// readable is n rounded up to a multiple of step, a power of ten, in the largest
// unit of 1000 in which it has no more than three digits before the point:
// "13 MB", "1.24 MB", "832 B".
func readable(n, step uint64) string {
	if n > math.MaxUint64-step {
		return fmt.Sprint(n) // larger than any file
	}
	n = (n + step - 1) / step * step
	units := [...]string{"B", "kB", "MB", "GB"}
	unit, scale := 0, uint64(1)
	for unit < len(units)-1 && n/scale >= 1000 {
		unit, scale = unit+1, scale*1000
	}
	text := fmt.Sprint(n / scale)
	if rest := n % scale; rest > 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%0*d", 3*unit, rest), "0")
	}
	return text + " " + units[unit]
}

// Comment is what init writes behind a limit.
func Comment(m budget.Metric, value uint64) string { return m.Amount(value) + " now" }
