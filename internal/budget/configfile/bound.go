package configfile

import (
	"errors"
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/strictyaml"
	"github.com/sizegate/sizegate/internal/budget/wording"
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
func absolute(m budget.Metric) measure {
	switch {
	case m == budget.Unattributed:
		return inPoints
	case m.Counted():
		return inCount
	}
	return inBytes
}

// relative is what a limit of the growth of a metric is in.
func relative(m budget.Metric) measure {
	if m == budget.Unattributed {
		return inPoints
	}
	return absolute(m) | inPercent
}

// bound reads a size, a number or a percentage, nil if it is not what is meant.
func (r *reader) bound(n *yaml.Node, what string, m measure) *budget.Bound {
	if !r.Scalar(n, what) {
		return nil
	}
	b := &budget.Bound{Text: n.Value, Position: strictyaml.PositionOf(n)}
	isShare := strings.HasSuffix(n.Value, "%")
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		r.Fail(b.Position, what+" is a block of text", "write it behind the key")
		return nil
	case isShare && m == inBytes:
		r.Fail(b.Position, fmt.Sprintf("%s is %s, where bytes are meant", what, wording.Quote(n.Value)), "write a size, such as 14 MB")
		return nil
	case isShare && m == inCount, !isShare && m&inCount != 0 && strings.Trim(n.Value, "0123456789") != "":
		hint := "write a whole number, such as 12"
		if m&inPercent != 0 {
			hint += ", or a percentage"
		}
		r.Fail(b.Position, fmt.Sprintf("%s is %s, where a number of layers is meant", what, wording.Quote(n.Value)), hint)
		return nil
	case !isShare && m&(inBytes|inCount) == 0:
		r.Fail(b.Position, fmt.Sprintf("%s is %s, where a share is meant", what, wording.Quote(n.Value)), "write a percentage, such as 1%")
		return nil
	case isShare:
		percent, problem, hint := budget.ParsePercent(n.Value)
		if problem == "" && m&inPoints != 0 && percent.Compare(budget.Percent{Digits: 100}) > 0 {
			problem, hint = wording.Quote(n.Value)+" is more than everything", "a share of .text is at most 100%"
		}
		if problem != "" {
			r.Fail(b.Position, what+": "+problem, hint)
			return nil
		}
		b.Percent, b.Share = percent, true
		return b
	}
	size, err := bytesize.Parse(n.Value)
	var refused *bytesize.ParseError
	if errors.As(err, &refused) {
		r.Fail(b.Position, what+": "+refused.Problem, refused.Hint)
		return nil
	}
	b.Size = size
	return b
}

// ordered reports a warning above the error, which would never be seen. A size
// and a percentage cannot be compared.
func (r *reader) ordered(warn, fail *budget.Bound) {
	if warn == nil || fail == nil || warn.Share != fail.Share {
		return
	}
	if warn.Share && warn.Percent.Compare(fail.Percent) > 0 || !warn.Share && warn.Size > fail.Size {
		r.Fail(warn.Position, fmt.Sprintf("warn %s is above error %s", wording.Quote(warn.Text), wording.Quote(fail.Text)), "lower warn or raise error")
	}
}

// threshold is what stands behind a metric: an error limit, or a map.
type threshold struct {
	warn, error, floor *budget.Bound
	level              string
}

// threshold reads the limits of one metric, and those of the other keys that the
// map may have.
func (r *reader) threshold(n *yaml.Node, what string, m measure, others func(t *threshold) []strictyaml.Field) threshold {
	var t threshold
	switch n.Kind {
	case yaml.MappingNode:
	case yaml.SequenceNode:
		r.Fail(strictyaml.PositionOf(n), what+" is a list", "write a limit, or {warn: …, error: …}")
		return t
	default:
		t.error = r.bound(n, what, m)
		return t
	}
	given := false
	list := []strictyaml.Field{
		{Key: "warn", Read: func(_, v *yaml.Node) { given, t.warn = true, r.bound(v, "warn", m) }},
		{Key: "error", Read: func(_, v *yaml.Node) { given, t.error = true, r.bound(v, "error", m) }},
	}
	if r.Fields(n, what, append(list, others(&t)...)) && !given {
		r.Fail(strictyaml.PositionOf(n), what+" has neither warn nor error", "add error:")
	}
	r.ordered(t.warn, t.error)
	return t
}
