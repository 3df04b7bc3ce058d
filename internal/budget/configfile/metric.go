package configfile

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/budget/strictyaml"
	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/bundle"
)

// sections are names to suggest. Any other may be given.
var sections = []string{".rodata", ".gopclntab", ".eh_frame", ".data.rel.ro", ".noptrdata"}

// levels are those of UPX.
var levels = []string{budget.DefaultLevel, "fast", "best", "lzma"}

// metric reads the metric of a limit, "" if it is none.
func (r *reader) metric(n *yaml.Node) budget.Metric {
	m := budget.Metric(n.Value)
	if m.IsSection() && r.Printable(n, "the section") {
		return m
	}
	if slices.Contains(budget.MetricNames(), n.Value) {
		return m
	}
	if name, ok := strings.CutPrefix(n.Value, budget.CategoryPrefix); ok {
		return r.category(n, name)
	}
	if glob, ok := strings.CutPrefix(n.Value, budget.FilePrefix); ok {
		return r.files(n, glob)
	}
	if strings.HasPrefix(n.Value, budget.LayerPrefix) {
		return r.layer(n)
	}
	near := wording.Nearest(n.Value, append(budget.MetricNames(), sections...))
	if prefix, rest, ok := strings.Cut(n.Value, ":"); ok && near == "" {
		if like := wording.Nearest(prefix+":", []string{budget.CategoryPrefix, budget.FilePrefix, budget.LayerPrefix}); like != "" {
			near = like + rest
		}
	}
	switch {
	case m.IsSection(): // reported above
	case m == budget.Total:
		r.Fail(strictyaml.PositionOf(n), `the metric "total" is for packages only`, `write "file" for the whole file`)
	case near != "":
		r.Fail(strictyaml.PositionOf(n), "unknown metric "+wording.Quote(n.Value), "did you mean "+wording.Quote(near)+"?")
	default:
		r.Fail(strictyaml.PositionOf(n), "unknown metric "+wording.Quote(n.Value), "known: "+strings.Join(budget.MetricNames(), ", ")+", or a section such as .rodata, category:NAME, file:GLOB, layer:N")
	}
	return ""
}

// category reads the metric of a category.
func (r *reader) category(n *yaml.Node, name string) budget.Metric {
	var known []string
	for _, c := range bundle.Categories() {
		known = append(known, string(c))
	}
	if slices.Contains(known, name) {
		return budget.Metric(n.Value)
	}
	r.Fail(strictyaml.PositionOf(n), "unknown category "+wording.Quote(name), wording.DidYouMean(name, known))
	return ""
}

// files reads the metric of the files that match a glob.
func (r *reader) files(n *yaml.Node, glob string) budget.Metric {
	problem, hint := pattern.Problem(glob)
	if glob == "" {
		problem, hint = "matches nothing", "write paths inside the package or image, such as file:**/*.js"
	}
	if problem != "" {
		r.Fail(strictyaml.PositionOf(n), "the glob of "+wording.Quote(n.Value)+" "+problem, hint)
		return ""
	}
	if !r.Printable(n, "the glob") {
		return ""
	}
	return budget.Metric(n.Value)
}

// layer reads the metric of one layer.
func (r *reader) layer(n *yaml.Node) budget.Metric {
	m := budget.Metric(n.Value)
	if m.Layer() == 0 {
		r.Fail(strictyaml.PositionOf(n), wording.Quote(n.Value)+" is no layer", fmt.Sprintf("write a whole number from 1 to %d, such as layer:1 for the lowest", budget.MaxLayer))
		return ""
	}
	return m
}
