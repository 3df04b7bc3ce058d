package budget

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/bundle"
)

// sections are names to suggest. Any other may be given.
var sections = []string{".rodata", ".gopclntab", ".eh_frame", ".data.rel.ro", ".noptrdata"}

// levels are those of UPX.
var levels = []string{DefaultLevel, "fast", "best", "lzma"}

// metric reads the metric of a limit, "" if it is none.
func (r *reader) metric(n *yaml.Node) Metric {
	m := Metric(n.Value)
	if m.IsSection() && r.printable(n, "the section") {
		return m
	}
	if slices.Contains(metricNames(), n.Value) {
		return m
	}
	if name, ok := strings.CutPrefix(n.Value, categoryPrefix); ok {
		return r.category(n, name)
	}
	if glob, ok := strings.CutPrefix(n.Value, filePrefix); ok {
		return r.files(n, glob)
	}
	if strings.HasPrefix(n.Value, layerPrefix) {
		return r.layer(n)
	}
	near := nearest(n.Value, append(metricNames(), sections...))
	if prefix, rest, ok := strings.Cut(n.Value, ":"); ok && near == "" {
		if like := nearest(prefix+":", []string{categoryPrefix, filePrefix, layerPrefix}); like != "" {
			near = like + rest
		}
	}
	switch {
	case m.IsSection(): // reported above
	case m == Total:
		r.fail(position(n), `the metric "total" is for packages only`, `write "file" for the whole file`)
	case near != "":
		r.fail(position(n), "unknown metric "+quote(n.Value), "did you mean "+quote(near)+"?")
	default:
		r.fail(position(n), "unknown metric "+quote(n.Value), "known: "+strings.Join(metricNames(), ", ")+", or a section such as .rodata, category:NAME, file:GLOB, layer:N")
	}
	return ""
}

// category reads the metric of a category.
func (r *reader) category(n *yaml.Node, name string) Metric {
	var known []string
	for _, c := range bundle.Categories {
		known = append(known, string(c))
	}
	if slices.Contains(known, name) {
		return Metric(n.Value)
	}
	r.fail(position(n), "unknown category "+quote(name), didYouMean(name, known))
	return ""
}

// files reads the metric of the files that match a glob.
func (r *reader) files(n *yaml.Node, glob string) Metric {
	problem, hint := globProblem(glob)
	if glob == "" {
		problem, hint = "matches nothing", "write paths inside the package or image, such as file:**/*.js"
	}
	if problem != "" {
		r.fail(position(n), "the glob of "+quote(n.Value)+" "+problem, hint)
		return ""
	}
	if !r.printable(n, "the glob") {
		return ""
	}
	return Metric(n.Value)
}

// layer reads the metric of one layer.
func (r *reader) layer(n *yaml.Node) Metric {
	m := Metric(n.Value)
	if m.layer() == 0 {
		r.fail(position(n), quote(n.Value)+" is no layer", fmt.Sprintf("write a whole number from 1 to %d, such as layer:1 for the lowest", maxLayer))
		return ""
	}
	return m
}
