package budget

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/lambda"
)

// kind is what can be measured: a set where a metric is of several.
type kind int

const (
	elfKind kind = 1 << iota
	packageKind
	imageKind
)

// kindWords is what sentences call a kind, and say of its metrics.
type kindWords struct {
	kind
	noun    string // without an article
	one     string
	several string
	instead string // what to limit, or to name, where a metric is of another kind
	name    string
}

var kinds = []kindWords{
	{elfKind, "binary", "an ELF file", "ELF files", "limit file or zip", "name the ELF file"},
	{packageKind, "package", "a package", "packages", "limit zipped, unzipped, category:NAME or file:GLOB", "name the package"},
	{imageKind, "image", "an image", "images", "limit image, image-unpacked, layers, wasted, layer:N or file:GLOB", "name the image"},
}

// words are those of the first kind that is in the set.
func (k kind) words() *kindWords {
	for i := range kinds {
		if kinds[i].kind&k != 0 {
			return &kinds[i]
		}
	}
	return &kinds[0]
}

// named joins what the kinds of a set are called.
func (k kind) named(word string, call func(*kindWords) string) string {
	text := ""
	for i := range kinds {
		if w := &kinds[i]; w.kind&k != 0 {
			if text != "" {
				text += " " + word + " "
			}
			text += call(w)
		}
	}
	return text
}

// one is "a package or an image".
func (k kind) one() string { return k.named("or", func(w *kindWords) string { return w.one }) }

// several is "packages and images".
func (k kind) several() string { return k.named("and", func(w *kindWords) string { return w.several }) }

// kinds are what has the metric.
func (m Metric) kinds() kind {
	if d := m.definition(); d != nil {
		return d.kinds
	}
	switch {
	case m.glob() != "":
		return packageKind | imageKind
	case m.category() != "":
		return packageKind
	case m.layer() > 0:
		return imageKind
	}
	return elfKind
}

// deployedAs are the kinds that a preset is for. A file by itself can be a whole
// package.
func deployedAs(p lambda.Preset) kind {
	if p == lambda.PresetImage {
		return imageKind
	}
	return elfKind | packageKind
}

// unfit is the error of a metric that what is measured cannot have.
type unfit struct{ problem, hint string }

func (u *unfit) Error() string { return u.problem + " (" + u.hint + ")" }

// misplaced is the error of a metric that the kind does not have. this is what
// was measured.
func misplaced(m Metric, k kind, this string) *unfit {
	of, words := m.kinds(), k.words()
	return &unfit{fmt.Sprintf("%s is a measure of %s, and this is %s", m, of.several(), this), words.instead + ", or " + of.words().name}
}
