package main

import (
	"io"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/inputkind"
	"github.com/sizegate/sizegate/internal/page"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/deployed"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/usage"
)

// reportFormat is how a report is written.
type reportFormat struct {
	name  string
	note  string // what the help says of it, "" for nothing
	files filesFormat
	// packages and images are nil if the format has none of them.
	packages func(*reportFlags, io.Writer, *snapshot.Packages) error
	images   func(*reportFlags, io.Writer, *snapshot.Images) error
}

// filesFormat begins a report of ELF files: add takes each in its turn, and end
// writes what is behind the last.
type filesFormat func(f *reportFlags, out io.Writer) (add func(*snapshot.Binary) error, end func() error, err error)

// reportFormats are in the order of the help. The first is the default.
var reportFormats = []reportFormat{
	// Files are columns of the table, and all of them say which rows are the largest.
	{"table", "", together(rendered(report.Table)), rendered(deployed.PackageTable), rendered(deployed.ImageTable)},
	{"json", "", jsonFiles, written[*snapshot.Packages], written[*snapshot.Images]},
	{"csv", "", oneByOne(report.CSV), rendered(deployed.PackageCSV), rendered(deployed.ImageCSV)},
	{"markdown", "", oneByOne(report.Markdown), rendered(deployed.PackageMarkdown), rendered(deployed.ImageMarkdown)},
	// The data of the page are one document, packed as a whole.
	{"html", "one page to explore", together(drawn(page.Report)), drawn(page.Packages), drawn(page.Images)},
	{"benchfmt", "Go benchmark lines", oneByOne(report.Benchfmt), rendered(deployed.PackageBenchfmt), rendered(deployed.ImageBenchfmt)},
}

// findReportFormat is nil for what is no format.
func findReportFormat(name string) *reportFormat {
	i := slices.IndexFunc(reportFormats, func(f reportFormat) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &reportFormats[i]
}

// reportFormatNames are those of the formats that are wanted.
func reportFormatNames(wanted func(*reportFormat) bool) []string {
	var names []string
	for i := range reportFormats {
		if f := &reportFormats[i]; wanted(f) {
			names = append(names, f.name)
		}
	}
	return names
}

func anyFormat(*reportFormat) bool { return true }

// reportFormatHelp is "table, json or html (one page)".
func reportFormatHelp() string {
	words := make([]string, len(reportFormats))
	for i, f := range reportFormats {
		if words[i] = f.name; f.note != "" {
			words[i] += " (" + f.note + ")"
		}
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// checkFormat refuses a format that does not have the kind of input.
func (f *reportFlags) checkFormat(in input) error {
	has := anyFormat
	switch in.kind {
	case inputkind.Package:
		has = func(f *reportFormat) bool { return f.packages != nil }
	case inputkind.Image:
		has = func(f *reportFormat) bool { return f.images != nil }
	}
	if has(findReportFormat(f.format)) {
		return nil
	}
	return usage.Errorf("--format %s: is about ELF files, and %s is %s (choose one of %s)", f.format, in.path, in.kind, strings.Join(reportFormatNames(has), ", "))
}

// rendered is a renderer of package report with the options of the flags.
func rendered[T any](render func(io.Writer, T, report.Options) error) func(*reportFlags, io.Writer, T) error {
	return func(f *reportFlags, out io.Writer, r T) error { return render(out, r, f.rendering) }
}

// drawn is a page with the options of the flags.
func drawn[T any](draw func(io.Writer, T, page.Options) error) func(*reportFlags, io.Writer, T) error {
	return func(f *reportFlags, out io.Writer, r T) error {
		return draw(out, r, page.Options{View: f.view, Scope: f.rendering.Scope})
	}
}

// written is JSON.
func written[T interface{ Write(io.Writer) error }](_ *reportFlags, out io.Writer, r T) error {
	return r.Write(out)
}

func jsonFiles(_ *reportFlags, out io.Writer) (add func(*snapshot.Binary) error, end func() error, err error) {
	w, err := snapshot.NewWriter(out, newReport())
	if err != nil {
		return nil, nil, err
	}
	return w.Add, w.Close, nil
}

// together renders all files when the last is measured.
func together(render func(*reportFlags, io.Writer, *snapshot.Report) error) filesFormat {
	return func(f *reportFlags, out io.Writer) (add func(*snapshot.Binary) error, end func() error, err error) {
		all := newReport()
		add = func(b *snapshot.Binary) error {
			all.Binaries = append(all.Binaries, *b)
			return nil
		}
		return add, func() error { return render(f, out, all) }, nil
	}
}

// oneByOne renders each file as it comes.
func oneByOne(render func(io.Writer, *snapshot.Report, report.Options) error) filesFormat {
	return func(f *reportFlags, out io.Writer) (add func(*snapshot.Binary) error, end func() error, err error) {
		o := f.rendering
		add = func(b *snapshot.Binary) error {
			one := newReport()
			one.Binaries = append(one.Binaries, *b)
			err := render(out, one, o)
			o.Continued = true
			return err
		}
		return add, func() error { return nil }, nil
	}
}
