package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// CSV writes every row of every file (Top and Filter shorten tables only),
// with a heading line unless Continued. The sizes of one file's rows, with
// [padding] and [unattributed], add up to the sections that were asked for; by
// section, with [headers] and [gaps], to the file.
func CSV(w io.Writer, r *snapshot.Report, o Options) error {
	out, line := NewCSV(w)
	heading := func(cells ...string) {
		if !o.Continued {
			line(cells...)
		}
	}
	var write func(b *snapshot.Binary)
	switch o.By {
	case breakdown.ByPackage:
		heading("file", "kind", "name", "id", "module", "version", "origin", "confidence", "functions", "size")
		write = func(b *snapshot.Binary) {
			for i := range b.Owners {
				p := &b.Owners[i]
				line(b.Path, p.Kind, p.Name, p.ID, p.Module, p.Version, p.Origin, p.Confidence, strconv.Itoa(p.Functions), Digits(p.Size))
			}
			t := o.Totals(b)
			line(b.Path, "", "[padding]", "", "", "", "", "", "", Digits(t.Padding))
			line(b.Path, "", "[unattributed]", "", "", "", "", "", "", Digits(t.Unattributed))
		}
	case breakdown.ByFunction:
		heading("file", "owner", "owner_id", "name", "section", "address", "size")
		write = func(b *snapshot.Binary) {
			for _, f := range b.Functions {
				line(b.Path, f.Owner, f.OwnerID, f.Name, f.Section, Digits(f.Address), Digits(f.Size))
			}
			t := o.Totals(b)
			line(b.Path, "", "", "[padding]", "", "", Digits(t.Padding))
			line(b.Path, "", "", "[unattributed]", "", "", Digits(t.Unattributed))
		}
	case breakdown.ByGeneric:
		heading("file", "owner", "owner_id", "name", "instances", "size", "saving")
		write = func(b *snapshot.Binary) { genericCSV(line, b, o) }
	case breakdown.BySection:
		heading("file", "section", "kind", "file_size", "vm_size", "attributed", "padding", "unattributed")
		write = func(b *snapshot.Binary) {
			for _, s := range b.Sections {
				line(b.Path, s.Name, s.Kind, Digits(s.FileSize), Digits(s.VMSize), Digits(s.Attributed), Digits(s.Padding), Digits(s.Unattributed))
			}
			line(b.Path, "[headers]", "", Digits(b.Overhead.Headers), "", "", "", "")
			line(b.Path, "[gaps]", "", Digits(b.Overhead.Gaps), "", "", "", "")
		}
	case breakdown.ByModule, breakdown.ByOrigin:
		heading("file", string(o.By), "version", "functions", "size")
		write = func(b *snapshot.Binary) {
			for _, p := range breakdown.Rows(b, o.By) {
				line(b.Path, p.Name, p.Note, strconv.Itoa(p.Functions), Digits(p.Size))
			}
			t := o.Totals(b)
			line(b.Path, "[padding]", "", "", Digits(t.Padding))
			line(b.Path, "[unattributed]", "", "", Digits(t.Unattributed))
		}
	}
	for i := range r.Binaries {
		write(&r.Binaries[i])
	}
	out.Flush()
	return out.Error()
}

// cell keeps a spreadsheet from running a name as a formula. Where numbers have a
// decimal comma a semicolon begins the next cell.
func cell(s string) string {
	s = display.Clean(s)
	if strings.IndexByte(s, ';') < 0 {
		return noFormula(s)
	}
	parts := strings.Split(s, ";")
	for i, part := range parts {
		parts[i] = noFormula(part)
	}
	return strings.Join(parts, ";")
}

// noFormula puts an apostrophe, behind which all is text, before what a spreadsheet
// reads as a formula: it may pass over spaces, and knows the characters that begin one
// in their full width too.
func noFormula(s string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " "))
	switch first {
	case '=', '+', '-', '@', '\uff1d', '\uff0b', '\uff0d', '\uff20':
		return "'" + s
	}
	return s
}

// NewCSV returns a writer and what writes a line to it, of cells that no
// spreadsheet takes for a formula. Errors are the writer's to keep.
func NewCSV(w io.Writer) (out *csv.Writer, line func(cells ...string)) {
	out = csv.NewWriter(w)
	return out, func(cells ...string) {
		for i := range cells {
			cells[i] = cell(cells[i])
		}
		out.Write(cells)
	}
}

// Digits is n as CSV has it, without commas.
func Digits(n uint64) string { return strconv.FormatUint(n, 10) }
