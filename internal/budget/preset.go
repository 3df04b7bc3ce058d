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
	if b.PresetPosition != (Position{}) { // with it an ELF file has what a package has
		return
	}
	type use struct {
		Metric
		at Position
	}
	var elf, pack *use
	see := func(m Metric, at Position) {
		switch {
		case elf == nil && m.ofELF():
			elf = &use{m, at}
		case pack == nil && m.ofPackage():
			pack = &use{m, at}
		}
	}
	for i := range b.Limits {
		see(b.Limits[i].Metric, b.Limits[i].Position)
	}
	for i := range b.Increases {
		see(b.Increases[i].Metric, b.Increases[i].Position)
	}
	if elf != nil && pack != nil {
		later, earlier := pack, elf
		if pack.at.compare(elf.at) < 0 {
			later, earlier = elf, pack
		}
		kind := func(u *use) string {
			if u == elf {
				return "an ELF file"
			}
			return "a package"
		}
		r.fail(later.at, fmt.Sprintf("%s is a measure of %s, and %s on line %d one of %s", quote(string(later.Metric)), kind(later),
			quote(string(earlier.Metric)), earlier.at.Line, kind(earlier)), "make two budgets")
	}
}

// addPreset adds the limits of the preset for what the author did not limit.
func (b *Budget) addPreset() {
	if b.Preset == lambda.PresetImage {
		return // images have no metrics yet
	}
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
