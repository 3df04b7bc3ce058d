package budget

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// limits reads the absolute limits of a budget.
func (r *reader) limits(n *yaml.Node) []Limit {
	var limits []Limit
	r.each(n, "limits", func(key, value *yaml.Node) {
		m := r.metric(key)
		if m == "" {
			return
		}
		t := r.threshold(value, shorten(key.Value), absolute(m), func(t *threshold) []field {
			return []field{r.level(m, t), {key: "floor", foreign: "floor is for max-increase only"}}
		})
		limits = append(limits, Limit{Metric: m, Level: levelOf(m, &t), Warn: t.warn, Error: t.error, Position: position(key)})
	})
	return limits
}

// increases reads the limits of growth of a budget or of the defaults.
func (r *reader) increases(n *yaml.Node) []Increase {
	var increases []Increase
	r.each(n, "max-increase", func(key, value *yaml.Node) {
		m := r.metric(key)
		if m == "" {
			return
		}
		t := r.threshold(value, shorten(key.Value), relative(m), func(t *threshold) []field {
			floor := field{key: "floor", read: func(_, v *yaml.Node) { t.floor = r.bound(v, "floor", absolute(m)) }}
			if m == Unattributed {
				floor = field{key: "floor", foreign: "floor is in bytes, and unattributed in percentage points"}
			}
			return []field{floor, r.level(m, t)}
		})
		increases = append(increases, Increase{Metric: m, Level: levelOf(m, &t), Warn: t.warn, Error: t.error, Floor: t.floor, Position: position(key)})
	})
	return increases
}

func (r *reader) level(m Metric, t *threshold) field {
	if m != UPX {
		return field{key: "level", foreign: "level is for the metric upx only"}
	}
	return field{key: "level", read: func(_, v *yaml.Node) { t.level = r.choice(v, "level", levels) }}
}

func levelOf(m Metric, t *threshold) string {
	if m == UPX && t.level == "" {
		return DefaultLevel
	}
	return t.level
}

// inherit adds the defaults for what a budget does not say itself.
func inherit(b *Budget, defaults []Increase) {
	own := b.Increases
	for _, d := range defaults {
		if !slices.ContainsFunc(own, func(i Increase) bool { return i.Metric == d.Metric && i.Level == d.Level }) {
			d.Default = true
			b.Increases = append(b.Increases, d)
		}
	}
}
