package display

import (
	"fmt"
	"strings"
)

// MarkdownCode is an untrusted name for GitHub's Markdown, cells of tables
// included: in <code>, where GitHub looks for no mentions, references and emoji,
// with entities for what Markdown and HTML have a use for, since Markdown goes on
// between the tags.
func MarkdownCode(name string) string {
	return "<code>" + MarkdownEscape(Clean(name)) + "</code>"
}

// MarkdownEscape is clean text for the middle of a line: punctuation as numeric
// entities, but for the characters that names are full of and that mean nothing there.
func MarkdownEscape(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case strings.IndexByte("!\"#$&'*:;<=>?@[\\]^_`{|}~", c) >= 0,
			// GitHub makes a link of what begins with "www.".
			c == '.' && i >= 3 && strings.EqualFold(s[i-3:i], "www"):
			fmt.Fprintf(&out, "&#%d;", c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// Columns that a name and a sentence take at most in Markdown.
const (
	maxMarkdownName  = 160
	maxMarkdownProse = 1000
)

// MarkdownName is MarkdownCode of at most maxMarkdownName columns, and of bounded
// length.
func MarkdownName(name string) string {
	if longest := maxMarkdownName * bytesPerColumn; len(name) > longest {
		name = strings.ToValidUTF8(name[:longest], "") + "…"
	}
	return MarkdownCode(Fit(Clean(name), maxMarkdownName))
}

// MarkdownProse is a sentence, of bounded length, that may hold untrusted names, for the middle of a line.
// Words and numbers stay as they are; anything else is taken for a name, since
// GitHub looks for mentions, references and links in all text outside <code>.
func MarkdownProse(s string) string {
	var out []string
	for _, w := range wordsOf(Clip(s, maxMarkdownProse)) {
		core := MarkdownEscape(w.core)
		if w.code {
			core = MarkdownCode(w.core)
		} else if isWord(w.core) {
			core = w.core // with its apostrophes
		}
		out = append(out, w.before+core+w.after)
	}
	return strings.Join(out, " ")
}

// MarkdownFence is a block of code with a fence that is longer than any that is in it.
func MarkdownFence(code string) string {
	longest, run := 0, 0
	for i := range len(code) {
		run++
		if code[i] != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", max(3, longest+1))
	var out strings.Builder
	out.WriteString(fence + "\n")
	for line := range strings.SplitSeq(strings.TrimRight(code, "\n"), "\n") {
		out.WriteString(Clean(line) + "\n")
	}
	out.WriteString(fence)
	return out.String()
}
