package outcome

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/display"
)

// What a verdict in Markdown takes at most, in bytes. GitHub drops the whole
// summary of a step that is one byte above 1 MiB; the step may write more than
// this.
const (
	maxSummary  = 900 << 10
	maxRows     = 400 << 10 // the table
	maxRemarks  = 100 << 10 // each list of failures, skipped limits and warnings
	summaryRest = 1 << 10   // the lines that say how much is left out
)

// Markdown writes a verdict for the summary of a job: the verdict, a table
// of the limits, the worst first, and for each breach what it is made of. It is
// at most 900 KiB; what does not fit is left out by whole rows, and counted.
func Markdown(w io.Writer, v *budget.Verdict) error {
	program := programNames(v)
	head := fmt.Sprintf("## %s sizegate: %s\n", markOf(verdictStatus(v)), summary(v))

	failures := &capped{room: maxRemarks}
	for _, f := range v.Failures {
		failures.add(func() string {
			return remark(budget.Fail, place(v, f.Position), strings.TrimSpace(f.Budget+" "+f.Path), f.Problem)
		})
	}
	rows := &capped{room: maxRows}
	for _, r := range worstFirst(v, func(budget.Status) bool { return true }) {
		rows.add(func() string { return limitRow(r, program(r)) })
	}
	skipped := &capped{room: maxRemarks}
	for _, r := range worstFirst(v, func(s budget.Status) bool { return s == budget.Skipped }) {
		if explained(r) {
			continue
		}
		skipped.add(func() string { return remark(budget.Skipped, place(v, r.Position), program(r), r.Message) })
	}
	warnings := &capped{room: maxRemarks}
	for _, warning := range v.Warnings {
		warnings.add(func() string { return remark(budget.Warn, place(v, warning.Position), "", warning.Text) })
	}
	details := &capped{room: maxSummary - summaryRest - len(head) - failures.Len() - rows.Len() - skipped.Len() - warnings.Len()}
	for _, r := range worstFirst(v, func(s budget.Status) bool { return s != budget.Pass && s != budget.Skipped }) {
		details.add(func() string { return breach(r, place(v, r.Position), program(r)) })
	}

	var out strings.Builder
	out.WriteString(head)
	out.WriteString(failures.text("", "failure"))
	out.WriteString(rows.text("| Status | Budget | Limit | Value | At most | Headroom | Change |\n| :-- | :-- | :-- | --: | --: | --: | --: |\n", "limit"))
	out.WriteString(details.text("", "detail"))
	out.WriteString(skipped.text("", "skipped limit"))
	out.WriteString(warnings.text("", "warning"))
	_, err := io.WriteString(w, out.String())
	return err
}

// capped collects pieces of text until one is too much.
type capped struct {
	bytes.Buffer
	room int // bytes
	left int // pieces that did not fit
}

// add leaves out every piece behind the first that does not fit, so that what is
// shown is the worst, and makes none of them.
func (c *capped) add(piece func() string) {
	if c.left == 0 {
		if text := piece(); c.Len()+len(text) <= c.room {
			c.WriteString(text)
			return
		}
	}
	c.left++
}

// text is the pieces as a paragraph with a heading, and what is left out.
func (c *capped) text(heading, name string) string {
	if c.Len() == 0 && c.left == 0 {
		return ""
	}
	text := "\n" + heading + c.String()
	if c.left > 0 {
		text += "\n… and " + display.More(c.left, name, name+"s") + ", left out to fit (the table and JSON formats have all)\n"
	}
	return text
}

// markOf says a status to those who see no colours, too: the word stands beside
// it.
func markOf(s budget.Status) string {
	switch s {
	case budget.Fail:
		return "❌"
	case budget.Warn:
		return "⚠️"
	case budget.Waived:
		return "☑️"
	case budget.Skipped:
		return "➖"
	}
	return "✅"
}

// maxCell is the columns of a name at most.
const maxCell = 120

func code(name string) string { return display.MarkdownCode(display.Clip(name, maxCell)) }

func limitRow(r *budget.Result, program string) string {
	f := figuresOf(r)
	return fmt.Sprintf("| %s %s | %s | %s | %s | %s | %s | %s |\n", markOf(r.Status), r.Status, code(program), code(limitName(r)),
		f.value, f.limit, display.MarkdownEscape(f.headroom), f.change)
}

// remark is a line of a list.
func remark(s budget.Status, place, program, text string) string {
	words := []string{"-", markOf(s), code(place)}
	if program != "" {
		words = append(words, code(program))
	}
	return strings.Join(words, " ") + ": " + display.MarkdownProse(text) + "\n"
}

// breach is what there is to say of one limit, folded up under its message.
func breach(r *budget.Result, place, program string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "<details><summary>%s %s: %s %s: %s</summary>\n\n", markOf(r.Status), r.Status, code(program), code(limitName(r)), display.MarkdownProse(r.Message))
	fmt.Fprintf(&out, "Limit at %s.", code(place))
	if r.Note != "" {
		out.WriteString(" " + display.MarkdownProse(r.Note))
	}
	out.WriteString("\n")
	for _, b := range blames(&r.Culprits) {
		size := "bytes"
		if b.grown {
			size = "change"
		}
		fmt.Fprintf(&out, "\n| %s | %s | |\n| :-- | --: | :-- |\n", b.title, size)
		for _, p := range b.parts {
			note := ""
			if p.note != "" {
				note = display.MarkdownCode(display.Clip(p.note, maxNote))
			}
			fmt.Fprintf(&out, "| %s | %s | %s |\n", display.MarkdownCode(p.shown(maxCell)), p.size, note)
		}
	}
	out.WriteString("\n</details>\n")
	return out.String()
}
