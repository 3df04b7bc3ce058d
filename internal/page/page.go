// Package page writes reports and differences as one HTML page: a treemap, a
// table and a search over every byte of the files.
//
// The steps, each finished before the next begins:
//
//  1. Cells. reportFile and diffFile bring what a snapshot or a difference says
//     into one form: for each section and owner the bytes, and the functions in
//     them. Bytes without an owner have owners of their own ("[padding]" and
//     others), so that the cells of a file add up to it; file.check proves it.
//     packageFile and imageFile do so for entries, and for the ELF files among
//     them; contentsBuilder.check proves it.
//  2. Data. The document is JSON, deflated, in base64.
//  3. Page. Style, script and data are put into one file, whose content
//     security policy allows this style and this script alone.
//
// What is shown is grouped and drawn in the browser, by the files in assets.
package page

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Options say how the files were measured, "" where that is not known. The page
// shows it.
type Options struct {
	View     string // the view that was asked for: "defined", "instantiated", "source" or "auto"; a binary says which it was measured with
	Scope    string // the sections that are divided among owners, as a noun: "executable sections"
	Sizegate string // version of the program; a report has it itself
}

// Report writes the page of a report. Binaries without functions end at their
// packages and crates. An error is one line.
func Report(w io.Writer, r *snapshot.Report, o Options) error {
	doc := document{Kind: "report", Charged: charged(o.View, r.Binaries...), Scope: o.Scope, Sizegate: oneline.Printable(r.Sizegate)}
	for i := range r.Binaries {
		f, err := reportFile(&r.Binaries[i])
		if err != nil {
			return fmt.Errorf("%s: %w", r.Binaries[i].Path, err)
		}
		doc.Files = append(doc.Files, f)
	}
	return doc.write(w)
}

// write writes the page with the names of the files for its title.
func (doc *document) write(w io.Writer) error {
	if len(doc.Files) == 0 {
		return errors.New("a report of nothing has no page (name a file)")
	}
	title := doc.Files[0].Name
	if n := len(doc.Files) - 1; n > 0 {
		title += " and " + display.Number(n) + " more"
	}
	return write(w, title, doc)
}

// Packages writes the page of deployment packages that pass snapshot.Package.Check.
// ELF files in them end at their packages and crates. An error is one line.
func Packages(w io.Writer, r *snapshot.Packages, o Options) error {
	doc := document{Kind: "package", Scope: o.Scope, Sizegate: oneline.Printable(r.Sizegate)}
	var binaries []snapshot.Binary
	for i := range r.Packages {
		binaries = append(binaries, r.Packages[i].Binaries...)
		f, err := packageFile(&r.Packages[i])
		if err != nil {
			return fmt.Errorf("%s: %w", r.Packages[i].Path, err)
		}
		doc.Files = append(doc.Files, f)
	}
	doc.Charged = charged(o.View, binaries...)
	return doc.write(w)
}

// Images writes the page of container images that pass snapshot.Image.Check. ELF
// files in them end at their packages and crates. An error is one line.
func Images(w io.Writer, r *snapshot.Images, o Options) error {
	doc := document{Kind: "image", Scope: o.Scope, Sizegate: oneline.Printable(r.Sizegate)}
	var binaries []snapshot.Binary
	for i := range r.Images {
		binaries = append(binaries, r.Images[i].Binaries...)
		f, err := imageFile(&r.Images[i])
		if err != nil {
			return fmt.Errorf("%s: %w", r.Images[i].Source, err)
		}
		doc.Files = append(doc.Files, f)
	}
	doc.Charged = charged(o.View, binaries...)
	return doc.write(w)
}

// Diff writes the page of a difference that passes compare.Diff.Check. Functions
// that did not change are one cell for each owner. An error is one line.
func Diff(w io.Writer, d *compare.Diff, o Options) error {
	f, err := diffFile(d)
	if err != nil {
		return fmt.Errorf("%s: %w", d.New.Path, err)
	}
	title := oneline.Printable(d.Old.Name) + " → " + oneline.Printable(d.New.Name)
	return write(w, title, &document{Kind: "diff", Charged: charged(o.View, *d.Old, *d.New), Scope: o.Scope, Sizegate: oneline.Printable(o.Sizegate), Files: []file{f}})
}

func write(w io.Writer, title string, doc *document) error {
	data, err := encode(doc)
	if err != nil {
		return err
	}
	_, err = w.Write(assemble(title, data))
	return err
}

// encode is the document as JSON, deflated, in base64: no character of it means
// anything in HTML.
func encode(doc *document) ([]byte, error) {
	var packed bytes.Buffer
	deflate, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if err := json.NewEncoder(deflate).Encode(doc); err != nil {
		return nil, err
	}
	if err := deflate.Close(); err != nil {
		return nil, err
	}
	return base64.StdEncoding.AppendEncode(nil, packed.Bytes()), nil
}
