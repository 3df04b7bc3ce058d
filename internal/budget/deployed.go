package budget

import (
	"strings"

	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// deployed is what a program is shipped in, a package or an image: what a verdict
// asks of it.
type deployed interface {
	kind() kind
	// standIn is a binary that stands for it where only a path, a name and an
	// identity are asked for.
	standIn() *snapshot.Binary
	// measured is a value of a metric. The error is an *unfit.
	measured(m Metric) (uint64, error)
	// lacks says that it has nothing of what a metric is about, nil if it has.
	lacks(m Metric) *absence
	// members are its ELF files that were analysed.
	members() []snapshot.Binary
	// built says whether it is for an architecture, in a sentence. It is Skipped if
	// that is not known.
	built(arch string) (Status, string)
	// heaviest are what a metric is made of, in any order.
	heaviest(m Metric) []compare.Row
	// files are the bytes of each path that a metric counts, so that growth can be
	// seen in them.
	files(m Metric) map[string]uint64
	// grownLayers are the layers that grew since old, in any order; nil where there
	// are none.
	grownLayers(old deployed, m Metric) []compare.Row
}

// absence is what a limit is about and is not there.
type absence struct {
	why   string // a sentence about the one that was measured
	thing string // "file that matches *.js", "section .foo"
}

// deployedBefore are what a baseline has of a kind.
func deployedBefore(r *snapshot.Report, k kind) []deployed {
	var list []deployed
	if k == packageKind {
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
func matchesFile(m Metric, path string) bool {
	glob := m.glob()
	return glob != "" && matchPath(glob, path)
}

// packageOf is a deployment package.
func packageOf(p *snapshot.Package) deployed { return (*packed)(p) }

// imageOf is a container image.
func imageOf(i *snapshot.Image) deployed { return (*layered)(i) }

// isDirectory reports whether it is a package that is not archived yet.
func isDirectory(d deployed) bool {
	p, ok := d.(*packed)
	return ok && p.isDirectory()
}

// imageArch is the architecture of the platform of an image, "" if it does not say it.
func imageArch(i *snapshot.Image) string {
	_, rest, _ := strings.Cut(i.Platform, "/")
	arch, _, _ := strings.Cut(rest, "/")
	return arch
}
