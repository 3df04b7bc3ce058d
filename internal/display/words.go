package display

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is a word of a message, or several that are one thing: a quoted text, a flag
// with its value, a setting.
type word struct {
	before, core, after string // punctuation around what matters
	// code is whether the core is a name, a flag or the like, rather than a word or a
	// number. Messages are plain text, so this is a guess: what is no word is code,
	// since names are untrusted and words are not.
	code bool
}

func (w *word) text() string { return w.before + w.core + w.after }

// wordsOf divides a message at its spaces, but not inside of one thing.
func wordsOf(s string) []word {
	var single []word
	for s = strings.TrimLeftFunc(s, unicode.IsSpace); s != ""; s = strings.TrimLeftFunc(s, unicode.IsSpace) {
		end := wordEnd(s)
		single = append(single, newWord(s[:end]))
		s = s[end:]
	}
	var list []word
	for i := 0; i < len(single); i++ {
		w := single[i]
		switch {
		case i+2 < len(single) && isSetting(single[i:i+3]):
			w = joined(single[i : i+3])
			i += 2
		case i+1 < len(single) && isFlagWithValue(&w, &single[i+1]):
			w = joined(single[i : i+2])
			i++
		}
		list = append(list, w)
	}
	return list
}

// wordEnd is where the first word of s ends. A text in double quotes is one word
// with what surrounds it, and so is one in single quotes behind an equals sign.
func wordEnd(s string) int {
	i := len(s) - len(strings.TrimLeft(s, "("))
	if quoted := quotedEnd(s[i:]); quoted > 0 {
		i += quoted
	}
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if unicode.IsSpace(r) {
			return i
		}
		i += size
		if r == '=' && i < len(s) && s[i] == '\'' {
			if end := strings.IndexByte(s[i+1:], '\''); end >= 0 {
				i += end + 2
			}
		}
	}
	return len(s)
}

// quotedEnd is how long the text in double quotes is that s begins with, 0 for none. A
// backslash goes before a quote that does not end it.
func quotedEnd(s string) int {
	if !strings.HasPrefix(s, `"`) {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// newWord tells the punctuation of the sentence from that of a name: brackets that
// open and close in it are the name's, unless they are all around it, and so are
// the dots of a Go pattern.
func newWord(s string) word {
	start, end := 0, len(s)
	open := strings.Count(s, "(") - strings.Count(s, ")")
	for start < end && s[start] == '(' && open > 0 {
		start, open = start+1, open-1
	}
	around := false // brackets were taken off that belong together
trim:
	for start < end {
		switch c := s[end-1]; {
		case strings.IndexByte(",.;:?", c) >= 0:
			if strings.HasSuffix(s[start:end], "/...") {
				break trim
			}
		case c == ')' && open < 0:
			open++
		case c == ')' && !around && s[start] == '(' && closes(s[start:end]):
			around = true
			start++
		default:
			break trim
		}
		end--
	}
	w := word{before: s[:start], core: s[start:end], after: s[end:]}
	w.code = isFlag(w.core) || !isWord(w.core) && !isNumber(w.core)
	return w
}

// closes says whether the bracket that s begins with is closed by its last one.
func closes(s string) bool {
	open := 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			open++
		case ')':
			open--
		}
		if open == 0 {
			return i == len(s)-1
		}
	}
	return false
}

// isSetting says whether three words are a name, an equals sign and a value.
func isSetting(w []word) bool {
	return w[0].core != "" && w[0].after == "" && w[1].text() == "=" && w[2].before == "" && w[2].core != ""
}

// isFlagWithValue says whether a value follows a flag: a name, what stands for one
// in capitals, or behind a flag of one letter what has a hyphen. Any other word may
// go on with the sentence.
func isFlagWithValue(flag, value *word) bool {
	switch {
	case !isFlag(flag.core), flag.after != "", strings.Contains(flag.core, "="), value.before != "", isFlag(value.core):
		return false
	}
	return value.code || isPlaceholder(value.core) || len(flag.core) == 2 && strings.Contains(value.core, "-")
}

func joined(w []word) word {
	last := &w[len(w)-1]
	out := word{before: w[0].before, core: w[0].core, after: last.after, code: true}
	for _, next := range w[1:] {
		out.core += " " + next.core
	}
	return out
}

func isFlag(s string) bool {
	name := strings.TrimPrefix(strings.TrimPrefix(s, "-"), "-")
	r, _ := utf8.DecodeRuneInString(name)
	return len(name) < len(s) && unicode.IsLetter(r)
}

// isPlaceholder says whether s stands for a value, such as FILE.
func isPlaceholder(s string) bool {
	return len(s) > 1 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// isWord tells words from names: of letters and hyphens, and of apostrophes behind
// a letter.
func isWord(s string) bool {
	before := ' '
	for _, r := range s {
		if r != '-' && !unicode.IsLetter(r) && (r != '\'' || !unicode.IsLetter(before)) {
			return false
		}
		before = r
	}
	return true
}

// isNumber says whether s is a number as messages have them: "12,345", "+1.5%",
// "<0.1%".
func isNumber(s string) bool {
	return strings.Trim(strings.TrimPrefix(s, "<"), "0123456789,.+-%") == ""
}
