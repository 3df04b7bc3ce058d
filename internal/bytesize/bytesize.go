// Package bytesize reads and prints sizes in bytes, exactly and for people.
package bytesize

import (
	"strconv"
	"strings"
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

// Short is the size in powers of 1000, rounded to three significant digits:
// "999 B", "5.19 MB". The exact size belongs beside it.
func (s Size) Short() string {
	if s < 1000 {
		return strconv.FormatUint(uint64(s), 10) + " B"
	}
	units := [...]string{"kB", "MB", "GB", "TB", "PB", "EB"}
	unit, scale := 0, uint64(1000)
	for uint64(s)/scale >= 1000 {
		scale *= 1000
		unit++
	}
	decimals := 3 - len(strconv.FormatUint(uint64(s)/scale, 10))
	text := strconv.FormatFloat(float64(s)/float64(scale), 'f', decimals, 64)
	switch {
	case len(text) == len("1000") && decimals == 0: // 999.6 kB
		return "1.00 " + units[unit+1]
	case len(text) > len("9.99") && decimals > 0: // 9.999 or 99.99
		text = strings.TrimSuffix(text[:len("9.99")], ".")
	}
	return text + " " + units[unit]
}
