package configfile

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/strictyaml"
	"github.com/sizegate/sizegate/internal/budget/wording"
)

// limits reads the absolute limits of a budget.
func (r *reader) limits(n *yaml.Node) []budget.Limit {
	var limits []budget.Limit
	r.Each(n, "limits", func(key, value *yaml.Node) {
		m := r.metric(key)
		if m == "" {
			return
		}
		t := r.threshold(value, wording.Shorten(key.Value), absolute(m), func(t *threshold) []strictyaml.Field {
			return []strictyaml.Field{r.level(m, t), {Key: "floor", Foreign: "floor is for max-increase only"}}
		})
		limits = append(limits, budget.Limit{Metric: m, Level: levelOf(m, &t), Warn: t.warn, Error: t.error, Position: strictyaml.PositionOf(key)})
	})
	return limits
}

// increases reads the limits of growth of a budget or of the defaults.
func (r *reader) increases(n *yaml.Node) []budget.Increase {
	var increases []budget.Increase
	r.Each(n, "max-increase", func(key, value *yaml.Node) {
		m := r.metric(key)
		if m == "" {
			return
		}
		t := r.threshold(value, wording.Shorten(key.Value), relative(m), func(t *threshold) []strictyaml.Field {
			floor := strictyaml.Field{Key: "floor", Read: func(_, v *yaml.Node) { t.floor = r.bound(v, "floor", absolute(m)) }}
			if m == budget.Unattributed {
				floor = strictyaml.Field{Key: "floor", Foreign: "floor is in bytes, and unattributed in percentage points"}
			}
			return []strictyaml.Field{floor, r.level(m, t)}
		})
		increases = append(increases, budget.Increase{Metric: m, Level: levelOf(m, &t), Warn: t.warn, Error: t.error, Floor: t.floor, Position: strictyaml.PositionOf(key)})
	})
	return increases
}

func (r *reader) level(m budget.Metric, t *threshold) strictyaml.Field {
	if m != budget.UPX {
		return strictyaml.Field{Key: "level", Foreign: "level is for the metric upx only"}
	}
	return strictyaml.Field{Key: "level", Read: func(_, v *yaml.Node) { t.level = r.Choice(v, "level", levels) }}
}

func levelOf(m budget.Metric, t *threshold) string {
	if m == budget.UPX && t.level == "" {
		return budget.DefaultLevel
	}
	return t.level
}

// inherit adds the defaults for what a budget does not say itself.
func inherit(b *budget.Budget, defaults []budget.Increase) {
	own := b.Increases
	for _, d := range defaults {
		if !slices.ContainsFunc(own, func(i budget.Increase) bool { return i.Metric == d.Metric && i.Level == d.Level }) {
			d.Default = true
			b.Increases = append(b.Increases, d)
		}
	}
}
