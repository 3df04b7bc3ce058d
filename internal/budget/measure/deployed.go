package measure

import (
	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Deployed is what a program is shipped in, a package or an image: what a verdict
// asks of it.
type Deployed interface {
	// Kind is a package or an image.
	Kind() budget.Kind
	// StandIn is a binary that stands for it where only a path, a name and an
	// identity are asked for.
	StandIn() *snapshot.Binary
	// Value is a metric in bytes, or in what it counts. The error is an *Unfit.
	Value(m budget.Metric) (uint64, error)
	// Lacks says that there is nothing of what a metric is about, nil if there is.
	Lacks(m budget.Metric) *Absence
	// Members are its ELF files that were analysed.
	Members() []snapshot.Binary
	// Built says whether it is for an architecture, in a sentence. It is Skipped if
	// that is not known.
	Built(arch string) (budget.Status, string)
	// Heaviest are what a metric is made of, in any order.
	Heaviest(m budget.Metric) []compare.Row
	// Files are the bytes of each path that a metric counts, so that growth can be
	// seen in them.
	Files(m budget.Metric) map[string]uint64
	// GrownLayers are the layers that grew since old, in any order; nil where there
	// are none.
	GrownLayers(old Deployed, m budget.Metric) []compare.Row
}

// Absence is what a limit is about and is not there.
type Absence struct {
	Why   string // a sentence about the one that was measured
	Thing string // "file that matches *.js", "section .foo"
}

// DeployedIn returns the packages or the images of a report.
func DeployedIn(r *snapshot.Report, k budget.Kind) []Deployed {
	var list []Deployed
	if k == budget.PackageKind {
		for i := range r.Packages {
			list = append(list, (*packed)(&r.Packages[i]))
		}
	} else {
		for i := range r.Images {
			list = append(list, (*layered)(&r.Images[i]))
		}
	}
	return list
}

// matchesFile reports whether the path is the glob of the metric, letter by
// letter, or matches it.
func matchesFile(m budget.Metric, path string) bool {
	glob := m.Glob()
	return glob != "" && pattern.MatchPath(glob, path)
}
