package report

import (
	"fmt"
	"strings"
)

// markdownText is an untrusted name for GitHub's Markdown, cells of tables
// included: in <code>, where GitHub looks for no mentions, references and emoji,
// with entities for what Markdown and HTML have a use for, since Markdown goes on
// between the tags.
func markdownText(name string) string {
	return "<code>" + entities(Clean(name)) + "</code>"
}

// entities writes punctuation as numeric entities, but for the characters that
// names are full of and that mean nothing in the middle of a line.
func entities(s string) string {
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
