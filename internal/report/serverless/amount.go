package serverless

import (
	"encoding/json"
	"math/big"
	"strings"
)

// dollars is an amount to the cent, half a cent away from zero.
func dollars(n json.Number) string {
	text := rounded(n, 2)
	if digits, negative := strings.CutPrefix(text, "-"); negative {
		return "-$" + digits
	}
	return "$" + text
}

// decimals is a number with at most so many decimals, -1 for all that it has, and
// no zeros at the end of them.
func decimals(n json.Number, most int) string {
	text := rounded(n, most)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// rounded is a number with exactly so many decimals, -1 for those that it has, and
// a comma between thousands. A negative number that rounds to zero has no sign.
func rounded(n json.Number, decimals int) string {
	text := n.String()
	if r, ok := new(big.Rat).SetString(text); ok && decimals >= 0 {
		text = r.FloatString(decimals)
	}
	text, negative := strings.CutPrefix(text, "-")
	whole, part, point := strings.Cut(text, ".")
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	if negative && strings.Trim(text, "0.") != "" {
		whole = "-" + whole
	}
	if point {
		whole += "." + part
	}
	return whole
}
