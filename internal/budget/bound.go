package budget

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"gopkg.in/yaml.v3"
)

// measure is what a bound may be.
type measure int

const (
	inBytes   measure = 1 << iota // a size
	inPercent                     // a percentage
	inPoints                      // a percentage of at most 100: a share, or percentage points
	inCount                       // a number of things
)

// absolute is what a limit of the metric is in.
func (m Metric) absolute() measure {
	switch {
	case m == Unattributed:
		return inPoints
	case m.Counted():
		return inCount
	}
	return inBytes
}

// relative is what a limit of its growth is in.
func (m Metric) relative() measure {
	if m == Unattributed {
		return inPoints
	}
	return m.absolute() | inPercent
}

// bound reads a size, a number or a percentage, nil if it is not what is meant.
func (r *reader) bound(n *yaml.Node, what string, m measure) *Bound {
	if !r.scalar(n, what) {
		return nil
	}
	b := &Bound{Text: n.Value, Position: position(n)}
	isShare := strings.HasSuffix(n.Value, "%")
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		r.fail(b.Position, what+" is a block of text", "write it behind the key")
		return nil
	case isShare && m == inBytes:
		r.fail(b.Position, fmt.Sprintf("%s is %s, where bytes are meant", what, quote(n.Value)), "write a size, such as 14 MB")
		return nil
	case isShare && m == inCount, !isShare && m&inCount != 0 && strings.Trim(n.Value, "0123456789") != "":
		hint := "write a whole number, such as 12"
		if m&inPercent != 0 {
			hint += ", or a percentage"
		}
		r.fail(b.Position, fmt.Sprintf("%s is %s, where a number of layers is meant", what, quote(n.Value)), hint)
		return nil
	case !isShare && m&(inBytes|inCount) == 0:
		r.fail(b.Position, fmt.Sprintf("%s is %s, where a share is meant", what, quote(n.Value)), "write a percentage, such as 1%")
		return nil
	case isShare:
		percent, problem, hint := parsePercent(n.Value)
		if problem == "" && m&inPoints != 0 && percent.compare(Percent{Digits: 100}) > 0 {
			problem, hint = quote(n.Value)+" is more than everything", "a share of .text is at most 100%"
		}
		if problem != "" {
			r.fail(b.Position, what+": "+problem, hint)
			return nil
		}
		b.Percent, b.Share = percent, true
		return b
	}
	size, err := bytesize.Parse(n.Value)
	var refused *bytesize.ParseError
	if errors.As(err, &refused) {
		r.fail(b.Position, what+": "+refused.Problem, refused.Hint)
		return nil
	}
	b.Size = size
	return b
}

// parsePercent reads "2%" and "2.5 %": at most six digits before the point and
// six behind it.
func parsePercent(text string) (p Percent, problem, hint string) {
	const maxDigits = 6
	const example = "write a percentage such as 1% or 2.5%"
	number := strings.TrimSuffix(strings.TrimSuffix(text, "%"), " ")
	whole, fraction, point := strings.Cut(number, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	switch {
	case strings.HasPrefix(number, "-"):
		return p, quote(text) + " is negative", "a share is 0% or more"
	case strings.Contains(number, ","):
		return p, quote(text) + " has a comma", "write a point before decimals, such as 2.5%"
	case !digits(whole) || point && !digits(fraction):
		return p, quote(text) + " is not a percentage", example
	case len(whole) > 1 && whole[0] == '0':
		return p, quote(text) + " begins with 0", example
	case len(whole) > maxDigits:
		return p, quote(text) + " is too large", "a percentage has at most 6 digits before the point"
	case len(fraction) > maxDigits:
		return p, quote(text) + " is too exact", "a percentage has at most 6 decimals"
	}
	// Twelve digits fit.
	value, err := strconv.ParseUint(whole+fraction, 10, 64)
	if err != nil {
		return p, quote(text) + " is not a percentage", example
	}
	return Percent{Digits: value, Scale: len(fraction)}, "", ""
}

// compare holds two percentages against each other, exactly.
func (p Percent) compare(q Percent) int {
	// At most 12 digits, and six more zeros, fit in 64 bits.
	scaled := func(p Percent) uint64 { return p.Digits * uint64(math.Pow10(6-p.Scale)) }
	return cmp.Compare(scaled(p), scaled(q))
}

// ordered reports a warning above the error, which would never be seen. A size
// and a percentage cannot be compared.
func (r *reader) ordered(warn, fail *Bound) {
	if warn == nil || fail == nil || warn.Share != fail.Share {
		return
	}
	if warn.Share && warn.Percent.compare(fail.Percent) > 0 || !warn.Share && warn.Size > fail.Size {
		r.fail(warn.Position, fmt.Sprintf("warn %s is above error %s", quote(warn.Text), quote(fail.Text)), "lower warn or raise error")
	}
}

// threshold is what stands behind a metric: an error limit, or a map.
type threshold struct {
	warn, error, floor *Bound
	level              string
}

// threshold reads the limits of one metric, and those of the other keys that the
// map may have.
func (r *reader) threshold(n *yaml.Node, what string, m measure, others func(t *threshold) []field) threshold {
	var t threshold
	switch n.Kind {
	case yaml.MappingNode:
	case yaml.SequenceNode:
		r.fail(position(n), what+" is a list", "write a limit, or {warn: …, error: …}")
		return t
	default:
		t.error = r.bound(n, what, m)
		return t
	}
	given := false
	list := []field{
		{key: "warn", read: func(_, v *yaml.Node) { given, t.warn = true, r.bound(v, "warn", m) }},
		{key: "error", read: func(_, v *yaml.Node) { given, t.error = true, r.bound(v, "error", m) }},
	}
	if r.fields(n, what, append(list, others(&t)...)) && !given {
		r.fail(position(n), what+" has neither warn nor error", "add error:")
	}
	r.ordered(t.warn, t.error)
	return t
}
