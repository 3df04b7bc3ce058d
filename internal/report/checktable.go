package report

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/oneline"
)

// CheckTable writes a verdict for people: one line that says it, a row for each
// limit in the order of the configuration, then what there is to say of each
// limit that does not simply hold. On a terminal rows fit into the width, lines of
// text are wrapped, and why a file could not be measured is left to standard error,
// which says it too; elsewhere nothing is cut or wrapped. Of o it looks at Width,
// Color, Terminal and Bars.
func CheckTable(w io.Writer, v *budget.Verdict, o Options) error {
	if !o.Terminal {
		o.Width = unlimited
	}
	of := programsOf(v)
	out := &checkPrinter{w: w, color: o.Color, width: o.Width}
	out.say(verdictStatus(v), "", nil, verdictLine(v))
	if len(v.Results) > 0 && out.err == nil {
		out.line("", "")
		out.err = limitTable(out, v, of, o)
	}
	for i, f := range v.Failures {
		if i == 0 {
			out.line("", "")
		}
		problem := f.Problem
		if o.Terminal && f.Path != "" {
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
			out.line("", "  "+list[0].title+": as listed for "+Clean(limitName(last)))
		case len(list) > 0:
			out.blames(list, o.Width)
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

// limitTable writes the rows. Each ends in its status, whose colour it has, and a
// bar of how much of the limit is taken.
func limitTable(to *checkPrinter, v *budget.Verdict, of func(r *budget.Result) program, o Options) error {
	header := []string{"budget", "limit", "value", "at most", "headroom", "change", "status"}
	baseline := false
	for i := range v.Results {
		baseline = baseline || v.Results[i].Baseline != nil
	}
	if !baseline {
		header = append(header[:5], "status")
	}
	out := newTable(to.w, o, header, 2)
	out.colors = make(map[int]string)
	for i := range v.Results {
		r := &v.Results[i]
		f := figuresOf(r)
		p := of(r)
		p = program{clip(p.budget, maxWhole), clipPath(p.path, maxWhole)}
		out.programs = append(out.programs, p)
		cells := []string{p.String(), clip(limitName(r), maxWhole), f.value, f.limit, f.headroom}
		if baseline {
			cells = append(cells, f.change)
		}
		out.add(append(cells, string(r.Status))...)
		out.colors[i] = colorOf(r.Status)
		if near(r) {
			out.colors[i] = yellow
		}
		if f.value != "" {
			out.barOf(r.Value, r.Limit)
		}
	}
	return out.render()
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

// Colours of a terminal.
const (
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	green  = "\x1b[32m"
	plain  = "\x1b[0m"
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
	width int // of lines of text, in columns
	err   error
}

func (p *checkPrinter) painted(color, text string) string {
	if !p.color || color == "" || text == "" {
		return text
	}
	return color + text + plain
}

func (p *checkPrinter) print(color, text string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, p.painted(color, text))
	}
}

// say writes names, with a colon behind each, and a sentence, in the form of
// compilers' messages. Names that are empty are left out, and none is divided where
// lines are wrapped.
func (p *checkPrinter) say(s budget.Status, indent string, names []string, sentence string) {
	line := indent + joinColon(append(slices.Clone(names), sentence)...)
	if columns.StringWidth(line) <= p.width {
		p.line(s, line)
		return
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
	for _, line := range wrap(words, p.width, hanging) {
		p.line(s, noCommand(line))
	}
}

// hanging is in front of the lines of a message but the first.
const hanging = "    "

func (p *checkPrinter) line(s budget.Status, text string) { p.print(colorOf(s), text) }

// blames lists what a breach is made of, the sizes below each other.
func (p *checkPrinter) blames(list []blame, width int) {
	for _, b := range list {
		p.line("", "  "+b.title+":")
		widest := 0
		for _, part := range b.parts {
			widest = max(widest, len(part.size))
		}
		room := func(note string) int {
			return min(maxWhole, max(minName, width-len("    ")-widest-len("  ")-columns.StringWidth(note)))
		}
		notes, names := make([]string, len(b.parts)), make([]string, len(b.parts))
		least := room("")
		for i, part := range b.parts {
			if part.note != "" {
				notes[i] = " (" + clip(part.note, maxNote) + ")"
			}
			names[i] = clipPath(part.name, maxWhole)
			least = min(least, room(notes[i]))
		}
		fitPaths(names, least)
		for i, part := range b.parts {
			name := names[i]
			if !part.path {
				name = clip(part.name, room(notes[i]))
			}
			p.line("", fmt.Sprintf("    %*s  %s%s", widest, part.size, name, notes[i]))
		}
	}
}

// maxNote is the columns of a version or two.
const maxNote = 100
