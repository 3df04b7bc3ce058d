package budget

// Kind is what can be measured: a set where a metric is of several.
type Kind int

// What can be measured.
const (
	ELFKind Kind = 1 << iota
	PackageKind
	ImageKind
)

// kindWords is what sentences call a kind.
type kindWords struct {
	Kind
	noun    string // without an article
	one     string
	several string
}

var kinds = []kindWords{
	{ELFKind, "binary", "an ELF file", "ELF files"},
	{PackageKind, "package", "a package", "packages"},
	{ImageKind, "image", "an image", "images"},
}

// named joins what the kinds of a set are called.
func (k Kind) named(word string, call func(*kindWords) string) string {
	text := ""
	for i := range kinds {
		if w := &kinds[i]; w.Kind&k != 0 {
			if text != "" {
				text += " " + word + " "
			}
			text += call(w)
		}
	}
	return text
}

// Noun is "package or image".
func (k Kind) Noun() string { return k.named("or", func(w *kindWords) string { return w.noun }) }

// One is "a package or an image".
func (k Kind) One() string { return k.named("or", func(w *kindWords) string { return w.one }) }

// Several is "packages and images".
func (k Kind) Several() string { return k.named("and", func(w *kindWords) string { return w.several }) }

// Kinds are what has the metric.
func (m Metric) Kinds() Kind {
	if d := m.definition(); d != nil {
		return d.kinds
	}
	switch {
	case m.Glob() != "":
		return PackageKind | ImageKind
	case m.Category() != "":
		return PackageKind
	case m.Layer() > 0:
		return ImageKind
	}
	return ELFKind
}
