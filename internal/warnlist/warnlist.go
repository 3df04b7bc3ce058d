// Package warnlist joins the warnings about the entries of an archive: what is
// wrong with several of them is one line.
package warnlist

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/oneline"
)

// List is warnings in the order in which each was first given. The zero List has
// none.
type List struct {
	order []string
	about map[string]*subject
}

// subject is the entries that one warning is about.
type subject struct {
	first string
	count int
}

// Add adds what is wrong with the entry of this name.
func (l *List) Add(text, name string) { l.add(text, name, 1) }

func (l *List) add(text, name string, count int) {
	if s := l.about[text]; s != nil {
		s.count += count
		return
	}
	if l.about == nil {
		l.about = make(map[string]*subject)
	}
	l.order = append(l.order, text)
	l.about[text] = &subject{first: name, count: count}
}

// AddAll adds what is about the archive as a whole.
func (l *List) AddAll(text string) { l.order = append(l.order, text) }

// Merge adds what another list has.
func (l *List) Merge(other *List) {
	for _, text := range other.order {
		if s := other.about[text]; s != nil {
			l.add(text, s.first, s.count)
		} else {
			l.AddAll(text)
		}
	}
}

// Lines returns a line for each warning, with the name of the first entry and how
// many more there are.
func (l *List) Lines() []string {
	var lines []string
	for _, text := range l.order {
		switch s := l.about[text]; {
		case s == nil:
			lines = append(lines, text)
		case s.count == 1:
			lines = append(lines, oneline.Name(s.first)+": "+text)
		default:
			lines = append(lines, fmt.Sprintf("%s and %d more: %s", oneline.Name(s.first), s.count-1, text))
		}
	}
	return lines
}
