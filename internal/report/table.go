package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/report/texttable"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Table writes a report for people: for one file a heading, what the bytes are
// charged to, and the sections up to the file's size; for several files the
// same with a column for each.
func Table(w io.Writer, r *snapshot.Report, o Options) error {
	var err error
	switch len(r.Binaries) {
	case 0:
		return nil
	case 1:
		err = oneFile(w, &r.Binaries[0], o)
	default:
		err = sideBySide(w, r.Binaries, o)
	}
	return err
}

func oneFile(w io.Writer, b *snapshot.Binary, o Options) error {
	if err := heading(w, b, o); err != nil {
		return err
	}
	if o.By != breakdown.BySection {
		if err := ownerTable(w, b, o); err != nil {
			return err
		}
	}
	tables := []func(io.Writer, *snapshot.Binary, Options) error{sectionTable, variantTable}
	if len(b.Variants) == 0 && b.Startup == nil {
		tables = tables[:1]
	}
	if o.By != breakdown.BySection && o.Filter != nil {
		tables = tables[1:] // who looks for something does not look for all sections
	}
	for i, table := range tables {
		if i > 0 || o.By != breakdown.BySection {
			fmt.Fprintln(w)
		}
		if err := table(w, b, o); err != nil {
			return err
		}
	}
	return nil
}

// heading says what the file is, in lines short enough for a narrow terminal
// where names allow it.
func heading(w io.Writer, b *snapshot.Binary, o Options) error {
	facts := []string{b.Arch + " " + b.Type}
	if len(b.Languages) > 0 {
		facts = append(facts, strings.Join(b.Languages, " + "))
	}
	if b.Compiler != "" {
		facts = append(facts, display.Fact(b.Compiler))
	}
	facts = append(facts, map[string]string{
		"symtab":     "not stripped",
		"debug-file": "names from a debug file",
		"pclntab":    "stripped",
		"dynsym":     "stripped: only exported functions have names",
		"none":       "stripped: no function has a name",
	}[b.Symbols])
	if _, err := fmt.Fprintln(w, display.Clean(b.Path)); err != nil {
		return err
	}
	lines := []string{strings.Join(facts, ", ")}
	if b.Main != "" {
		lines = append(lines, "main "+display.Fact(strings.TrimSpace(b.Main+" "+b.Version)))
	}
	sizes := fmt.Sprintf("file %s B (%s)", bytesize.Size(b.FileSize).Grouped(), bytesize.Size(b.FileSize).Short())
	if text, ok := breakdown.TextSize(b); ok {
		sizes += fmt.Sprintf(", .text %s B (%s)", bytesize.Size(text).Grouped(), bytesize.Size(text).Short())
	}
	lines = append(lines, sizes)
	if b.SHA256 != "" {
		lines = append(lines, "sha256 "+b.SHA256)
	}
	if err := o.Say(w, lines...); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// ownerTable ends in padding, unattributed bytes and the sum of all. With a filter
// what it keeps is added up too, and shares of both sums are shown.
func ownerTable(w io.Writer, b *snapshot.Binary, o Options) error {
	if o.By == breakdown.ByGeneric {
		return genericTable(w, b, o)
	}
	all := breakdown.Rows(b, o.By)
	t := o.Totals(b)
	name := breakdown.RowName(b, o.By)
	rows := o.Divide(all)
	filtered := o.Filter != nil
	if filtered {
		if err := o.sayMatched(w, rows.MatchedRows, len(all), name, rows.Matched.Size, t.Size, b.FileSize); err != nil {
			return err
		}
	}
	owners := filtered && o.By == breakdown.ByFunction && severalOwners(rows.Shown)
	wanted := []bool{true, owners, o.By != breakdown.ByFunction, true, filtered, true, !filtered}
	chosen := func(cells ...string) []string {
		var kept []string
		for i, c := range cells {
			if wanted[i] {
				kept = append(kept, c)
			}
		}
		return kept
	}
	left := 1
	if owners {
		left = 2
	}
	out := texttable.New(w, o.Medium, chosen(name, "owner", "functions", "bytes", "of matched", "share", "running"), left)
	running := uint64(0)
	cells := func(label string, r *breakdown.Row, ofMatched bool) []string {
		running += r.Size
		part, owner := "", ""
		if ofMatched {
			part = bytesize.Percent(r.Size, rows.Matched.Size)
		}
		if owners {
			owner = display.Fit(display.Clean(r.Charged()), maxOwner)
		}
		return chosen(label, owner, display.CountCell(r.Functions), bytesize.Size(r.Size).Grouped(), part, bytesize.Percent(r.Size, t.Size), bytesize.Percent(running, t.Size))
	}
	for i := range rows.Shown {
		r := &rows.Shown[i]
		out.Add(cells(o.Label(r), r, true)...)
		out.Bar(r.Size)
	}
	if rows.LeftRows > 0 {
		out.AddSum(cells("… "+breakdown.MoreRows(rows.LeftRows, name), &rows.Left, true)...)
	}
	if filtered {
		out.AddSum(cells("total: matched by --filter", &rows.Matched, true)...)
	}
	if rows.HiddenRows > 0 {
		out.AddSum(cells("… not matched by --filter", &rows.Hidden, false)...)
	}
	out.AddSum(cells("[padding]", &breakdown.Row{Size: t.Padding}, false)...)
	out.AddSum(cells("[unattributed]", &breakdown.Row{Size: t.Unattributed}, false)...)
	out.AddSum(chosen("total: "+o.Scope, "", "", bytesize.Size(t.Size).Grouped(), "", bytesize.Percent(t.Size, t.Size), "")...)
	if err := out.Render(); err != nil {
		return err
	}
	return o.Legend(w, out)
}

// sayMatched is a line above a table with a filter: what it keeps of what was asked
// for, and of the file where that is more.
func (o *Options) sayMatched(w io.Writer, kept, all int, name string, size, whole, file uint64) error {
	if name == "package, crate or library" {
		name = "owner"
	}
	share := bytesize.Percent(size, whole)
	if file != whole {
		share += "; " + bytesize.Percent(size, file) + " of the file"
	}
	filter := "--filter " + display.Clip(o.Filter.String(), display.MaxFact)
	sentence := fmt.Sprintf("keeps %s of %s: %s of %s B (%s)", bytesize.Size(kept).Grouped(), display.Counted(all, name),
		bytesize.Size(size).Grouped(), bytesize.Size(whole).Grouped(), share)
	if err := o.SayWords(w, append([]string{filter}, strings.Fields(sentence)...)); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// Legend explains the marks of the names in a table by package.
func (o *Options) Legend(w io.Writer, out *texttable.Table) error {
	marks := []struct{ mark, means string }{
		{"inferred)", "inferred: concluded from what is around it, not read from a name"},
		{"#", "#1a2b3c4d: the start of a crate's ID, where several crates have the name"},
	}
	for _, m := range marks {
		if o.By == breakdown.ByPackage && out.Shows(m.mark) {
			if err := o.Say(w, m.means); err != nil {
				return err
			}
		}
	}
	return nil
}

// smallSection is the share of the file, one part in so many, below which a
// section that nothing is attributed in gets no row of its own.
const smallSection = 1000

// fewSections are more than programs have: --top never shortens the list to less
// where it stands below another table.
const fewSections = 100

// largest marks the sections of a list that are the largest, as many as top wants. Of equal ones the first in the file is taken.
func largest(sections []*snapshot.Section, top int) map[*snapshot.Section]bool {
	bySize := slices.Clone(sections)
	slices.SortStableFunc(bySize, func(a, b *snapshot.Section) int { return cmp.Compare(b.FileSize, a.FileSize) })
	bySize = bySize[:breakdown.ShownOf(len(bySize), top)]
	marked := make(map[*snapshot.Section]bool, len(bySize))
	for _, s := range bySize {
		marked[s] = true
	}
	return marked
}

// sectionTable lists the sections and the rest of the file; together they are
// its size. Small ones are added up in one row, except by section; then all are
// listed that the filter lets through. Of a list that is longer than --top the
// largest are shown, in the file's order.
func sectionTable(w io.Writer, b *snapshot.Binary, o Options) error {
	out := texttable.New(w, o.Medium, []string{"section", "kind", "bytes", "share", "attributed", "padding"}, 2)
	filtered := o.By == breakdown.BySection && o.Filter != nil
	kept, smaller := 0, 0
	small, hidden, matched, left := uint64(0), uint64(0), uint64(0), uint64(0)
	isSmall := func(s *snapshot.Section) bool {
		return !o.Asked(s) && s.FileSize > 0 && s.FileSize < b.FileSize/smallSection && o.By != breakdown.BySection
	}
	for i := range b.Sections {
		if isSmall(&b.Sections[i]) {
			smaller++
		}
	}
	if smaller == 1 {
		smaller = 0 // its row takes no more room than that of the sum
	}
	var listed []*snapshot.Section
	for i := range b.Sections {
		s := &b.Sections[i]
		if s.FileSize == 0 && o.By != breakdown.BySection {
			continue
		}
		if filtered && !o.Filter.MatchString(s.Name) {
			hidden += s.FileSize
			continue
		}
		kept++
		matched += s.FileSize
		if smaller > 0 && isSmall(s) {
			small += s.FileSize
			continue
		}
		listed = append(listed, s)
	}
	top := o.Top
	if top > 0 && o.By != breakdown.BySection {
		top = max(top, fewSections)
	}
	shown := largest(listed, top)
	for _, s := range listed {
		if !shown[s] {
			left += s.FileSize
			continue
		}
		attributed, padding := "", ""
		if o.Asked(s) {
			attributed, padding = bytesize.Size(s.Attributed).Grouped(), bytesize.Size(s.Padding).Grouped()
		}
		out.Add(s.Name, s.Kind, bytesize.Size(s.FileSize).Grouped(), bytesize.Percent(s.FileSize, b.FileSize), attributed, padding)
		out.Bar(s.FileSize)
	}
	rest := func(name string, size uint64) {
		out.AddSum(name, "", bytesize.Size(size).Grouped(), bytesize.Percent(size, b.FileSize), "", "")
	}
	if n := len(listed) - len(shown); n > 0 {
		rest("… "+breakdown.MoreRows(n, "section"), left)
	}
	if filtered {
		if err := o.sayMatched(w, kept, len(b.Sections), "section", matched, b.FileSize, b.FileSize); err != nil {
			return err
		}
		rest("total: matched by --filter", matched)
	}
	if hidden > 0 {
		rest("… not matched by --filter", hidden)
	}
	if smaller > 0 {
		rest("… "+breakdown.MoreRows(smaller, "small section"), small)
	}
	rest("[headers]", b.Overhead.Headers)
	rest("[gaps]", b.Overhead.Gaps)
	rest("total: file", b.FileSize)
	return out.Render()
}

// severalOwners says whether rows are functions of more than one owner.
func severalOwners(functions []breakdown.Row) bool {
	return slices.ContainsFunc(functions, func(f breakdown.Row) bool { return f.Charged() != functions[0].Charged() })
}
