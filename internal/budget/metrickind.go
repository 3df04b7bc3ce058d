package budget

// kind is what can be measured: a set where a metric is of several.
type kind int

const (
	elfKind kind = 1 << iota
	packageKind
	imageKind
)

// kindWords is what sentences call a kind.
type kindWords struct {
	kind
	noun    string // without an article
	one     string
	several string
}

var kinds = []kindWords{
	{elfKind, "binary", "an ELF file", "ELF files"},
	{packageKind, "package", "a package", "packages"},
	{imageKind, "image", "an image", "images"},
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

// noun is "package or image".
func (k kind) noun() string { return k.named("or", func(w *kindWords) string { return w.noun }) }

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
