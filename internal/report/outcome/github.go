package outcome

import (
	"fmt"
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/display"
)

// maxAnnotations is how many of each kind GitHub takes from a step.
const maxAnnotations = 10

// GitHub writes a verdict as workflow commands, which GitHub Actions shows
// at the lines of the configuration: what failed as errors, warnings as warnings,
// waivers as notices, the worst first; then the verdict on a line of its own. Of
// more than ten of a kind the tenth says how many are left out.
func GitHub(w io.Writer, v *budget.Verdict) error {
	program := programNames(v)
	at := func(p budget.Position, title string, message ...string) *annotation {
		return &annotation{file: v.Config, line: p.Line, column: p.Column, title: title, message: message}
	}
	// Of thousands only ten are shown, so only those are made.
	var errors, warnings, notices []func() *annotation
	for _, f := range v.Failures {
		errors = append(errors, func() *annotation {
			title := strings.TrimSpace("sizegate: "+f.Budget) + " could not be measured"
			return at(f.Position, title, display.JoinColon(place(v, f.Position), f.Budget, f.Path, f.Problem))
		})
	}
	lists := map[budget.Status]*[]func() *annotation{budget.Fail: &errors, budget.Warn: &warnings, budget.Waived: &notices}
	for _, r := range worstFirst(v, func(s budget.Status) bool { return lists[s] != nil }) {
		list := lists[r.Status]
		*list = append(*list, func() *annotation {
			message := []string{display.JoinColon(place(v, r.Position), program(r), r.Message)}
			for _, b := range blames(&r.Culprits) {
				message = append(message, b.sentence())
			}
			if r.Note != "" {
				message = append(message, r.Note)
			}
			return at(r.Position, "sizegate: "+r.Budget+" "+limitName(r), message...)
		})
	}
	for _, warning := range v.Warnings {
		warnings = append(warnings, func() *annotation {
			return at(warning.Position, "sizegate", display.JoinColon(place(v, warning.Position), warning.Text))
		})
	}
	for _, kind := range []struct {
		name string
		list []func() *annotation
	}{{"error", errors}, {"warning", warnings}, {"notice", notices}} {
		left := max(0, len(kind.list)-maxAnnotations)
		for i, annotate := range kind.list[:len(kind.list)-left] {
			a := annotate()
			a.kind = kind.name
			if left > 0 && i == maxAnnotations-1 {
				a.last = fmt.Sprintf("and %s more: see the summary", display.Number(left))
			}
			if _, err := fmt.Fprintln(w, a.command()); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(w, "sizegate: %s\n", summary(v))
	return err
}

// maxSentence is the parts that a sentence names.
const maxSentence = 5

// sentence is a list of culprits in one line, where there is no room for more.
func (b *blame) sentence() string {
	var parts []string
	for _, p := range b.parts[:min(len(b.parts), maxSentence)] {
		text := p.shown(maxName) + " " + p.size + " B"
		if p.note != "" {
			text += " (" + display.Clip(p.note, maxNote) + ")"
		}
		parts = append(parts, text)
	}
	return b.title + ": " + strings.Join(parts, ", ")
}

// MistakesGitHub writes what is wrong in a configuration as workflow commands. At
// most maxAnnotations are shown, of which the last says how many there are more.
func MistakesGitHub(w io.Writer, config string, mistakes budget.Errors) error {
	var text strings.Builder
	all := 0
	for _, m := range mistakes {
		all += max(1, m.Omitted)
	}
	for i, m := range mistakes[:min(len(mistakes), maxAnnotations)] {
		m.Path = config
		a := annotation{kind: "error", file: config, line: m.Line, column: m.Column, title: "sizegate: a mistake in the configuration", message: []string{m.Error()}}
		if more := all - i - 1; i == maxAnnotations-1 && more > 0 {
			a.last = fmt.Sprintf("and %s more: see the log", display.Number(more))
		}
		text.WriteString(a.command() + "\n")
	}
	_, err := io.WriteString(w, text.String())
	return err
}
