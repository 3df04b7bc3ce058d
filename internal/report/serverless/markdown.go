package serverless

import (
	"fmt"
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Markdown writes what Table does, for GitHub.
func Markdown(w io.Writer, l *snapshot.Lambda) error {
	var text strings.Builder
	linef := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	name, facts := heading(l)
	linef("### %s\n\n%s\n", display.MarkdownName(name), facts)
	for _, p := range partsOf(l) {
		if len(p.rows) > 0 {
			linef("| %s |", strings.Join(p.header, " | "))
			line := "|"
			for i := range p.header {
				if i < p.left {
					line += " :-- |"
				} else {
					line += " --: |"
				}
			}
			linef("%s", line)
			for _, row := range p.rows {
				cells := []string{display.MarkdownName(row[0])}
				for _, c := range row[1:] {
					cells = append(cells, display.MarkdownEscape(display.Clean(c)))
				}
				linef("| %s |", strings.Join(cells, " | "))
			}
			linef("")
		}
		for _, q := range p.quotes {
			linef("- %s", display.MarkdownCode(q))
		}
		for _, line := range p.lines {
			linef("- %s", display.MarkdownEscape(line))
		}
		linef("")
	}
	_, err := io.WriteString(w, text.String())
	return err
}
