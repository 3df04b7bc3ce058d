package budget

import (
	"fmt"
	"slices"
	"time"

	"gopkg.in/yaml.v3"
)

// waiver reads one entry of waivers.
func (r *reader) waiver(n *yaml.Node, budgets []Budget) Waiver {
	w := Waiver{Position: position(n)}
	var name, metric, limit *yaml.Node
	r.fields(n, "a waiver", []field{
		{key: "budget", required: true, read: func(_, v *yaml.Node) { name, w.Budget = v, r.text(v, "budget") }},
		{key: "metric", required: true, read: func(_, v *yaml.Node) { metric, w.Metric = v, Metric(r.text(v, "metric")) }},
		{key: "limit", required: true, read: func(_, v *yaml.Node) { limit = v }},
		{key: "reason", required: true, read: func(_, v *yaml.Node) { w.Reason = r.sentence(v, "reason") }},
		{key: "expires", read: func(_, v *yaml.Node) { w.Expires = r.date(v) }},
	})
	i := slices.IndexFunc(budgets, func(b Budget) bool { return b.Name == w.Budget })
	isMetric, isMatch := false, false
	if i >= 0 {
		isMetric, isMatch = limitsMetric(&budgets[i], w.Metric), hasRule(&budgets[i], string(w.Metric))
	}
	if limit != nil {
		measure := absolute(w.Metric)
		if isMatch && !isMetric { // a crate can be called layers
			measure = inBytes
		}
		if b := r.bound(limit, "limit", measure); b != nil {
			w.Limit = *b
		}
	}
	switch {
	case w.Budget == "":
	case i < 0:
		var names []string
		for _, b := range budgets {
			names = append(names, b.Name)
		}
		hint := "name one of the budgets"
		if near := nearest(w.Budget, names); near != "" {
			hint = "did you mean " + quote(near) + "?"
		}
		r.fail(position(name), "waiver for an unknown budget "+quote(w.Budget), hint)
	case w.Metric == "":
	case isMetric && isMatch:
		r.fail(position(metric), "waiver for "+quote(string(w.Metric))+", which is a metric and the match of a rule about packages",
			"write the match as "+quote("{"+string(w.Metric)+"}")+", which means the same, so that it can be told from the metric")
	case !isMetric && !isMatch:
		r.fail(position(metric), "waiver for "+quote(string(w.Metric))+", which the budget does not limit", didYouMean(string(w.Metric), ceilings(&budgets[i])))
	}
	return w
}

// limitsMetric says whether a budget has a limit of the metric, or of its growth.
func limitsMetric(b *Budget, m Metric) bool {
	return slices.ContainsFunc(b.Limits, func(l Limit) bool { return l.Metric == m }) ||
		slices.ContainsFunc(b.Increases, func(i Increase) bool { return i.Metric == m })
}

// hasRule says whether a budget has a rule about packages with this match.
func hasRule(b *Budget, match string) bool {
	return slices.ContainsFunc(b.Packages, func(r Rule) bool { return r.Match == match })
}

// ceilings is what a waiver can raise: metrics, and the matches of packages.
func ceilings(b *Budget) []string {
	var names []string
	for _, l := range b.Limits {
		names = append(names, string(l.Metric))
	}
	for _, i := range b.Increases {
		names = append(names, string(i.Metric))
	}
	for _, p := range b.Packages {
		names = append(names, p.Match)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// uniqueWaivers refuses a second waiver of one ceiling: which of them counts
// would be a guess.
func (r *reader) uniqueWaivers(waivers []Waiver) {
	type ceiling struct {
		budget string
		metric Metric
	}
	first := make(map[ceiling]int)
	for _, w := range waivers {
		c := ceiling{w.Budget, w.Metric}
		if c.budget == "" || c.metric == "" {
			continue
		}
		if line := first[c]; line > 0 {
			r.fail(w.Position, fmt.Sprintf("duplicate waiver for %s of %s", quote(string(c.metric)), quote(c.budget)), fmt.Sprintf("keep this one or that on line %d", line))
		} else {
			first[c] = w.Position.Line
		}
	}
}

// firstYear is the earliest in which a waiver can end. An earlier one is a typing
// error.
const firstYear = 2000

func (r *reader) date(n *yaml.Node) time.Time {
	if !r.scalar(n, "expires") {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, n.Value)
	if err != nil {
		r.fail(position(n), "expires is "+quote(n.Value)+", which is no date", "write the last day as YEAR-MONTH-DAY, such as 2026-12-31")
		return time.Time{}
	}
	if day.Year() < firstYear {
		// Above all, the zero time stands for no date.
		r.fail(position(n), "expires is "+quote(n.Value)+", long ago", "write the last day as YEAR-MONTH-DAY, such as 2026-12-31")
		return time.Time{}
	}
	return day
}
