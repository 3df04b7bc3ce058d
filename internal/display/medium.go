package display

import (
	"fmt"
	"io"
	"strings"
)

// Medium is what text for people is written to: a terminal, or a file or a pipe.
type Medium struct {
	Width int  // columns that a table may take
	Color bool // use escape sequences
	// Terminal says that people read it on a screen of Width columns, where a line
	// that is wider breaks: columns are left out before that happens.
	Terminal bool
	Bars     bool // draw sizes, where there is room behind a row
}

// Say writes sentences, a line each. On a terminal they are divided between words.
func (m *Medium) Say(w io.Writer, sentences ...string) error {
	for _, s := range sentences {
		if !m.Terminal || Columns(s) <= m.Width {
			if _, err := fmt.Fprintln(w, s); err != nil {
				return err
			}
			continue
		}
		var words []string
		for _, word := range wordsOf(s) {
			words = append(words, word.text())
		}
		if err := m.SayWords(w, words); err != nil {
			return err
		}
	}
	return nil
}

// SayWords is Say for one sentence, of which words are names with spaces in them.
func (m *Medium) SayWords(w io.Writer, words []string) error {
	lines := []string{strings.Join(words, " ")}
	if m.Terminal {
		lines = wrap(words, m.Width, hanging)
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

// SayOf says something of one of several files, whose path stays on one line with
// what it is called.
func (m *Medium) SayOf(w io.Writer, name, path, facts string) error {
	words := []string{name + " " + Clean(path) + ":", facts}
	if m.Terminal {
		words = append(words[:1], strings.Fields(facts)...)
	}
	return m.SayWords(w, words)
}

// Numbered is what a file is called that columns name by its number, from 0.
func Numbered(i int) string { return fmt.Sprintf("[%d]", i+1) }
