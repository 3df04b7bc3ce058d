package judge

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/wording"
)

// metricName is what a sentence calls the metric of a result.
func metricName(r *budget.Result) string {
	if r.Level != "" {
		return fmt.Sprintf("%s (%s)", r.Metric, r.Level)
	}
	if r.Metric.Counted() {
		return "the number of " + string(r.Metric)
	}
	return string(r.Metric)
}

// boundName is a bound as its author wrote it; a number without a unit is given
// that of the metric.
func boundName(m budget.Metric, b *budget.Bound) string {
	if b.Share || b.Text != "" && strings.Trim(b.Text, "0123456789") != "" {
		return b.Text
	}
	return m.Amount(uint64(b.Size))
}

// text is the bound with its bytes: "12 MB (12,000,000 B)".
func (c *ceiling) text(m budget.Metric) string {
	name := boundName(m, c.bound)
	if c.bound.Share {
		name += " of .text"
	} else if name == m.Amount(c.bytes) || name == strconv.FormatUint(c.bytes, 10)+" B" {
		return m.Amount(c.bytes)
	}
	return fmt.Sprintf("%s (%s)", name, m.Amount(c.bytes))
}

// headroom says how far a value is from its limits.
func headroom(m budget.Metric, value uint64, warn, fail *ceiling) string {
	switch {
	case fail.over(value):
		return fmt.Sprintf(", %s over the limit of %s", m.Amount(value-fail.bytes), fail.text(m))
	case warn.over(value) && fail == nil:
		return fmt.Sprintf(", %s over the warning limit of %s", m.Amount(value-warn.bytes), warn.text(m))
	case warn.over(value):
		return fmt.Sprintf(", %s over the warning limit of %s and %s", m.Amount(value-warn.bytes), warn.text(m), below(m, value, fail, "limit"))
	case fail != nil:
		return ", " + below(m, value, fail, "limit")
	case warn != nil:
		return ", " + below(m, value, warn, "warning limit")
	}
	return ""
}

// below says how far a value is below a limit that it is not over.
func below(m budget.Metric, value uint64, c *ceiling, limit string) string {
	if value == c.bytes {
		return fmt.Sprintf("exactly the %s of %s", limit, c.text(m))
	}
	left := c.bytes - value
	return fmt.Sprintf("%s (%s) below the %s of %s", m.Amount(left), wording.Percentage(left, c.bytes, 1), limit, c.text(m))
}

// growth says how the metric of a result changed.
func growth(r *budget.Result, old uint64) string {
	m, name, value := r.Metric, metricName(r), r.Value
	verb, sign, change := "grew", "+", value-old
	switch {
	case value == old:
		return fmt.Sprintf("%s has not changed from %s", name, m.Amount(old))
	case value < old:
		verb, sign, change = "shrank", "-", old-value
	}
	relative := ""
	if old > 0 {
		share := wording.Percentage(change, old, 1)
		if share[0] != '<' {
			share = sign + share
		}
		relative = fmt.Sprintf(" (%s)", share)
	}
	return fmt.Sprintf("%s %s by %s%s from %s to %s", name, verb, m.Amount(change), relative, m.Amount(old), m.Amount(value))
}

// allowance says how much growth is allowed. name is what a bound is called.
func allowance(m budget.Metric, value uint64, warn, fail *ceiling, name func(*budget.Bound) string) string {
	says := func(c *ceiling) string { return fmt.Sprintf("%s (up to %s)", name(c.bound), m.Amount(c.bytes)) }
	switch {
	case fail.over(value), fail != nil && !warn.over(value):
		return fmt.Sprintf("; %s is allowed", says(fail))
	case fail != nil:
		return fmt.Sprintf("; a warning begins above %s, and %s is allowed", says(warn), says(fail))
	case warn != nil:
		return fmt.Sprintf("; a warning begins above %s", says(warn))
	}
	return ""
}

// withFloor names the bounds of growth that has a floor.
func withFloor(m budget.Metric, floor *budget.Bound) func(*budget.Bound) string {
	return func(b *budget.Bound) string {
		if floor == nil {
			return boundName(m, b)
		}
		return boundName(m, b) + " or " + boundName(m, floor)
	}
}

// pointsName names a bound of the growth of a share.
func pointsName(b *budget.Bound) string {
	if !b.Share {
		return boundName(budget.Unattributed, b)
	}
	return strings.TrimSpace(strings.TrimSuffix(b.Text, "%")) + " percentage points more"
}
