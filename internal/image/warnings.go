package image

import "fmt"

// warnings counts what is wrong with several entries in one line. The lines are
// in the order of their first entries.
type warnings struct {
	order []string
	about map[string]*subject
}

type subject struct {
	first string
	count int
}

func (w *warnings) add(text, name string) { w.addSome(text, name, 1) }

func (w *warnings) addSome(text, name string, count int) {
	if s := w.about[text]; s != nil {
		s.count += count
		return
	}
	if w.about == nil {
		w.about = make(map[string]*subject)
	}
	w.order = append(w.order, text)
	w.about[text] = &subject{first: name, count: count}
}

// addAll adds what is about the image as a whole.
func (w *warnings) addAll(text string) { w.order = append(w.order, text) }

// merge adds what another has.
func (w *warnings) merge(other *warnings) {
	for _, text := range other.order {
		if s := other.about[text]; s != nil {
			w.addSome(text, s.first, s.count)
		} else {
			w.addAll(text)
		}
	}
}

func (w *warnings) lines() []string {
	var lines []string
	for _, text := range w.order {
		switch s := w.about[text]; {
		case s == nil:
			lines = append(lines, text)
		case s.count == 1:
			lines = append(lines, quote(s.first)+": "+text)
		default:
			lines = append(lines, fmt.Sprintf("%s and %d more: %s", quote(s.first), s.count-1, text))
		}
	}
	return lines
}
