package budget

import "fmt"

// unfit is the error of a metric that what is measured cannot have.
type unfit struct{ problem, hint string }

func (u *unfit) Error() string { return u.problem + " (" + u.hint + ")" }

// misplaced is the error of a metric that the kind does not have. this is what
// was measured.
func misplaced(m Metric, k kind, this string) *unfit {
	of := m.kinds()
	return &unfit{fmt.Sprintf("%s is a measure of %s, and this is %s", m, of.several(), this), instead(k) + ", or " + naming(of)}
}

// instead is what to limit of a kind where a metric is of another.
func instead(k kind) string {
	switch k {
	case packageKind:
		return "limit zipped, unzipped, category:NAME or file:GLOB"
	case imageKind:
		return "limit image, image-unpacked, layers, wasted, layer:N or file:GLOB"
	}
	return "limit file or zip"
}

// naming is what to name where a metric is of these kinds: the first of them.
func naming(of kind) string {
	switch {
	case of&elfKind != 0:
		return "name the ELF file"
	case of&packageKind != 0:
		return "name the package"
	}
	return "name the image"
}
