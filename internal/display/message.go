package display

import (
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/oneline"
)

// JoinColon is a line in the form of compilers' messages, cleaned, without the
// parts that are empty.
func JoinColon(parts ...string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	return Clean(strings.Join(there, ": "))
}

// Message is JoinColon of names and a sentence, in lines of at most so many columns.
// No name is divided, and a line takes more if a name does.
func Message(width int, indent string, names []string, sentence string) []string {
	whole := indent + JoinColon(append(slices.Clone(names), sentence)...)
	if Columns(whole) <= width {
		return []string{whole}
	}
	var words []string
	for _, name := range names {
		if name != "" {
			words = append(words, oneline.Printable(name)+":")
		}
	}
	sentenceWords := wordsOf(oneline.Printable(sentence))
	for i := range sentenceWords {
		words = append(words, sentenceWords[i].text())
	}
	if len(words) > 0 {
		words[0] = indent + words[0]
	}
	lines := wrap(words, width, hanging)
	for i := range lines {
		lines[i] = noCommand(lines[i])
	}
	return lines
}

// hanging is in front of the lines of a message but the first.
const hanging = "    "

// wrap divides words into lines of at most so many columns, of which all but the
// first are indented. A word that is wider has a line of its own.
func wrap(words []string, width int, indent string) []string {
	var lines []string
	line, taken := "", 0
	for i, w := range words {
		n := Columns(w)
		switch {
		case i == 0:
			line, taken = w, n
		case taken+1+n <= width:
			line, taken = line+" "+w, taken+1+n
		default:
			lines = append(lines, line)
			line, taken = indent+w, len(indent)+n
		}
	}
	return append(lines, line)
}
