// Package deployed renders reports of deployment packages and container images, one file
// a format for each. The ELF files in them have the rows that package report gives files;
// the contents of an image have the tables of a package.
package deployed

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// packageRow is one line about a package.
type packageRow struct {
	breakdown.Row
	files  int
	zipped uint64
}

func (r *packageRow) add(other *packageRow) {
	r.Functions += other.Functions
	r.files += other.files
	r.Size += other.Size
	r.zipped += other.zipped
}

// packageRows groups what p has as by says: categories in their order, all else
// with the largest first, then by name.
func packageRows(p *snapshot.Package, by breakdown.By) []packageRow {
	switch by {
	case breakdown.ByCategory:
		var rows []packageRow
		for _, c := range p.Categories {
			rows = append(rows, packageRow{Row: breakdown.Row{Name: c.Name, Size: c.Unzipped}, files: c.Files, zipped: c.Zipped})
		}
		return rows
	case breakdown.ByEntry:
		return entryRows(p).all()
	}
	var rows []packageRow
	at := make(map[string]int)
	for i := range p.Binaries {
		seen := make(map[string]bool)
		for _, r := range breakdown.Rows(&p.Binaries[i], by) {
			if by == breakdown.ByPackage || by == breakdown.ByModule {
				r.Note = breakdown.WithoutVersion(r.Note) // the files of a package may have several versions
			}
			key := r.Key()
			n, ok := at[key]
			if !ok {
				n = len(rows)
				at[key] = n
				rows = append(rows, packageRow{Row: breakdown.Row{Name: r.Name, Note: r.Note, Owner: r.Owner}})
			}
			one := packageRow{Row: r}
			if !seen[key] {
				one.files, seen[key] = 1, true
			}
			rows[n].add(&one)
		}
	}
	sortRows(rows)
	return rows
}

func sortRows(rows []packageRow) {
	slices.SortStableFunc(rows, func(a, b packageRow) int {
		return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(b.zipped, a.zipped), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Note, b.Note))
	})
}

// picked is the rows of a table: those that are shown, and the sums of the others.
type picked struct {
	shown        []packageRow
	left, hidden packageRow // what Top leaves out, and what the filter does
	leftRows     int
	hiddenRows   int
}

func pick(c *breakdown.Choice, rows rowList, top int) picked {
	var p picked
	var matched []int32 // nil for all
	count := rows.len
	if c.Filter != nil {
		matched = make([]int32, 0, rows.len)
		for i := range rows.len {
			r := rows.at(i)
			if c.Matches(&r.Row) {
				matched = append(matched, int32(i))
				continue
			}
			p.hiddenRows++
			p.hidden.add(&r)
		}
		count = len(matched)
	}
	n := breakdown.ShownOf(count, top)
	p.shown = make([]packageRow, 0, n)
	for i := range count {
		at := i
		if matched != nil {
			at = int(matched[i])
		}
		r := rows.at(at)
		if i < n {
			p.shown = append(p.shown, r)
		} else {
			p.left.add(&r)
		}
	}
	p.leftRows = count - n
	return p
}

// packageLabel is a row's name as shown. What else is said of an entry has a
// column of its own.
func packageLabel(c *breakdown.Choice, r *packageRow) string {
	if c.By == breakdown.ByCategory || c.By == breakdown.ByEntry {
		return r.Name
	}
	return c.Label(&r.Row)
}

// perEntry says whether the archive has an exact share for each entry that is
// another than its size.
func perEntry(p *snapshot.Package) bool { return p.Format == string(bundle.FormatZip) }

// contents counts what is in a package or an image.
type contents struct{ files, links, elf int }

func (c *contents) add(kind bundle.Type, elf bool) {
	switch kind {
	case bundle.File:
		c.files++
	case bundle.Symlink, bundle.HardLink:
		c.links++
	}
	if elf {
		c.elf++
	}
}

// packageFacts is what a package is, in one line.
func packageFacts(p *snapshot.Package) string {
	var c contents
	for i := range p.Entries {
		if e := &p.Entries[i]; !e.Replaced {
			c.add(bundle.Type(e.Type), e.ELF)
		}
	}
	return p.Format + ", " + c.facts(p.Binaries)
}

// facts is the counts in one line, with the machines of the ELF files that were analysed.
func (c *contents) facts(binaries []snapshot.Binary) string {
	facts := []string{display.Counted(c.files, "file")}
	if c.links > 0 {
		facts = append(facts, display.Counted(c.links, "link"))
	}
	if c.elf == 0 {
		return strings.Join(append(facts, "no ELF file"), ", ")
	}
	arches := make(map[string]int)
	for i := range binaries {
		arches[binaries[i].Arch]++
	}
	if n := c.elf - len(binaries); n > 0 {
		arches["not analysed"] = n
	}
	var kinds []string
	for _, arch := range []string{"amd64", "arm64", "not analysed"} {
		switch n := arches[arch]; {
		case n == c.elf:
			kinds = append(kinds, arch)
		case n > 0:
			kinds = append(kinds, bytesize.Size(n).Grouped()+" "+arch)
		}
	}
	return strings.Join(append(facts, fmt.Sprintf("%s (%s)", display.Counted(c.elf, "ELF file"), strings.Join(kinds, ", "))), ", ")
}

// packageSizes is what a package takes, in one line.
func packageSizes(p *snapshot.Package) string {
	text := fmt.Sprintf("unzipped %s B (%s)", bytesize.Size(p.Unzipped).Grouped(), bytesize.Size(p.Unzipped).Short())
	if p.Format != string(bundle.FormatDirectory) {
		text = fmt.Sprintf("archive %s B (%s), ", bytesize.Size(p.Size).Grouped(), bytesize.Size(p.Size).Short()) + text
	}
	return text
}

// rowNameIn is what --by calls the thing in a row about packages, for a heading.
func rowNameIn(packages []snapshot.Package, by breakdown.By) string {
	var all snapshot.Binary
	for i := range packages {
		for j := range packages[i].Binaries {
			all.Languages = append(all.Languages, packages[i].Binaries[j].Languages...)
		}
	}
	return breakdown.RowName(&all, by)
}

// elfTotals are the sums over all ELF files of the sections that were asked for.
func elfTotals(c *breakdown.Choice, p *snapshot.Package) breakdown.Totals {
	var sum breakdown.Totals
	for i := range p.Binaries {
		t := c.Totals(&p.Binaries[i])
		sum.Size += t.Size
		sum.Attributed += t.Attributed
		sum.Padding += t.Padding
		sum.Unattributed += t.Unattributed
	}
	return sum
}

// rest is what rows by what ELF files have add up to their total with.
type rest struct {
	label string
	size  uint64
}

// restsOf are the last rows of a table by what ELF files have; the last one is the
// total.
func restsOf(c *breakdown.Choice, p *snapshot.Package) []rest {
	if c.By == breakdown.BySection {
		var headers, gaps, files uint64
		for i := range p.Binaries {
			headers += p.Binaries[i].Overhead.Headers
			gaps += p.Binaries[i].Overhead.Gaps
			files += p.Binaries[i].FileSize
		}
		return []rest{{"[headers]", headers}, {"[gaps]", gaps}, {"total: ELF files", files}}
	}
	t := elfTotals(c, p)
	return []rest{{"[padding]", t.Padding}, {"[unattributed]", t.Unattributed}, {"total: " + c.Scope, t.Size}}
}

// elfRow is an ELF file of a package.
type elfRow struct {
	packageRow
	binary *snapshot.Binary
	text   uint64
	owner  string // who has most of it, with the share
}

// elfRows are the ELF files of p, the largest first.
func elfRows(c *breakdown.Choice, p *snapshot.Package) []elfRow {
	var rows []elfRow
	for i := range p.Binaries {
		b := &p.Binaries[i]
		r := elfRow{packageRow: packageRow{Row: breakdown.Row{Name: b.Path, Size: b.FileSize}, files: 1}, binary: b}
		r.text, _ = breakdown.TextSize(b)
		t := c.Totals(b)
		largest := breakdown.Row{Name: "[unattributed]", Size: t.Unattributed}
		if owners := breakdown.Rows(b, breakdown.ByPackage); len(owners) > 0 && owners[0].Size >= largest.Size {
			largest = owners[0]
		}
		if largest.Size > 0 {
			r.owner = bytesize.Percent(largest.Size, t.Size) + " " + largest.Name
		}
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b elfRow) int { return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Name, b.Name)) })
	return rows
}

// packageVariants are the names of the variants that any ELF file has, and why
// some have no size, each reason once.
func packageVariants(p *snapshot.Package) (names, reasons []string) {
	known := make(map[string]bool)
	note := func(list *[]string, text string) {
		if !known[text] {
			known[text] = true
			*list = append(*list, text)
		}
	}
	for i := range p.Binaries {
		for j := range p.Binaries[i].Variants {
			v := &p.Binaries[i].Variants[j]
			note(&names, report.VariantName(v))
			if v.Status != "ok" {
				note(&reasons, fmt.Sprintf("%s %s: %s", report.VariantName(v), v.Status, display.Clean(v.Reason)))
			}
		}
	}
	return names, reasons
}

// variantCell is the size of a file's variant, or how it ended.
func variantCell(b *snapshot.Binary, name string) string {
	for i := range b.Variants {
		v := &b.Variants[i]
		if report.VariantName(v) != name {
			continue
		}
		if v.Status == "ok" {
			return bytesize.Size(v.Size).Grouped()
		}
		return v.Status
	}
	return ""
}

// duplicateRows are groups of files with the same contents: the size is what they
// waste, files the copies, zipped the size of one. The most wasteful is first.
func duplicateRows(c *breakdown.Choice, p *snapshot.Package) []packageRow {
	var rows []packageRow
	for _, d := range p.Duplicates {
		r := packageRow{Row: breakdown.Row{Name: fmt.Sprintf("%s and %s more", d.Paths[0], display.Number(len(d.Paths)-1)), Size: d.Wasted}, files: len(d.Paths), zipped: d.Size}
		r.Owner = d.Paths[0]
		for _, path := range d.Paths {
			if c.Filter != nil && c.Filter.MatchString(path) {
				r.Owner = path // any of them lets the group through
				break
			}
		}
		rows = append(rows, r)
	}
	sortRows(rows)
	return rows
}

// debugRows are the files that should not be deployed, the largest first.
func debugRows(p *snapshot.Package) []packageRow {
	if len(p.Debug) == 0 {
		return nil
	}
	debug := make(map[string]bool, len(p.Debug))
	for _, path := range p.Debug {
		debug[path] = true
	}
	var rows []packageRow
	entries := entryRows(p)
	for i := range entries.len {
		if r := entries.at(i); debug[r.Name] && r.Note != "replaced" {
			rows = append(rows, r)
		}
	}
	return rows
}
