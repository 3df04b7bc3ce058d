// Package bytesize prints sizes in bytes exactly and for people.
package bytesize

import (
	"strconv"
)

// Size is a number of bytes.
type Size uint64

// Grouped is the exact number with a comma after every third digit:
// "5,188,805".
func (s Size) Grouped() string {
	digits := strconv.FormatUint(uint64(s), 10)
	n := len(digits)
	out := make([]byte, 0, n+n/3)
	for i := range n {
		if i > 0 && (n-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, digits[i])
	}
	return string(out)
}

// Short is the size in powers of 1000 with three significant digits, cut and
// never rounded up, so that it does not claim a limit is reached that is not:
// "999 B", "5.18 MB".
func (s Size) Short() string {
	if s < 1000 {
		return strconv.FormatUint(uint64(s), 10) + " B"
	}
	unit, scale := 0, uint64(1000)
	for uint64(s)/scale >= 1000 {
		scale *= 1000
		unit++
	}
	whole, rest := uint64(s)/scale, uint64(s)%scale/(scale/1000)
	text := strconv.FormatUint(whole, 10)
	if decimals := 3 - len(text); decimals > 0 {
		fraction := strconv.FormatUint(1000+rest, 10)[1:]
		text += "." + fraction[:decimals]
	}
	return text + " " + [...]string{"kB", "MB", "GB", "TB", "PB", "EB"}[unit]
}
