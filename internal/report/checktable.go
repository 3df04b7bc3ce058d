package report

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
)

// CheckTable writes a verdict for people: one line that says it, a row for each
// limit in the order of the configuration, then what there is to say of each
// limit that does not simply hold. Of o it looks at Width and Color.
func CheckTable(w io.Writer, v *budget.Verdict, o Options) error {
	program := programNames(v)
	out := &checkPrinter{w: w, color: o.Color}
	out.line(verdictStatus(v), verdictLine(v))
	if len(v.Results) > 0 && out.err == nil {
		out.line("", "")
		out.err = limitTable(out, v, program, o)
	}
	for i, f := range v.Failures {
		if i == 0 {
			out.line("", "")
		}
		out.line(budget.Fail, joinColon(place(v, f.Position), f.Budget, f.Path, f.Problem))
	}
	before := budget.Pass
	var told []blame // what stands above, of which result
	var of *budget.Result
	for i := range v.Results {
		r := &v.Results[i]
		if r.Status == budget.Pass || explained(r) {
			continue
		}
		if r.Status != budget.Skipped || before != budget.Skipped {
			out.line("", "")
		}
		before = r.Status
		out.line(r.Status, joinColon(place(v, r.Position), program(r), r.Message))
		switch list := blames(&r.Culprits); {
		case len(list) > 0 && of != nil && of.Budget == r.Budget && of.Path == r.Path && reflect.DeepEqual(list, told):
			out.line("", "  "+list[0].title+": as above")
		case len(list) > 0:
			out.blames(list, o.Width)
			told, of = list, r
		}
		if r.Note != "" {
			out.line("", "  "+Clean(r.Note))
		}
	}
	for i, warning := range v.Warnings {
		if i == 0 {
			out.line("", "")
		}
		out.line(budget.Warn, joinColon(place(v, warning.Position), "warning", warning.Text))
	}
	return out.err
}

// verdictStatus is the status whose colour the verdict has.
func verdictStatus(v *budget.Verdict) budget.Status {
	if v.Exit() != budget.ExitPassed {
		return budget.Fail
	}
	return budget.Pass
}

// joinColon is a line in the form of compilers' messages, cleaned, without the
// parts that are empty.
func joinColon(parts ...string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	return Clean(strings.Join(there, ": "))
}

// limitTable writes the rows. Colour is put on afterwards, so that it changes
// nothing of the layout: each row is one line, which ends in its status.
func limitTable(to *checkPrinter, v *budget.Verdict, program func(r *budget.Result) string, o Options) error {
	header := []string{"budget", "limit", "value", "at most", "headroom", "change", "status"}
	baseline := false
	for i := range v.Results {
		baseline = baseline || v.Results[i].Baseline != nil
	}
	if !baseline {
		header = append(header[:5], "status")
	}
	plain := o
	plain.Color = false
	var buf bytes.Buffer
	out := newTable(&buf, plain, header, 2)
	for i := range v.Results {
		r := &v.Results[i]
		f := figuresOf(r)
		cells := []string{program(r), clip(limitName(r), maxName), f.value, f.limit, f.headroom}
		if baseline {
			cells = append(cells, f.change)
		}
		out.add(append(cells, string(r.Status))...)
	}
	out.fitSecond()
	if err := out.render(); err != nil {
		return err
	}
	for i, line := range strings.Split(strings.TrimSuffix(buf.String(), "\n"), "\n") {
		if i == 0 {
			to.print(bold, line)
			continue
		}
		status := v.Results[i-1].Status
		to.print("", strings.TrimSuffix(line, string(status))+to.painted(colorOf(status), string(status)))
	}
	return to.err
}

// maxName is the columns of a name where nothing else bounds them.
const maxName = 200

// fitSecond cuts the names in the second column to what the numbers leave of the
// width when the first column has its least.
func (t *table) fitSecond() {
	taken, first := 0, 0
	for i := range t.header {
		widest := columns.StringWidth(t.header[i])
		for _, r := range t.rows {
			widest = max(widest, columns.StringWidth(r[i]))
		}
		switch i {
		case 0:
			first = widest
		case 1:
		default:
			taken += widest + 2
		}
	}
	room := max(minName, t.o.Width-taken-min(first, minName)-2)
	for _, r := range t.rows {
		r[1] = fit(r[1], room)
	}
}

// Colours of a terminal.
const (
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	green  = "\x1b[32m"
)

func colorOf(s budget.Status) string {
	switch s {
	case budget.Fail:
		return red
	case budget.Warn, budget.Waived:
		return yellow
	case budget.Pass:
		return green
	}
	return ""
}

// checkPrinter writes lines until one cannot be written.
type checkPrinter struct {
	w     io.Writer
	color bool
	err   error
}

func (p *checkPrinter) painted(color, text string) string {
	if !p.color || color == "" || text == "" {
		return text
	}
	return color + text + "\x1b[0m"
}

func (p *checkPrinter) print(color, text string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, p.painted(color, text))
	}
}

func (p *checkPrinter) line(s budget.Status, text string) { p.print(colorOf(s), text) }

// blames lists what a breach is made of, the sizes below each other.
func (p *checkPrinter) blames(list []blame, width int) {
	for _, b := range list {
		p.line("", "  "+b.title+":")
		widest := 0
		for _, part := range b.parts {
			widest = max(widest, len(part.size))
		}
		for _, part := range b.parts {
			note := ""
			if part.note != "" {
				note = " (" + clip(part.note, maxNote) + ")"
			}
			room := max(minName, width-len("    ")-widest-len("  ")-columns.StringWidth(note))
			p.line("", fmt.Sprintf("    %*s  %s%s", widest, part.size, clip(part.name, room), note))
		}
	}
}

// maxNote is the columns of a version or two.
const maxNote = 100
