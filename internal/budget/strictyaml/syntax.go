package strictyaml

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/wording"
)

// syntaxError tells an error of the YAML parser in the words of an author. The
// parser names a line at best: the column is that of the first thing on it.
func (l *mistakes) syntaxError(data []byte, err error) {
	problem := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if rest, ok := strings.CutPrefix(problem, "line "); ok {
		if number, text, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(number); err == nil {
				line, problem = n, text
			}
		}
	}
	lines := bytes.Split(bytes.TrimPrefix(data, []byte(bom)), []byte("\n"))
	if line == 0 || countsFromZero(problem) {
		line++
	}
	line = min(line, len(lines))
	at := budget.Position{Line: line, Column: firstColumn(lines[line-1])}

	switch problem {
	case "did not find expected <document start>":
		ended := func(line []byte) bool { return bytes.HasPrefix(line, []byte("...")) }
		if slices.ContainsFunc(lines[:line], ended) {
			l.Fail(at, secondDocument, secondDocumentHint)
			return
		}
	case "found character that cannot start any token", "found a tab character that violates indentation",
		"found a tab character where an indentation space is expected":
		if tab, ok := indentingTab(lines, line); ok {
			l.Fail(tab, "a tab in the indentation", "indent with spaces")
			return
		}
	}
	if name, ok := strings.CutPrefix(problem, "unknown anchor '"); ok {
		name = strings.TrimSuffix(name, "' referenced")
		l.Fail(aliasPosition(lines, name), "the alias *"+wording.Shorten(name), `put quotes around text that begins with *`)
		return
	}
	for _, w := range wordings {
		if w.parser == problem {
			l.Fail(at, w.problem, w.hint)
			return
		}
	}
	l.Fail(at, "not valid YAML: "+problem, "check the indentation and the quotes of this line and the one before")
}

// wordings are the usual errors of the parser.
var wordings = []struct{ parser, problem, hint string }{
	{"mapping values are not allowed in this context", `not valid YAML: a ":" where no key can be`,
		`put quotes around text with ": " in it, and indent keys of one map alike`},
	{"could not find expected ':'", "not valid YAML: a key without a value", `write "key: value"`},
	{"did not find expected alphabetic or numeric character", "not valid YAML: text begins with * or &", `put it in quotes, such as "*.so"`},
	{"found character that cannot start any token", "not valid YAML: text begins with %, @ or `", "put it in quotes"},
	{"found unexpected end of stream", "not valid YAML: a quote that is not closed", "close it"},
	{"found unknown escape character", `not valid YAML: an unknown escape after \`, `write \\ or use single quotes`},
	{"did not find expected <document start>", "not valid YAML: text behind the end", "check the quotes and brackets before it"},
	{"did not find expected key", "not valid YAML: the map that begins here has an entry that does not fit", "indent its keys alike, and put quotes around values with special characters"},
	{"did not find expected '-' indicator", "not valid YAML: the list that begins here has an entry that does not fit", `begin each with "- ", indented alike`},
	{"did not find expected ',' or ']'", "not valid YAML: a [ that is not closed", "close it with ], and put text that begins with ! in quotes"},
	{"did not find expected ',' or '}'", "not valid YAML: a { that is not closed", "close it with }, and put text that begins with ! in quotes"},
	{"did not find expected node content", "not valid YAML: a value is missing or begins with a special character", "write one, or put it in quotes"},
}

// countsFromZero reports whether the problem comes from the parser's second
// half, which counts lines from 0.
func countsFromZero(problem string) bool {
	switch problem {
	case "did not find expected <document start>", "did not find expected key", "did not find expected '-' indicator",
		"did not find expected ',' or ']'", "did not find expected ',' or '}'", "did not find expected node content":
		return true
	}
	return false
}

func firstColumn(line []byte) int {
	text := bytes.TrimSpace(line)
	if len(text) == 0 {
		return 1
	}
	return utf8.RuneCount(line[:bytes.Index(line, text)]) + 1
}

// indentingTab finds the first line from the given one on that is indented with
// a tab.
func indentingTab(lines [][]byte, from int) (budget.Position, bool) {
	for i := from - 1; i < len(lines); i++ {
		text := bytes.TrimSpace(lines[i])
		indent := lines[i][:len(lines[i])-len(bytes.TrimLeft(lines[i], " \t"))]
		if tab := bytes.IndexByte(indent, '\t'); tab >= 0 && (len(text) > 0 || i == from-1) {
			return budget.Position{Line: i + 1, Column: tab + 1}, true
		}
	}
	return budget.Position{}, false
}

// aliasPosition is where *name stands first, outside of comments and words. The
// parser does not tell.
func aliasPosition(lines [][]byte, name string) budget.Position {
	alias := []byte("*" + name)
	for i, line := range lines {
		if comment := bytes.Index(append([]byte(" "), line...), []byte(" #")); comment >= 0 {
			line = line[:comment]
		}
		for start := 0; ; {
			found := bytes.Index(line[start:], alias)
			if found < 0 {
				break
			}
			start += found
			if start == 0 || bytes.IndexByte([]byte(" \t[{,"), line[start-1]) >= 0 {
				return budget.Position{Line: i + 1, Column: utf8.RuneCount(line[:start]) + 1}
			}
			start++
		}
	}
	return budget.Position{Line: 1, Column: 1}
}
