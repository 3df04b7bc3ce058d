package deployed

import (
	"fmt"
	"io"
	"slices"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/report/texttable"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// PackageTable writes a report of deployment packages for people. By category that
// is all there is to see at a glance: the categories, the largest entries and ELF
// files, duplicates, and files for debuggers; otherwise the rows asked for. Several
// packages have a column each.
func PackageTable(w io.Writer, r *snapshot.Packages, o report.Options) error {
	switch len(r.Packages) {
	case 0:
		return nil
	case 1:
		return onePackage(w, &r.Packages[0], o)
	}
	return packagesSideBySide(w, r.Packages, o)
}

func onePackage(w io.Writer, p *snapshot.Package, o report.Options) error {
	if _, err := fmt.Fprintln(w, display.Clean(p.Path)); err != nil {
		return err
	}
	lines := []string{packageFacts(p), packageSizes(p)}
	if p.SHA256 != "" {
		lines = append(lines, "sha256 "+p.SHA256)
	}
	if err := o.Say(w, lines...); err != nil {
		return err
	}
	tables := []func(io.Writer, *snapshot.Package, report.Options) error{packageOwnerTable}
	switch o.By {
	case breakdown.ByEntry:
		tables = []func(io.Writer, *snapshot.Package, report.Options) error{entryTable}
	case breakdown.ByCategory:
		tables = []func(io.Writer, *snapshot.Package, report.Options) error{categoryTable, entryTable, elfTable, duplicateTable, debugTable}
	}
	for _, table := range tables {
		if err := table(w, p, o); err != nil {
			return err
		}
	}
	return nil
}

// packageTableOf is a table below another, of which zip archives have one column
// more, in front of the unzipped size.
type packageTableOf struct {
	*texttable.Table
	zip bool
}

// newPackageTable begins one whose header is these columns, the sizes and the share.
func newPackageTable(w io.Writer, p *snapshot.Package, o report.Options, left int, header ...string) packageTableOf {
	t := packageTableOf{zip: perEntry(p)}
	share := "share"
	if t.zip {
		share = "of unzipped" // two columns of sizes stand in front of it
	}
	t.Table = texttable.New(w, o.Medium, t.cells(append(header, "zipped", "unzipped", share)), left)
	return t
}

// cells leaves out the column zipped, which is the third from the right.
func (t *packageTableOf) cells(cells []string) []string {
	if !t.zip {
		return slices.Delete(cells, len(cells)-3, len(cells)-2)
	}
	return cells
}

// line adds a row that ends in zipped, unzipped and its share.
func (t *packageTableOf) line(zipped, unzipped, whole uint64, cells ...string) {
	t.Add(t.cells(append(cells, sizeCells(zipped, unzipped, whole)...))...)
}

// fixedLine is line for a row that is a sum.
func (t *packageTableOf) fixedLine(zipped, unzipped, whole uint64, cells ...string) {
	t.AddSum(t.cells(append(cells, sizeCells(zipped, unzipped, whole)...))...)
}

func sizeCells(zipped, unzipped, whole uint64) []string {
	return []string{bytesize.Size(zipped).Grouped(), bytesize.Size(unzipped).Grouped(), bytesize.Percent(unzipped, whole)}
}

func categoryTable(w io.Writer, p *snapshot.Package, o report.Options) error {
	t := newPackageTable(w, p, o, 1, "category", "files")
	files := 0
	for _, r := range packageRows(p, breakdown.ByCategory) {
		files += r.files
		t.line(r.zipped, r.Size, p.Unzipped, r.Name, bytesize.Size(r.files).Grouped())
		t.Bar(r.Size)
	}
	if t.zip {
		t.AddSum("[overhead]", "", bytesize.Size(p.Overhead).Grouped(), "", "")
	}
	t.fixedLine(p.Size, p.Unzipped, p.Unzipped, "total: package", bytesize.Size(files).Grouped())
	return t.RenderBelow()
}

func entryTable(w io.Writer, p *snapshot.Package, o report.Options) error {
	rows := entryRows(p)
	if rows.len == 0 && o.By == breakdown.ByCategory {
		return nil
	}
	t := newPackageTable(w, p, o, 2, "entry", "category")
	t.Paths = true
	entries := pick(&o.Choice, rows, o.Top)
	for _, r := range entries.shown {
		t.line(r.zipped, r.Size, p.Unzipped, r.Name, r.Note)
		t.Bar(r.Size)
	}
	if n := entries.leftRows; n > 0 {
		t.fixedLine(entries.left.zipped, entries.left.Size, p.Unzipped, "… "+display.More(n, "entry", "entries"), "")
	}
	if entries.hiddenRows > 0 {
		t.fixedLine(entries.hidden.zipped, entries.hidden.Size, p.Unzipped, "… not matched by --filter", "")
	}
	if o.By == breakdown.ByEntry {
		if t.zip {
			t.AddSum("[overhead]", "", bytesize.Size(p.Overhead).Grouped(), "", "")
		}
		t.fixedLine(p.Size, p.Unzipped, p.Unzipped, "total: package", "")
	}
	return t.RenderBelow()
}

// maxLargest is how many columns the name of an ELF file's largest owner takes.
const maxLargest = 24

// elfTable shows what each ELF file is; whose their code is, is another table.
func elfTable(w io.Writer, p *snapshot.Package, o report.Options) error {
	if len(p.Binaries) == 0 {
		return nil
	}
	names, reasons := packageVariants(p)
	t := texttable.New(w, o.Medium, slices.Concat([]string{"ELF file", "largest owner", "bytes"}, names, []string{".text"}), 2)
	t.Paths = true
	rows := elfRows(&o.Choice, p)
	left, hidden := elfRow{}, elfRow{}
	hiddenRows, files, text := 0, uint64(0), uint64(0)
	sum := func(label string, size, text uint64) {
		cells := []string{label, "", bytesize.Size(size).Grouped()}
		cells = append(cells, make([]string, len(names))...)
		t.AddSum(append(cells, bytesize.Size(text).Grouped())...)
	}
	var matched []*elfRow
	for i := range rows {
		r := &rows[i]
		files += r.Size
		text += r.text
		if !o.Matches(&r.Row) {
			hiddenRows++
			hidden.Size += r.Size
			hidden.text += r.text
			continue
		}
		matched = append(matched, r)
	}
	shown := breakdown.ShownOf(len(matched), o.Top)
	for _, r := range matched[:shown] {
		cells := []string{r.Name, display.Fit(display.Clean(r.owner), maxLargest), bytesize.Size(r.Size).Grouped()}
		for _, name := range names {
			cells = append(cells, variantCell(r.binary, name))
		}
		t.Add(append(cells, bytesize.Size(r.text).Grouped())...)
		t.Bar(r.Size)
	}
	for _, r := range matched[shown:] {
		left.Size += r.Size
		left.text += r.text
	}
	if n := len(matched) - shown; n > 0 {
		sum("… "+display.More(n, "ELF file", "ELF files"), left.Size, left.text)
	}
	if hiddenRows > 0 {
		sum("… not matched by --filter", hidden.Size, hidden.text)
	}
	sum("total: ELF files", files, text)
	if err := t.RenderBelow(); err != nil {
		return err
	}
	return o.Say(w, append(reasons, "whose code it is, of all files together: --by package, module or origin")...)
}

func duplicateTable(w io.Writer, p *snapshot.Package, o report.Options) error {
	if len(p.Duplicates) == 0 {
		return nil
	}
	t := texttable.New(w, o.Medium, []string{"same contents", "copies", "bytes of one", "wasted", "of unzipped"}, 1)
	t.Paths = true
	cells := func(label, copies, one string, wasted uint64) []string {
		return []string{label, copies, one, bytesize.Size(wasted).Grouped(), bytesize.Percent(wasted, p.Unzipped)}
	}
	rows := duplicateRows(&o.Choice, p)
	groups := pick(&o.Choice, listOf(rows), o.Top)
	for _, r := range groups.shown {
		t.Add(cells(r.Name, bytesize.Size(r.files).Grouped(), bytesize.Size(r.zipped).Grouped(), r.Size)...)
		t.Bar(r.Size)
	}
	if groups.leftRows > 0 {
		t.AddSum(cells("… "+display.More(groups.leftRows, "group", "groups"), bytesize.Size(groups.left.files).Grouped(), "", groups.left.Size)...)
	}
	if groups.hiddenRows > 0 {
		t.AddSum(cells("… not matched by --filter", bytesize.Size(groups.hidden.files).Grouped(), "", groups.hidden.Size)...)
	}
	var all packageRow
	for i := range rows {
		all.add(&rows[i])
	}
	t.AddSum(cells("total: duplicates", bytesize.Size(all.files).Grouped(), "", all.Size)...)
	return t.RenderBelow()
}

// debugTable lists what only a debugger reads and what should stay at home.
func debugTable(w io.Writer, p *snapshot.Package, o report.Options) error {
	rows := debugRows(p)
	if len(rows) == 0 {
		return nil
	}
	t := newPackageTable(w, p, o, 1, "for debuggers, not to ship")
	t.Paths = true
	files := pick(&o.Choice, listOf(rows), o.Top)
	var all packageRow
	for i := range rows {
		all.add(&rows[i])
	}
	for _, r := range files.shown {
		t.line(r.zipped, r.Size, p.Unzipped, r.Name)
		t.Bar(r.Size)
	}
	if files.leftRows > 0 {
		t.fixedLine(files.left.zipped, files.left.Size, p.Unzipped, "… "+display.More(files.leftRows, "file", "files"))
	}
	if files.hiddenRows > 0 {
		t.fixedLine(files.hidden.zipped, files.hidden.Size, p.Unzipped, "… not matched by --filter")
	}
	t.fixedLine(all.zipped, all.Size, p.Unzipped, "total: debug files")
	return t.RenderBelow()
}

// packageOwnerTable shows what all ELF files of a package have together.
func packageOwnerTable(w io.Writer, p *snapshot.Package, o report.Options) error {
	rests := restsOf(&o.Choice, p)
	total := rests[len(rests)-1].size
	name := rowNameIn([]snapshot.Package{*p}, o.By)
	t := texttable.New(w, o.Medium, []string{name, "ELF files", "bytes", "share"}, 1)
	cells := func(label, files string, size uint64) []string {
		return []string{label, files, bytesize.Size(size).Grouped(), bytesize.Percent(size, total)}
	}
	rows := pick(&o.Choice, listOf(packageRows(p, o.By)), o.Top)
	for i := range rows.shown {
		r := &rows.shown[i]
		t.Add(cells(packageLabel(&o.Choice, r), display.CountCell(r.files), r.Size)...)
		t.Bar(r.Size)
	}
	if rows.leftRows > 0 {
		t.AddSum(cells("… "+breakdown.MoreRows(rows.leftRows, name), "", rows.left.Size)...)
	}
	if rows.hiddenRows > 0 {
		t.AddSum(cells("… not matched by --filter", "", rows.hidden.Size)...)
	}
	for i, r := range rests {
		files := ""
		if i == len(rests)-1 {
			files = display.CountCell(len(p.Binaries))
		}
		t.AddSum(cells(r.label, files, r.size)...)
	}
	if err := t.RenderBelow(); err != nil {
		return err
	}
	return o.Legend(w, t)
}

// packagesSideBySide shows several packages, a column for each.
func packagesSideBySide(w io.Writer, packages []snapshot.Package, o report.Options) error {
	for i := range packages {
		p := &packages[i]
		if err := o.SayOf(w, display.Numbered(i), p.Path, packageFacts(p)+", "+packageSizes(p)); err != nil {
			return err
		}
	}
	kinds := []breakdown.By{o.By}
	if o.By == breakdown.ByCategory {
		kinds = append(kinds, breakdown.ByEntry)
	}
	for _, by := range kinds {
		o.By = by
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
		if err := packageColumns(w, packages, o); err != nil {
			return err
		}
	}
	return nil
}

// packageColumns is one table with a row for what any of the packages has.
func packageColumns(w io.Writer, packages []snapshot.Package, o report.Options) error {
	header, what := []string{rowNameIn(packages, o.By)}, "bytes"
	if o.By == breakdown.ByCategory || o.By == breakdown.ByEntry {
		what = "unzipped"
	}
	for i := range packages {
		header = append(header, display.Numbered(i)+" "+what)
	}
	t := texttable.New(w, o.Medium, header, 1)
	t.Paths, t.Files = o.By == breakdown.ByEntry, true
	cells := func(name string, size func(i int) uint64) []string {
		list := []string{name}
		for i := range packages {
			list = append(list, bytesize.Size(size(i)).Grouped())
		}
		return list
	}
	addFixed := func(name string, size func(i int) uint64) { t.AddSum(cells(name, size)...) }
	var rows []packageRow // with the largest size
	sizes := make(map[string][]uint64)
	for i := range packages {
		for _, r := range packageRows(&packages[i], o.By) {
			if o.By == breakdown.ByEntry {
				r.Note = "" // a path is one row, whatever it is
			}
			of := sizes[r.Key()]
			if of == nil {
				of = make([]uint64, len(packages))
				sizes[r.Key()] = of
				rows = append(rows, r)
			}
			of[i] += r.Size
		}
	}
	if o.By != breakdown.ByCategory {
		for i := range rows {
			rows[i].Size = slices.Max(sizes[rows[i].Key()])
		}
		sortRows(rows)
	}
	top := o.Top
	if o.By == breakdown.ByCategory {
		o.Filter, top = nil, 0 // which are about paths
	}
	left, hidden := make([]uint64, len(packages)), make([]uint64, len(packages))
	chosen := pick(&o.Choice, listOf(rows), top)
	shown := make(map[string]bool, len(chosen.shown))
	for i := range chosen.shown {
		r := &chosen.shown[i]
		shown[r.Key()] = true
		t.Add(cells(packageLabel(&o.Choice, r), func(i int) uint64 { return sizes[r.Key()][i] })...)
	}
	for i := range rows {
		r := &rows[i]
		into := left
		switch {
		case shown[r.Key()]:
			continue
		case !o.Matches(&r.Row):
			into = hidden
		}
		for i, size := range sizes[r.Key()] {
			into[i] += size
		}
	}
	if chosen.leftRows > 0 {
		addFixed("… "+display.More(chosen.leftRows, "row", "rows"), func(i int) uint64 { return left[i] })
	}
	if chosen.hiddenRows > 0 {
		addFixed("… not matched by --filter", func(i int) uint64 { return hidden[i] })
	}
	switch o.By {
	case breakdown.ByCategory:
		addFixed("total: unzipped", func(i int) uint64 { return packages[i].Unzipped })
		addFixed("package on disk", func(i int) uint64 { return packages[i].Size })
		addFixed("wasted by duplicates", func(i int) uint64 { return wasted(&packages[i]) })
	case breakdown.ByEntry:
		addFixed("total: unzipped", func(i int) uint64 { return packages[i].Unzipped })
	default:
		for n, r := range restsOf(&o.Choice, &packages[0]) {
			addFixed(r.label, func(i int) uint64 { return restsOf(&o.Choice, &packages[i])[n].size })
		}
	}
	return t.Render()
}

// wasted is the bytes of duplicates without one of each.
func wasted(p *snapshot.Package) uint64 {
	sum := uint64(0)
	for _, d := range p.Duplicates {
		sum += d.Wasted
	}
	return sum
}
