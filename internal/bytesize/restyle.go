package bytesize

import (
	"math/big"
	"strings"
)

// Restyle prints a size as old was printed: its unit, its spelling of the unit,
// its decimals, its space or none. The result is rounded up to what old's
// decimals can show, but never by more than a tenth, for which it gets more
// decimals. Parse reads it as a size that is at least size. An old text that
// Parse refuses gives the plain number of bytes.
func Restyle(old string, size Size) string {
	if _, err := Parse(old); err != nil {
		return size.plain()
	}
	n, _ := split(old)
	if n.unit == "" {
		return size.plain()
	}
	u, _ := findUnit(n.unit)
	scale, value := u.bytes(), new(big.Int).SetUint64(uint64(size))
	for decimals := len(n.fraction); ; decimals++ {
		step := u.step(scale, decimals)
		rounded := new(big.Int).Add(value, step)
		rounded.Sub(rounded, big.NewInt(1))
		rounded.Quo(rounded, step).Mul(rounded, step)
		// Only with a step of one byte nothing is rounded, whatever the size.
		coarse := new(big.Int).Mul(step, big.NewInt(10)).Cmp(value) > 0 && value.Sign() > 0
		if step.IsInt64() && step.Int64() == 1 || !coarse && rounded.IsUint64() {
			return decimal(rounded, scale, decimals, len(n.fraction)) + n.space + n.unit
		}
	}
}

// LargerUnit is one of the next larger unit, in the style of text, if that is 1000 or
// more of its unit: "1 MB" for "1000 kB". ok is false for fewer, without a unit, where no
// unit is larger, and for KiB and MiB, which are no powers of 1000 apart.
func LargerUnit(text string) (one string, ok bool) {
	size, err := Parse(text)
	if err != nil {
		return "", false
	}
	n, _ := split(text)
	u, ok := findUnit(n.unit)
	if !ok || u.base != 1000 || new(big.Int).SetUint64(uint64(size)).Cmp(new(big.Int).Mul(u.bytes(), big.NewInt(1000))) < 0 {
		return "", false
	}
	for _, larger := range units {
		if larger.base == u.base && larger.exponent == u.exponent+1 {
			return "1" + n.space + larger.name, true
		}
	}
	return "", false
}

func (s Size) plain() string { return new(big.Int).SetUint64(uint64(s)).String() }

// step is the bytes between two sizes with so many decimals that are both whole
// numbers of bytes: a tenth of a MiB is none, so there it is halves, quarters
// and eighths.
func (u *unit) step(scale *big.Int, decimals int) *big.Int {
	divisor := big.NewInt(10)
	if u.base == 1024 {
		divisor.SetInt64(2)
	}
	divisor.Exp(divisor, big.NewInt(int64(decimals)), nil)
	step := new(big.Int).Quo(scale, divisor)
	if step.Sign() == 0 {
		return big.NewInt(1)
	}
	return step
}

// decimal prints value/scale. Zeros behind the decimals of the old style go.
func decimal(value, scale *big.Int, decimals, old int) string {
	shift := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	digits := shift.Mul(shift, value).Quo(shift, scale).String()
	if len(digits) <= decimals {
		digits = strings.Repeat("0", decimals-len(digits)+1) + digits
	}
	whole, fraction := digits[:len(digits)-decimals], digits[len(digits)-decimals:]
	for len(fraction) > old && strings.HasSuffix(fraction, "0") {
		fraction = fraction[:len(fraction)-1]
	}
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}
