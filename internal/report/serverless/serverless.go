// Package serverless renders what a program takes of the limits of AWS Lambda, what a
// month of it costs, and what changes would save, one file a format.
package serverless

import (
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// part is one table of the answer and the sentences below it, before they
// are cleaned.
type part struct {
	header []string
	left   int // columns from the left that are text, the others are numbers
	rows   [][]string
	quotes []string // sentences that may quote a file or a tool
	lines  []string // our own
	paths  bool     // the first column has names of files
}

// because adds why rows have no figures, once for all with the same reason.
func (p *part) because(what []string, reasons []string) {
	var order []string
	of := make(map[string][]string)
	for i, r := range reasons {
		if of[r] == nil {
			order = append(order, r)
		}
		of[r] = append(of[r], what[i])
	}
	for _, r := range order {
		p.quotes = append(p.quotes, strings.Join(of[r], ", ")+": "+r)
	}
}

// heading is the program and what it is.
func heading(l *snapshot.Lambda) (name, facts string) {
	name = l.Path
	switch {
	case l.Package != nil && l.Package.Program == "":
		return name, "a package without a program to measure"
	case l.Package != nil:
		name += ", " + l.Package.Program
	}
	size := bytesize.Size(l.Variants[0].Size)
	return name, fmt.Sprintf("%s, %s B (%s)", l.Arch, size.Grouped(), size.Short())
}

func partsOf(l *snapshot.Lambda) []part {
	return []part{sizes(l), month(l), changes(l), findings(l)}
}

// sizes is each variant against the limits.
func sizes(l *snapshot.Lambda) part {
	starts := len(l.Variants) > 0 && l.Variants[0].Startup != nil
	limit := make(map[string]string)
	for _, x := range l.Limits {
		limit[x.Metric] = fmt.Sprintf("%d MB", x.Max>>20)
	}
	p := part{left: 1, header: []string{"variant", "bytes", "left of " + limit["unzipped"], "zip", "left of " + limit["zipped"]}}
	if starts {
		p.header = append(p.header, "start min", "median", "memory")
	}
	zipped := func(n *uint64) string {
		if n == nil {
			return ""
		}
		return bytesize.Size(*n).Grouped()
	}
	if l.Package != nil {
		cells := []string{"package as it is", bytesize.Size(l.Package.Unzipped).Grouped(), leftCell(l.Package.LeftUnzipped), zipped(l.Package.Zip), leftCell(l.Package.LeftZipped)}
		p.rows = append(p.rows, append(cells, make([]string, len(p.header)-len(cells))...))
	}
	var names, reasons []string
	for i := range l.Variants {
		v := &l.Variants[i]
		name := strings.TrimSpace(v.Name + " " + v.Level)
		cells := []string{name, v.Status, "", "", ""}
		if v.Status == "ok" {
			cells = []string{name, bytesize.Size(v.Size).Grouped(), leftCell(v.LeftUnzipped), zipped(v.Zip), leftCell(v.LeftZipped)}
		}
		if starts {
			cells = append(cells, report.StartCells(v.Startup)...)
		}
		p.rows = append(p.rows, cells)
		if v.Reason != "" {
			names, reasons = append(names, name), append(reasons, v.Reason)
		}
	}
	p.because(names, reasons)
	measured := "bytes measured here"
	if len(l.Variants) > 0 {
		measured = "bytes and zip measured here, the zip of the one file alone"
	}
	p.lines = append(p.lines, measured+"; less than 0 left is over the limit")
	if l.Package != nil && len(l.Variants) > 0 {
		p.lines = append(p.lines, fmt.Sprintf("left of %s: with the other files of the package; what they are zipped to beside another program is not known", limit["unzipped"]))
	}
	if len(l.Limits) > 0 {
		p.lines = append(p.lines, fmt.Sprintf("limits of AWS as of %s: %s unzipped with all layers, %s for a zip that is uploaded directly (not through S3): %s",
			l.Limits[0].Date, limit["unzipped"], limit["zipped"], l.Limits[0].Source))
	}
	switch {
	case !starts:
		p.quotes = append(p.quotes, "start-up not measured: "+l.StartupReason)
	default:
		p.lines = append(p.lines, fmt.Sprintf("start-up measured here, %d runs each, from start to end of the process: not a cold start of Lambda", l.Variants[0].Startup.Runs))
		if code := l.Variants[0].Startup.Exit; code != 0 {
			p.lines = append(p.lines, fmt.Sprintf("the runs ended with exit code %d, which may be a failure (--startup-args gives them arguments)", code))
		}
	}
	return p
}

func leftCell(n *int64) string {
	switch {
	case n == nil:
		return ""
	case *n < 0:
		return "-" + bytesize.Size(uint64(-*n)).Grouped()
	}
	return bytesize.Size(uint64(*n)).Grouped()
}

// month is what a month of the plain file costs, and from what.
func month(l *snapshot.Lambda) part {
	p := part{left: 2, header: []string{"a month", "known", "figure"}}
	for _, f := range l.Figures {
		value := decimals(f.Value, -1)
		switch f.Unit {
		case "$":
			value = "$" + value
		case "%":
			value += "%"
		default:
			value = strings.TrimSpace(value + " " + f.Unit)
		}
		p.rows = append(p.rows, []string{f.Name, knownBy(l, f.Origin), value})
	}
	const computed = "computed from these"
	total := "total"
	if len(l.Variants) > 0 {
		total = "total: plain"
	}
	p.rows = append(p.rows,
		[]string{"billed", computed, decimals(l.Cost.Seconds, 3) + " s"},
		[]string{"billed for memory", computed, decimals(l.Cost.GBSeconds, 3) + " GB-s"},
		[]string{"compute", computed, dollars(l.Cost.Compute) + " a month"},
		[]string{"requests", computed, dollars(l.Cost.Requests) + " a month"},
		[]string{total, computed, dollars(l.Cost.Total) + " a month"})
	p.lines = append(p.lines, l.Notes...)
	return p
}

// knownBy marks where a figure is from.
func knownBy(l *snapshot.Lambda, origin string) string {
	switch origin {
	case "claimed":
		return "claimed by you"
	case "measured":
		return "measured here"
	case "example":
		return "example, not measured"
	}
	return "price list of " + l.PriceDate
}

// changes is what each change saves where that is known.
func changes(l *snapshot.Lambda) part {
	p := part{left: 2, header: []string{"change", "known", "cold", "billed", "a month", "saves"}}
	measured := false
	var names, reasons []string
	for i := range l.Changes {
		c := &l.Changes[i]
		name := strings.TrimSpace(c.Name + " " + c.Level)
		if c.Cost == nil {
			p.rows = append(p.rows, []string{name, "not known", "", "", "", ""})
			names, reasons = append(names, name), append(reasons, c.Reason)
			continue
		}
		cold := "as it is"
		if c.ColdMS != "" {
			cold = decimals(c.ColdMS, 3) + " ms"
		}
		measured = measured || c.Known == "measured"
		p.rows = append(p.rows, []string{name, knownBy(l, c.Known), cold, decimals(c.Cost.Seconds, 3) + " s", dollars(c.Cost.Total), dollars(c.Saves)})
		if c.Name == "arm64" {
			p.lines = append(p.lines, "arm64: its price, if it takes the same time there; that was not measured")
		}
	}
	p.because(names, reasons)
	if measured {
		p.lines = append(p.lines, "measured here: the difference of the medians to the plain file, added to its cold invocation")
	}
	return p
}

// findings is what is wrong with a package, or with a file that is deployed
// alone.
func findings(l *snapshot.Lambda) part {
	p := part{left: 3, header: []string{"finding", "severity", "code"}, paths: true}
	for _, f := range l.Findings {
		subject := display.ClipPath(f.Subject, display.MaxFact)
		switch {
		case l.Package == nil:
			subject = "the file"
		case subject == "":
			subject = "the package"
		}
		p.rows = append(p.rows, []string{subject, f.Severity, f.Code})
		p.quotes = append(p.quotes, subject+": "+f.Message)
	}
	checked := "checked for " + lambda.DefaultRuntime + "; sizegate check knows other runtimes (runtime: in budgets.yaml)"
	if len(p.rows) == 0 {
		return part{lines: []string{"nothing found that Lambda would refuse or could not start", checked}}
	}
	p.lines = append(p.lines, checked)
	return p
}
