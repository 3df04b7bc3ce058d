package difference

import (
	"io"

	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/compare/contents"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// The forms of PackageJSON and ImageJSON. Their field names are a contract with users.
const (
	packageSchema = "sizegate.package-diff/v1"
	imageSchema   = "sizegate.image-diff/v1"
)

type packageDocument struct {
	Schema   string      `json:"schema"`
	Old      packageSide `json:"old"`
	New      packageSide `json:"new"`
	Unzipped contentsRow `json:"unzipped"` // of the packages
	// Archive is of the files as they lie on disk, null unless both are archives.
	Archive          *contentsRow  `json:"archive"`
	Categories       []contentsRow `json:"categories"`        // they add up to Unzipped
	Entries          []contentsRow `json:"entries"`           // they add up to Unzipped, too
	ZippedCategories []contentsRow `json:"zipped_categories"` // they add up to Archive, empty without it
	ZippedEntries    []contentsRow `json:"zipped_entries"`    // they add up to Archive, empty without it
	Programs         []string      `json:"programs"`
	Warnings         []string      `json:"warnings"`
}

type packageSide struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Format string `json:"format"` // as in a report
}

type imageDocument struct {
	Schema         string        `json:"schema"`
	Old            imageSide     `json:"old"`
	New            imageSide     `json:"new"`
	Image          contentsRow   `json:"image"`           // of the images as they are stored
	Unpacked       contentsRow   `json:"unpacked"`        // of the files of all layers
	Layers         []contentsRow `json:"layers"`          // as they are stored; with [config] and [manifest] they add up to Image
	UnpackedLayers []contentsRow `json:"unpacked_layers"` // they add up to Unpacked
	Files          []contentsRow `json:"files"`           // that remain; with [hidden] they add up to Unpacked
	Programs       []string      `json:"programs"`
	Warnings       []string      `json:"warnings"`
}

type imageSide struct {
	Name     string `json:"name"`
	Source   string `json:"source"` // as in a report
	Format   string `json:"format"` // as in a report
	Platform string `json:"platform"`
	Digest   string `json:"digest"` // of the manifest, "" in docker's own format
	ID       string `json:"id"`     // the digest of the config
}

// PackageJSON writes every row of a difference of packages, unchanged ones too, as
// "sizegate.package-diff/v1".
func PackageJSON(w io.Writer, d *contents.Packages) error {
	side := func(p *snapshot.Package) packageSide { return packageSide{p.Name, p.Path, p.SHA256, p.Format} }
	return snapshot.Encode(w, packageDocument{
		Schema: packageSchema, Old: side(d.Old), New: side(d.New),
		Unzipped: *totalRow(&d.Diff, contents.Unzipped), Archive: totalRow(&d.Diff, contents.Archive),
		Categories: contentsRows(d.List(contents.Unzipped, contents.Category)), Entries: contentsRows(d.List(contents.Unzipped, contents.Entry)),
		ZippedCategories: contentsRows(d.List(contents.Archive, contents.Category)), ZippedEntries: contentsRows(d.List(contents.Archive, contents.Entry)),
		Programs: d.Programs, Warnings: append([]string{}, d.Warnings...),
	})
}

// ImageJSON writes every row of a difference of images, unchanged ones too, as
// "sizegate.image-diff/v1".
func ImageJSON(w io.Writer, d *contents.Images) error {
	side := func(m *snapshot.Image) imageSide {
		return imageSide{m.Name, m.Source, m.Format, m.Platform, m.Digest, m.ID}
	}
	return snapshot.Encode(w, imageDocument{
		Schema: imageSchema, Old: side(d.Old), New: side(d.New),
		Image: *totalRow(&d.Diff, contents.Stored), Unpacked: *totalRow(&d.Diff, contents.Unpacked),
		Layers:         contentsRows(d.List(contents.Stored, contents.Layer)),
		UnpackedLayers: contentsRows(d.List(contents.Unpacked, contents.Layer)),
		Files:          contentsRows(d.List(contents.Unpacked, contents.File)),
		Programs:       d.Programs, Warnings: append([]string{}, d.Warnings...),
	})
}

// contentsRow is a row. Sizes are bytes.
type contentsRow struct {
	Name   string         `json:"name"`
	Kind   string         `json:"kind,omitempty"`
	Old    uint64         `json:"old"`
	New    uint64         `json:"new"`
	Delta  int64          `json:"delta"`
	Change compare.Change `json:"change"`
}

func newContentsRow(r *compare.Row) contentsRow {
	return contentsRow{r.Name, r.Kind, r.Old, r.New, r.Delta(), r.Change}
}

// contentsRows is never nil, so that an empty list is [] in JSON.
func contentsRows(rows []compare.Row) []contentsRow {
	out := make([]contentsRow, len(rows))
	for i := range rows {
		out[i] = newContentsRow(&rows[i])
	}
	return out
}

// totalRow is nil for a total that is not there.
func totalRow(d *contents.Diff, name string) *contentsRow {
	if t := d.Total(name); t != nil {
		r := newContentsRow(&t.Row)
		return &r
	}
	return nil
}
