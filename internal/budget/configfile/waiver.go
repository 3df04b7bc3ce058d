package configfile

import (
	"fmt"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/strictyaml"
	"github.com/sizegate/sizegate/internal/budget/wording"
)

// waiver reads one entry of waivers.
func (r *reader) waiver(n *yaml.Node, budgets []budget.Budget) budget.Waiver {
	w := budget.Waiver{Position: strictyaml.PositionOf(n)}
	var name, metric, limit *yaml.Node
	r.Fields(n, "a waiver", []strictyaml.Field{
		{Key: "budget", Required: true, Read: func(_, v *yaml.Node) { name, w.Budget = v, r.Text(v, "budget") }},
		{Key: "metric", Required: true, Read: func(_, v *yaml.Node) { metric, w.Metric = v, budget.Metric(r.Text(v, "metric")) }},
		{Key: "limit", Required: true, Read: func(_, v *yaml.Node) { limit = v }},
		{Key: "reason", Required: true, Read: func(_, v *yaml.Node) { w.Reason = r.Sentence(v, "reason") }},
		{Key: "expires", Read: func(_, v *yaml.Node) { w.Expires = r.date(v) }},
	})
	i := slices.IndexFunc(budgets, func(b budget.Budget) bool { return b.Name == w.Budget })
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
		if near := wording.Nearest(w.Budget, names); near != "" {
			hint = "did you mean " + wording.Quote(near) + "?"
		}
		r.Fail(strictyaml.PositionOf(name), "waiver for an unknown budget "+wording.Quote(w.Budget), hint)
	case w.Metric == "":
	case isMetric && isMatch:
		r.Fail(strictyaml.PositionOf(metric), "waiver for "+wording.Quote(string(w.Metric))+", which is a metric and the match of a rule about packages",
			"write the match as "+wording.Quote("{"+string(w.Metric)+"}")+", which means the same, so that it can be told from the metric")
	case !isMetric && !isMatch:
		r.Fail(strictyaml.PositionOf(metric), "waiver for "+wording.Quote(string(w.Metric))+", which the budget does not limit", wording.DidYouMean(string(w.Metric), ceilings(&budgets[i])))
	}
	return w
}

// limitsMetric says whether a budget has a limit of the metric, or of its growth.
func limitsMetric(b *budget.Budget, m budget.Metric) bool {
	return slices.ContainsFunc(b.Limits, func(l budget.Limit) bool { return l.Metric == m }) ||
		slices.ContainsFunc(b.Increases, func(i budget.Increase) bool { return i.Metric == m })
}

// hasRule says whether a budget has a rule about packages with this match.
func hasRule(b *budget.Budget, match string) bool {
	return slices.ContainsFunc(b.Packages, func(r budget.Rule) bool { return r.Match == match })
}

// ceilings is what a waiver can raise: metrics, and the matches of packages.
func ceilings(b *budget.Budget) []string {
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
func (r *reader) uniqueWaivers(waivers []budget.Waiver) {
	type ceiling struct {
		budget string
		metric budget.Metric
	}
	first := make(map[ceiling]int)
	for _, w := range waivers {
		c := ceiling{w.Budget, w.Metric}
		if c.budget == "" || c.metric == "" {
			continue
		}
		if line := first[c]; line > 0 {
			r.Fail(w.Position, fmt.Sprintf("duplicate waiver for %s of %s", wording.Quote(string(c.metric)), wording.Quote(c.budget)), fmt.Sprintf("keep this one or that on line %d", line))
		} else {
			first[c] = w.Position.Line
		}
	}
}

// firstYear is the earliest in which a waiver can end. An earlier one is a typing
// error.
const firstYear = 2000

func (r *reader) date(n *yaml.Node) time.Time {
	if !r.Scalar(n, "expires") {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, n.Value)
	if err != nil {
		r.Fail(strictyaml.PositionOf(n), "expires is "+wording.Quote(n.Value)+", which is no date", "write the last day as YEAR-MONTH-DAY, such as 2026-12-31")
		return time.Time{}
	}
	if day.Year() < firstYear {
		// Above all, the zero time stands for no date.
		r.Fail(strictyaml.PositionOf(n), "expires is "+wording.Quote(n.Value)+", long ago", "write the last day as YEAR-MONTH-DAY, such as 2026-12-31")
		return time.Time{}
	}
	return day
}
