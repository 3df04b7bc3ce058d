package budget

import (
	"fmt"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/lambda"
)

func (r *reader) preset(n *yaml.Node) lambda.Preset {
	var names []string
	for _, p := range lambda.Presets {
		names = append(names, string(p))
	}
	return lambda.Preset(r.choice(n, "preset", names))
}

// fits reports what cannot be meant together: metrics that no one thing has, and
// a runtime where nothing runs.
func (r *reader) fits(b *Budget, runtime *yaml.Node) {
	switch {
	case runtime == nil:
	case b.PresetPosition == Position{}:
		r.fail(position(runtime), "runtime is for a preset only", "add preset: aws-lambda-zip")
	case b.Preset == lambda.PresetImage:
		r.fail(position(runtime), "an image brings its own runtime", "remove runtime")
	}
	type use struct {
		Metric
		at Position
	}
	var uses []use
	for i := range b.Limits {
		uses = append(uses, use{b.Limits[i].Metric, b.Limits[i].Position})
	}
	for i := range b.Increases {
		uses = append(uses, use{b.Increases[i].Metric, b.Increases[i].Position})
	}
	slices.SortStableFunc(uses, func(x, y use) int { return x.at.compare(y.at) })
	first := make(map[kind]use)
	for _, u := range uses {
		of := u.kinds()
		if b.PresetPosition != (Position{}) {
			// With the preset of a package an ELF file has what a package has.
			if to := deployedAs(b.Preset); b.Preset != "" && of&to == 0 {
				r.fail(u.at, fmt.Sprintf("%s is a measure of %s, and the preset %s is not for that", quote(string(u.Metric)), of.one(), b.Preset), "make two budgets")
				return
			}
			continue
		}
		for _, k := range []kind{elfKind, packageKind, imageKind, packageKind | imageKind} {
			if earlier, ok := first[k]; ok && k&of == 0 {
				r.fail(u.at, fmt.Sprintf("%s is a measure of %s, and %s on line %d one of %s", quote(string(u.Metric)), of.one(),
					quote(string(earlier.Metric)), earlier.at.Line, k.one()), "make two budgets")
				return
			}
		}
		if _, ok := first[of]; !ok {
			first[of] = u
		}
	}
}

// addPreset adds the limits of the preset for what the author did not limit.
func addPreset(b *Budget) {
	for _, l := range b.Preset.Limits() {
		m := Metric(l.Metric)
		if slices.ContainsFunc(b.Limits, func(own Limit) bool { return own.Metric == m }) {
			continue
		}
		bound := func(n uint64) *Bound {
			return &Bound{Size: bytesize.Size(n), Text: mebibytes(n), Position: b.PresetPosition}
		}
		b.Limits = append(b.Limits, Limit{Metric: m, Warn: bound(l.Near), Error: bound(l.Max), Position: b.PresetPosition, Preset: &l})
	}
}

// mebibytes is a size as AWS counts, exactly.
func mebibytes(n uint64) string {
	if n%(1<<20) != 0 {
		return strconv.FormatUint(n, 10)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

// deployedAs are the kinds that a preset is for. A file by itself can be a whole
// package.
func deployedAs(p lambda.Preset) kind {
	if p == lambda.PresetImage {
		return imageKind
	}
	return elfKind | packageKind
}
