package configfile

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/strictyaml"
	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/lambda"
)

func (r *reader) preset(n *yaml.Node) lambda.Preset {
	var names []string
	for _, p := range lambda.Presets() {
		names = append(names, string(p))
	}
	return lambda.Preset(r.Choice(n, "preset", names))
}

// runtime is the name of one. A managed runtime that is not known may be a new one: a
// warning of the check.
func (r *reader) runtime(n *yaml.Node) string {
	name := r.Title(n, "runtime")
	if wrong, ok := errors.AsType[*lambda.Error](lambda.CheckRuntime(name)); ok {
		r.Fail(strictyaml.PositionOf(n), wrong.Problem, wrong.Hint)
	}
	return name
}

// fits reports what cannot be meant together: metrics that no one thing has, and
// a runtime where nothing runs.
func (r *reader) fits(b *budget.Budget, runtime *yaml.Node) {
	switch {
	case runtime == nil:
	case b.PresetPosition == budget.Position{}:
		r.Fail(strictyaml.PositionOf(runtime), "runtime is for a preset only", "add preset: aws-lambda-zip")
	case b.Preset == lambda.PresetImage:
		r.Fail(strictyaml.PositionOf(runtime), "an image brings its own runtime", "remove runtime")
	}
	type use struct {
		budget.Metric
		at budget.Position
	}
	var uses []use
	for i := range b.Limits {
		uses = append(uses, use{b.Limits[i].Metric, b.Limits[i].Position})
	}
	for i := range b.Increases {
		uses = append(uses, use{b.Increases[i].Metric, b.Increases[i].Position})
	}
	slices.SortStableFunc(uses, func(x, y use) int { return x.at.Compare(y.at) })
	first := make(map[budget.Kind]use)
	for _, u := range uses {
		of := u.Kinds()
		if b.PresetPosition != (budget.Position{}) {
			// With the preset of a package an ELF file has what a package has.
			if to := deployedAs(b.Preset); b.Preset != "" && of&to == 0 {
				r.Fail(u.at, fmt.Sprintf("%s is a measure of %s, and the preset %s is not for that", wording.Quote(string(u.Metric)), of.One(), b.Preset), "make two budgets")
				return
			}
			continue
		}
		for _, k := range []budget.Kind{budget.ELFKind, budget.PackageKind, budget.ImageKind, budget.PackageKind | budget.ImageKind} {
			if earlier, ok := first[k]; ok && k&of == 0 {
				r.Fail(u.at, fmt.Sprintf("%s is a measure of %s, and %s on line %d one of %s", wording.Quote(string(u.Metric)), of.One(),
					wording.Quote(string(earlier.Metric)), earlier.at.Line, k.One()), "make two budgets")
				return
			}
		}
		if _, ok := first[of]; !ok {
			first[of] = u
		}
	}
}

// addPreset adds the limits of the preset for what the author did not limit. What AWS
// refuses stays a limit beside one of the author's that allows more, or only warns.
func addPreset(b *budget.Budget) {
	for _, l := range b.Preset.Limits() {
		m := budget.Metric(l.Metric)
		own := slices.IndexFunc(b.Limits, func(own budget.Limit) bool { return own.Metric == m })
		if own >= 0 && (l.Severity != lambda.Failure || b.Limits[own].Error != nil && b.Limits[own].Error.Size <= bytesize.Size(l.Max)) {
			continue
		}
		bound := func(n uint64) *budget.Bound {
			return &budget.Bound{Size: bytesize.Size(n), Text: binary(n), Position: b.PresetPosition}
		}
		limit := budget.Limit{Metric: m, Warn: bound(l.Near), Error: bound(l.Max), Position: b.PresetPosition, Preset: &l}
		if own >= 0 {
			limit.Warn = nil // the author says where a warning begins
		}
		b.Limits = append(b.Limits, limit)
	}
}

// binary is a size as AWS counts, exactly, in the largest unit that can say it.
func binary(n uint64) string {
	switch {
	case n%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", n>>30)
	case n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return strconv.FormatUint(n, 10)
}

// deployedAs are the kinds that a preset is for. A file by itself can be a whole
// package.
func deployedAs(p lambda.Preset) budget.Kind {
	if p == lambda.PresetImage {
		return budget.ImageKind
	}
	return budget.ELFKind | budget.PackageKind
}
