package measure

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/budget"
)

// Unfit is the error of a metric that what is measured cannot have.
type Unfit struct{ problem, hint string }

func (u *Unfit) Error() string { return u.problem + " (" + u.hint + ")" }

// Misplaced is the error of a metric that a kind does not have. this is what was
// measured: "a package (zip)".
func Misplaced(m budget.Metric, k budget.Kind, this string) *Unfit {
	of := m.Kinds()
	return &Unfit{fmt.Sprintf("%s is a measure of %s, and this is %s", m, of.Several(), this), instead(k) + ", or " + naming(of)}
}

// instead is what to limit of a kind where a metric is of another.
func instead(k budget.Kind) string {
	switch k {
	case budget.PackageKind:
		return "limit zipped, unzipped, category:NAME or file:GLOB"
	case budget.ImageKind:
		return "limit image, image-unpacked, layers, wasted, layer:N or file:GLOB"
	}
	return "limit file or zip"
}

// naming is what to name where a metric is of these kinds: the first of them.
func naming(of budget.Kind) string {
	switch {
	case of&budget.ELFKind != 0:
		return "name the ELF file"
	case of&budget.PackageKind != 0:
		return "name the package"
	}
	return "name the image"
}
