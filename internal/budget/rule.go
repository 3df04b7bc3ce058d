package budget

import "gopkg.in/yaml.v3"

// rule reads one entry of packages.
func (r *reader) rule(n *yaml.Node) Rule {
	rule := Rule{Metric: Text, Position: position(n)}
	var deny, limit *yaml.Node
	ok := r.fields(n, "a package", []field{
		{key: "match", required: true, read: func(_, v *yaml.Node) {
			rule.Match, rule.Position = r.title(v, "match"), position(v)
			if problem, hint := globProblem(rule.Match); problem != "" {
				r.fail(position(v), "match "+quote(rule.Match)+" "+problem, hint)
			}
		}},
		{key: "limit", read: func(_, v *yaml.Node) {
			limit = v
			t := r.threshold(v, "limit", inBytes, func(*threshold) []field {
				return []field{{key: "level", foreign: "level is for the metric upx only"}, {key: "floor", foreign: "floor is for max-increase only"}}
			})
			rule.Warn, rule.Error = t.warn, t.error
		}},
		{key: "metric", read: func(_, v *yaml.Node) {
			rule.Metric = Metric(r.choice(v, "metric of a package", []string{string(Text), string(Total)}))
		}},
		{key: "deny", read: func(_, v *yaml.Node) { deny, rule.Deny = v, r.boolean(v, "deny") }},
	})
	switch {
	case limit != nil && rule.Deny:
		r.fail(position(deny), "a package with both deny and limit", "keep one of them")
	case ok && limit == nil && deny == nil, limit == nil && deny != nil && deny.Value == "false":
		r.fail(rule.Position, "a package with neither limit nor deny", "add limit: or deny: true")
	}
	return rule
}
