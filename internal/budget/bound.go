package budget

import (
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/bytesize"
)

// measure is what a bound may be.
type measure int

const (
	inBytes   measure = 1 << iota // a size
	inPercent                     // a percentage
	inPoints                      // a percentage of at most 100: a share, or percentage points
	inCount                       // a number of things
)

// absolute is what a limit of a metric is in.
func absolute(m Metric) measure {
	switch {
	case m == Unattributed:
		return inPoints
	case m.Counted():
		return inCount
	}
	return inBytes
}

// relative is what a limit of the growth of a metric is in.
func relative(m Metric) measure {
	if m == Unattributed {
		return inPoints
	}
	return absolute(m) | inPercent
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
