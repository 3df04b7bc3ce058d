package rustsym

import (
	"strings"
	"unicode/utf8"
)

// maxPunycode is the longest identifier, in code points, that is decoded:
// inserting each one at its place is quadratic.
const maxPunycode = 128

// String returns the identifier as in source code. What is not Punycode, or too
// long, shows as punycode{…} with the separator "-" that Punycode itself has.
func (id identifier) String() string {
	if !id.punycode {
		return id.text
	}
	ascii, deltas := "", id.text
	if i := strings.LastIndexByte(id.text, '_'); i >= 0 {
		ascii, deltas = id.text[:i], id.text[i+1:]
	}
	if s, ok := decodePunycode(ascii, deltas); ok {
		return s
	}
	if ascii != "" {
		ascii += "-"
	}
	return "punycode{" + ascii + deltas + "}"
}

// decodePunycode inserts the code points that deltas encode into ascii
// (RFC 3492, section 6.2, with the parameters of section 5).
func decodePunycode(ascii, deltas string) (string, bool) {
	const (
		base, tMin, tMax = 36, 1, 26
		skew, damp       = 38, 700
		firstBias        = 72
		firstCode        = 0x80
		limit            = 1 << 31
	)
	if len(ascii) > maxPunycode || deltas == "" {
		return "", false
	}
	out := []rune(ascii)
	code, at, bias := firstCode, 0, firstBias
	for first := true; deltas != ""; first = false {
		delta, weight := 0, 1
		for k := base; ; k += base {
			if deltas == "" {
				return "", false
			}
			var digit int
			switch c := deltas[0]; {
			case 'a' <= c && c <= 'z':
				digit = int(c - 'a')
			case '0' <= c && c <= '9':
				digit = int(c-'0') + 26
			default:
				return "", false
			}
			deltas = deltas[1:]
			delta += digit * weight
			if delta >= limit {
				return "", false
			}
			threshold := min(max(k-bias, tMin), tMax)
			if digit < threshold {
				break
			}
			weight *= base - threshold
			if weight >= limit {
				return "", false
			}
		}
		n := len(out) + 1
		at += delta
		code += at / n
		at %= n
		if n > maxPunycode || code > utf8.MaxRune || !utf8.ValidRune(rune(code)) {
			return "", false
		}
		out = append(out, 0)
		copy(out[at+1:], out[at:])
		out[at] = rune(code)
		at++

		if first {
			delta /= damp
		} else {
			delta /= 2
		}
		delta += delta / n
		bias = 0
		for ; delta > (base-tMin)*tMax/2; bias += base {
			delta /= base - tMin
		}
		bias += (base - tMin + 1) * delta / (delta + skew)
	}
	return string(out), true
}
