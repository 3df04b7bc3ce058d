package outcome

import (
	"fmt"
	"io"
	"reflect"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/texttable"
)

// Table writes a verdict for people: one line that says it, a row for each
// limit in the order of the configuration, then what there is to say of each
// limit that does not simply hold. On a terminal rows fit into the width, lines of
// text are wrapped, and why a file could not be measured is left to standard error,
// which says it too; elsewhere nothing is cut or wrapped.
func Table(w io.Writer, v *budget.Verdict, m display.Medium) error {
	if !m.Terminal {
		m.Width = unlimited
	}
	of := programsOf(v)
	out := &printer{w: w, color: m.Color, width: m.Width}
	out.say(verdictStatus(v), "", nil, summary(v))
	if len(v.Results) > 0 && out.err == nil {
		out.line("", "")
		out.err = limitTable(out, v, of, m)
	}
	for i, f := range v.Failures {
		if i == 0 {
			out.line("", "")
		}
		problem := f.Problem
		if m.Terminal && f.Path != "" {
			problem = "not measured (standard error says why)"
		}
		out.say(budget.Fail, "", []string{place(v, f.Position), f.Budget, f.Path}, problem)
	}
	before := budget.Pass
	var told []blame // what stands above, of which result
	var last *budget.Result
	for i := range v.Results {
		r := &v.Results[i]
		if r.Status == budget.Pass || explained(r) {
			continue
		}
		if r.Status != budget.Skipped || before != budget.Skipped {
			out.line("", "")
		}
		before = r.Status
		out.say(r.Status, "", []string{place(v, r.Position), of(r).String()}, r.Message)
		switch list := blames(&r.Culprits); {
		case len(list) > 0 && last != nil && last.Budget == r.Budget && last.Path == r.Path && reflect.DeepEqual(list, told):
			out.line("", "  "+list[0].title+": as listed for "+display.Clean(limitName(last)))
		case len(list) > 0:
			out.blames(list, m.Width)
			told, last = list, r
		}
		if r.Note != "" {
			out.say("", "  ", nil, r.Note)
		}
	}
	for i, warning := range v.Warnings {
		if i == 0 {
			out.line("", "")
		}
		out.say(budget.Warn, "", []string{place(v, warning.Position), "warning"}, warning.Text)
	}
	return out.err
}

// unlimited is the width where nothing limits it: columns that no row reaches.
const unlimited = 1 << 20

// verdictStatus is the status whose colour the verdict has.
func verdictStatus(v *budget.Verdict) budget.Status {
	if v.Exit() != budget.ExitPassed {
		return budget.Fail
	}
	return budget.Pass
}

// limitTable writes the rows. Each ends in its status, whose colour it has, and a
// bar of how much of the limit is taken.
func limitTable(to *printer, v *budget.Verdict, of func(r *budget.Result) program, m display.Medium) error {
	header := []string{"budget", "limit", "value", "at most", "headroom", "change", "status"}
	baseline := false
	for i := range v.Results {
		baseline = baseline || v.Results[i].Baseline != nil
	}
	if !baseline {
		header = append(header[:5], "status")
	}
	out := texttable.New(to.w, m, header, 2)
	for i := range v.Results {
		r := &v.Results[i]
		f := figuresOf(r)
		p := of(r)
		cells := []string{display.Clip(limitName(r), maxWhole), f.value, f.limit, f.headroom}
		if baseline {
			cells = append(cells, f.change)
		}
		out.AddLabel(texttable.Label{Name: display.Clip(p.budget, maxWhole), Path: display.ClipPath(p.path, maxWhole)}, append(cells, string(r.Status))...)
		if near(r) {
			out.Paint(display.Yellow)
		} else {
			out.Paint(colorOf(r.Status))
		}
		if f.value != "" {
			out.BarOf(r.Value, r.Limit)
		}
	}
	return out.Render()
}

// near says whether a limit holds with less than a twentieth of it to spare. What
// may grow by a few percent is always that near.
func near(r *budget.Result) bool {
	return r.Status == budget.Pass && !r.Growth && r.Value > 0 && r.Value <= r.Limit && r.Limit-r.Value < r.Limit/20
}

// Columns of a name where nothing else bounds them.
const (
	maxName  = 200
	maxWhole = 500 // where names are to be whole: more than people give a file
)

func colorOf(s budget.Status) string {
	switch s {
	case budget.Fail:
		return display.Red
	case budget.Warn, budget.Waived:
		return display.Yellow
	case budget.Pass:
		return display.Green
	}
	return ""
}

// printer writes lines until one cannot be written.
type printer struct {
	w     io.Writer
	color bool
	width int // of lines of text, in columns
	err   error
}

func (p *printer) painted(color, text string) string {
	if !p.color || color == "" || text == "" {
		return text
	}
	return color + text + display.Reset
}

func (p *printer) print(color, text string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, p.painted(color, text))
	}
}

// say writes names, with a colon behind each, and a sentence, in the form of
// compilers' messages. Names that are empty are left out, and none is divided where
// lines are wrapped.
func (p *printer) say(s budget.Status, indent string, names []string, sentence string) {
	for _, line := range display.Message(p.width, indent, names, sentence) {
		p.line(s, line)
	}
}

func (p *printer) line(s budget.Status, text string) { p.print(colorOf(s), text) }

// blames lists what a breach is made of, the sizes below each other.
func (p *printer) blames(list []blame, width int) {
	for _, b := range list {
		p.line("", "  "+b.title+":")
		widest := 0
		for _, part := range b.parts {
			widest = max(widest, len(part.size))
		}
		room := func(note string) int {
			return min(maxWhole, max(leastPart, width-len("    ")-widest-len("  ")-display.Columns(note)))
		}
		notes, names := make([]string, len(b.parts)), make([]string, len(b.parts))
		least := room("")
		for i, part := range b.parts {
			if part.note != "" {
				notes[i] = " (" + display.Clip(part.note, maxNote) + ")"
			}
			names[i] = display.ClipPath(part.name, maxWhole)
			least = min(least, room(notes[i]))
		}
		display.FitPaths(names, least)
		for i, part := range b.parts {
			name := names[i]
			if !part.path {
				name = display.Clip(part.name, room(notes[i]))
			}
			p.line("", fmt.Sprintf("    %*s  %s%s", widest, part.size, name, notes[i]))
		}
	}
}

// leastPart is the columns that a name in a list of culprits has, however narrow the
// output.
const leastPart = 24

// maxNote is the columns of a version or two.
const maxNote = 100
