package configfile

import (
	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/budget/strictyaml"
	"github.com/sizegate/sizegate/internal/budget/wording"
)

// rule reads one entry of packages.
func (r *reader) rule(n *yaml.Node) budget.Rule {
	rule := budget.Rule{Metric: budget.Text, Position: strictyaml.PositionOf(n)}
	var deny, limit *yaml.Node
	ok := r.Fields(n, "a package", []strictyaml.Field{
		{Key: "match", Required: true, Read: func(_, v *yaml.Node) {
			rule.Match, rule.Position = r.Title(v, "match"), strictyaml.PositionOf(v)
			if problem, hint := pattern.Problem(rule.Match); problem != "" {
				r.Fail(strictyaml.PositionOf(v), "match "+wording.Quote(rule.Match)+" "+problem, hint)
			}
		}},
		{Key: "limit", Read: func(_, v *yaml.Node) {
			limit = v
			t := r.threshold(v, "limit", inBytes, func(*threshold) []strictyaml.Field {
				return []strictyaml.Field{{Key: "level", Foreign: "level is for the metric upx only"}, {Key: "floor", Foreign: "floor is for max-increase only"}}
			})
			rule.Warn, rule.Error = t.warn, t.error
		}},
		{Key: "metric", Read: func(_, v *yaml.Node) {
			rule.Metric = budget.Metric(r.Choice(v, "metric of a package", []string{string(budget.Text), string(budget.Total)}))
		}},
		{Key: "deny", Read: func(_, v *yaml.Node) { deny, rule.Deny = v, r.Boolean(v, "deny") }},
	})
	switch {
	case limit != nil && rule.Deny:
		r.Fail(strictyaml.PositionOf(deny), "a package with both deny and limit", "keep one of them")
	case ok && limit == nil && deny == nil, limit == nil && deny != nil && deny.Value == "false":
		r.Fail(rule.Position, "a package with neither limit nor deny", "add limit: or deny: true")
	}
	return rule
}
