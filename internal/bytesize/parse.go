package bytesize

import (
	"math/big"
	"strconv"
	"strings"
)

// unit is a unit that Parse reads: base to the power of exponent bytes.
type unit struct {
	name     string
	base     int64
	exponent int
}

var units = [...]unit{
	{"B", 1000, 0},
	{"kB", 1000, 1}, {"KB", 1000, 1}, {"MB", 1000, 2}, {"GB", 1000, 3},
	{"KiB", 1024, 1}, {"MiB", 1024, 2}, {"GiB", 1024, 3},
}

func (u *unit) bytes() *big.Int {
	return new(big.Int).Exp(big.NewInt(u.base), big.NewInt(int64(u.exponent)), nil)
}

func findUnit(name string) (unit, bool) {
	for _, u := range units {
		if u.name == name {
			return u, true
		}
	}
	return unit{}, false
}

// ParseError says why a text is no size, and what to write instead.
type ParseError struct {
	Problem, Hint string
}

func (e *ParseError) Error() string { return e.Problem + " (" + e.Hint + ")" }

// Parse reads a size: a whole number of bytes ("14000000"), or a number, at most
// one space, and a unit ("14 MB", "1.5MiB"). B, kB, KB, MB and GB are powers of
// 1000; KiB, MiB and GiB are powers of 1024. The result must be a whole number
// of bytes. The error is a *ParseError.
func Parse(text string) (Size, error) {
	n, err := split(text)
	if err != nil {
		return 0, err
	}
	u, ok := findUnit(n.unit)
	switch {
	case n.unit == "" && n.point:
		return 0, refuse(text, "has no unit", "write "+n.digits()+" MB, or a whole number of bytes")
	case n.unit == "":
		u = units[0]
	case !ok:
		return 0, refuse(text, "has an unknown unit", unitHint(n))
	}
	return n.times(text, u)
}

// number is the parts of a size: digits, perhaps a point and digits, a unit.
type number struct {
	whole, fraction string
	point           bool
	space           string // between number and unit
	unit            string
}

func (n *number) digits() string {
	if n.point {
		return n.whole + "." + n.fraction
	}
	return n.whole
}

// split takes a size apart and refuses what is no number.
func split(text string) (number, error) {
	if problem, hint := notNumber(text); problem != "" {
		return number{}, refuse(text, problem, hint)
	}
	var n number
	end := digitsEnd(text, 0)
	n.whole = text[:end]
	if end < len(text) && text[end] == '.' {
		start := end + 1
		end = digitsEnd(text, start)
		n.point, n.fraction = true, text[start:end]
	}
	rest := text[end:]
	n.unit = strings.TrimPrefix(rest, " ")
	n.space = rest[:len(rest)-len(n.unit)]
	switch {
	case n.point && n.fraction == "":
		return n, refuse(text, "ends in a point", "write "+short(n.whole+rest))
	case len(n.whole) > 1 && n.whole[0] == '0':
		whole := strings.TrimLeft(n.whole, "0")
		if whole == "" {
			whole = "0"
		}
		return n, refuse(text, "begins with 0", "write "+short(whole+text[len(n.whole):]))
	case strings.TrimSpace(n.unit) != n.unit:
		// Several spaces, a tab, or a space that only looks like one.
		return n, refuse(text, "has other than one space before the unit", "write "+short(n.digits()+" "+strings.TrimSpace(n.unit)))
	}
	return n, nil
}

// notNumber says what is wrong with a text that does not begin with a number,
// or that is a number in a notation for programs. "" if nothing is.
func notNumber(text string) (problem, hint string) {
	const example = "write a number and a unit, such as 14 MB"
	lower := strings.ToLower(text)
	switch end := digitsEnd(text, 0); {
	case text == "":
		return "is empty", example
	case strings.TrimSpace(text) != text:
		return "has space around it", "write " + short(strings.TrimSpace(text))
	case strings.Contains(text, "%"):
		return "is a share, where bytes are meant", example
	case text[0] == '-':
		return "is negative", "a size is 0 or more"
	case text[0] == '+':
		return "begins with +", "write " + short(strings.TrimLeft(text, "+"))
	case text[0] == '.' && len(text) > 1 && isDigit(text[1]):
		return "begins with a point", "write 0" + short(text)
	case strings.HasPrefix(lower, "0x") || strings.HasPrefix(lower, "0o") || strings.HasPrefix(lower, "0b") && len(text) > 2:
		if v, err := strconv.ParseUint(lower, 0, 64); err == nil {
			return "is not a decimal number", "write " + strconv.FormatUint(v, 10)
		}
		return "is not a decimal number", example
	case end == 0:
		return "is not a size", example
	case strings.Contains(text, ","):
		return "has a comma", commaHint(text)
	case strings.Contains(text, "_"):
		return "has an underscore", "write " + short(strings.ReplaceAll(text, "_", ""))
	case isExponent(lower):
		if v, ok := exponentValue(lower); ok {
			return "has an exponent", "write " + v
		}
		return "has an exponent", example
	}
	return "", ""
}

// commaHint offers both readings of "1,500 MB", and the one of "1,5 MB".
func commaHint(text string) string {
	var offers []string
	offer := func(t string) {
		if _, err := Parse(t); err == nil {
			offers = append(offers, short(t))
		}
	}
	comma := strings.IndexByte(text, ',')
	if digitsEnd(text, comma+1)-comma == len(",000") {
		offer(strings.ReplaceAll(text, ",", ""))
	}
	if strings.Count(text, ",") == 1 {
		offer(strings.Replace(text, ",", ".", 1))
	}
	if len(offers) == 0 {
		return "write it without a comma, with a point before decimals, such as 1.5 MB"
	}
	return "write " + strings.Join(offers, " or ")
}

// isExponent reports whether a lower-case text is a number such as 1e6 or
// 1.5e+6.
func isExponent(lower string) bool {
	mantissa, exponent, found := strings.Cut(lower, "e")
	exponent = strings.TrimPrefix(strings.TrimPrefix(exponent, "+"), "-")
	mantissa = strings.Replace(mantissa, ".", "", 1)
	return found && exponent != "" && digitsEnd(mantissa, 0) == len(mantissa) && digitsEnd(exponent, 0) == len(exponent)
}

func exponentValue(lower string) (string, bool) {
	f, err := strconv.ParseFloat(lower, 64)
	if err != nil || f >= 1<<53 || f != float64(uint64(f)) {
		return "", false
	}
	return strconv.FormatUint(uint64(f), 10), true
}

// unitHint says which unit was meant.
func unitHint(n number) string {
	const known = "units are B, kB, MB, GB, KiB, MiB and GiB"
	offer := func(names ...string) string {
		for i, name := range names {
			names[i] = short(n.digits() + " " + name)
		}
		return "write " + strings.Join(names, " or ")
	}
	switch lower := strings.ToLower(n.unit); lower {
	case "b", "byte", "bytes":
		return offer("B")
	case "k", "m", "g":
		prefix := strings.ToUpper(lower)
		decimal := prefix + "B"
		if prefix == "K" {
			decimal = "kB"
		}
		return offer(decimal, prefix+"iB")
	case "kb":
		return offer("kB")
	case "mb", "gb":
		return offer(strings.ToUpper(lower))
	case "ki", "mi", "gi", "kib", "mib", "gib":
		return offer(strings.ToUpper(lower[:1]) + "iB")
	}
	return known
}

// times multiplies the number by the unit, exactly.
func (n *number) times(text string, u unit) (Size, error) {
	// No unit needs more decimals than a GiB, 30; further ones are zeros or
	// there is no whole number of bytes.
	const maxDecimals = 30
	fraction := strings.TrimRight(n.fraction, "0")
	exact := len(fraction) <= maxDecimals
	if !exact {
		fraction = fraction[:maxDecimals]
	}
	tooLarge := refuse(text, "is too large", "the largest size is 18446744073709551615 B")
	if len(n.whole) > len("18446744073709551615") {
		return 0, tooLarge
	}
	value, _ := new(big.Int).SetString(n.whole+fraction, 10)
	value.Mul(value, u.bytes())
	divisor := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(len(fraction))), nil)
	remainder := new(big.Int)
	value.QuoRem(value, divisor, remainder)
	if !exact || remainder.Sign() != 0 {
		if remainder.Lsh(remainder, 1).Cmp(divisor) >= 0 {
			value.Add(value, big.NewInt(1))
		}
		if value.IsUint64() {
			return 0, refuse(text, "is not a whole number of bytes", "the nearest is "+value.String()+" B")
		}
	}
	if !value.IsUint64() {
		return 0, tooLarge
	}
	return Size(value.Uint64()), nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// digitsEnd is the end of the digits that begin at start.
func digitsEnd(text string, start int) int {
	for start < len(text) && isDigit(text[start]) {
		start++
	}
	return start
}

func refuse(text, problem, hint string) error {
	return &ParseError{Problem: strconv.Quote(short(text)) + " " + problem, Hint: hint}
}

// short cuts a long text, for messages.
func short(text string) string {
	const limit = 40
	if len(text) <= limit {
		return text
	}
	cut := 0
	for i := range text {
		if i > limit {
			break
		}
		cut = i
	}
	return text[:cut] + "…"
}
