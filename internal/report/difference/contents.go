package difference

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/compare/contents"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// contentsView is a difference of packages or images, with what is said of both sides.
type contentsView struct {
	*contents.Diff
	old, new contentsSide
}

// contentsSide is one side in a heading.
type contentsSide struct{ name, path, facts string }

func packagesView(d *contents.Packages) contentsView {
	side := func(p *snapshot.Package) contentsSide {
		files := 0
		for _, c := range p.Categories {
			files += c.Files
		}
		return contentsSide{p.Name, p.Path, p.Format + ", " + display.Counted(files, "file")}
	}
	return contentsView{&d.Diff, side(d.Old), side(d.New)}
}

func imagesView(d *contents.Images) contentsView {
	side := func(m *snapshot.Image) contentsSide {
		facts := []string{m.Format}
		if m.Platform != "" {
			facts = append(facts, display.Fact(m.Platform))
		}
		return contentsSide{m.Name, m.Source, strings.Join(append(facts, display.Counted(len(m.Layers), "layer")), ", ")}
	}
	return contentsView{&d.Diff, side(d.Old), side(d.New)}
}

// PackageTable writes a difference of packages for people: both sizes, and what changed
// by category and by entry, unzipped and in the archive, the most first. A list of what
// changed has at most top rows, 0 for all, and adds up to the size that it is about.
func PackageTable(w io.Writer, d *contents.Packages, top int, m display.Medium) error {
	v := packagesView(d)
	return v.table(w, top, m)
}

// ImageTable writes a difference of images for people, as PackageTable does: by layer,
// stored and unpacked, and by the files in the end.
func ImageTable(w io.Writer, d *contents.Images, top int, m display.Medium) error {
	v := imagesView(d)
	return v.table(w, top, m)
}

// PackageMarkdown writes a difference of packages for GitHub: the sizes and the
// categories, and folded away all else. Its length is bounded as that of Markdown.
func PackageMarkdown(w io.Writer, d *contents.Packages, top int) error {
	v := packagesView(d)
	return v.markdown(w, top)
}

// ImageMarkdown writes a difference of images for GitHub, as PackageMarkdown does: the
// layers come first.
func ImageMarkdown(w io.Writer, d *contents.Images, top int) error {
	v := imagesView(d)
	return v.markdown(w, top)
}

func (v *contentsView) table(w io.Writer, top int, m display.Medium) error {
	err := errors.Join(m.SayOf(w, "old", v.old.path, v.old.facts), m.SayOf(w, "new", v.new.path, v.new.facts))
	for i := range v.Totals {
		err = errors.Join(err, m.Say(w, inWords(&v.Totals[i].Row)))
	}
	if v.Identical() {
		return errors.Join(err, m.Say(w, "", noDifference))
	}
	for _, l := range v.lists() {
		p := divide(l.rows, top, false)
		if _, e := fmt.Fprintln(w); e != nil {
			return e
		}
		err = errors.Join(err, l.write(w, &p, m))
	}
	if len(v.Programs) > 0 {
		err = errors.Join(err, m.Say(w, "", v.programs(display.Fact)))
	}
	return err
}

func (v *contentsView) markdown(w io.Writer, top int) error {
	if top <= 0 || top > maxRows {
		top = maxRows
	}
	m := &diffMarkdown{}
	var totals []string
	for i := range v.Totals {
		totals = append(totals, v.Totals[i].Name+" "+deltaInWords(&v.Totals[i].Row))
	}
	m.linef("**%s: %s**", display.MarkdownName(v.new.name), strings.Join(totals, ", "))
	m.linef("")
	m.warnings(v.Warnings)
	lists := v.lists()
	for i := range lists {
		if l := &lists[i]; i == 0 {
			m.open(l, top)
		} else {
			title := plural(l.name) + strings.TrimPrefix(l.heading, l.name)
			m.details(strings.ToUpper(title[:1])+title[1:], l, top)
		}
	}
	switch {
	case v.Identical():
		m.linef("%s%s.", strings.ToUpper(noDifference[:1]), noDifference[1:])
	case len(v.Programs) > 0:
		m.linef("%s", v.programs(display.MarkdownName))
	}
	_, err := io.WriteString(w, m.text.String())
	return err
}

// programs says how to see what changed in ELF files. shown makes a path fit to be shown.
func (v *contentsView) programs(shown func(path string) string) string {
	more, one := "", "copy it"
	if n := len(v.Programs) - 1; n > 0 {
		more, one = " and "+display.More(n, "ELF file", "ELF files"), "copy one"
	}
	return fmt.Sprintf("whose code changed in %s%s: %s out of both sides, and sizegate diff shows its packages and crates", shown(v.Programs[0]), more, one)
}

// lists are the tables in which something changed.
func (v *contentsView) lists() []list {
	var lists []list
	for i := range v.Totals {
		t := &v.Totals[i]
		for _, from := range t.Lists {
			l := list{name: string(from.Of), rows: from.Rows, label: contentsLabel, total: &t.Row}
			l.heading = l.name + map[string]string{contents.Archive: ", zipped", contents.Stored: ", stored"}[t.Name]
			if t.Name == contents.Unpacked && from.Of == contents.Layer {
				l.heading += ", unpacked"
			}
			l.paths = from.Of == contents.Entry || from.Of == contents.File
			// Without a share of any entry the size of the archive says all.
			named := slices.ContainsFunc(from.Rows, func(r compare.Row) bool { return !r.Rest && (r.Old > 0 || r.New > 0) })
			if named && slices.ContainsFunc(from.Rows, func(r compare.Row) bool { return r.Change != compare.Same }) {
				lists = append(lists, l)
			}
		}
	}
	return lists
}

// contentsLabel bounds what an image says of a layer: that can have any length.
func contentsLabel(r *compare.Row) string {
	if r.Kind == string(contents.Layer) {
		return display.Clip(r.Name, display.MaxFact)
	}
	return r.Name
}
