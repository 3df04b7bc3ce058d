package difference

import (
	"io"

	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// schema names the form of JSON. Its field names are a contract with
// users.
const schema = "sizegate.diff/v1"

type diffDocument struct {
	Schema    string     `json:"schema"`
	Old       diffBinary `json:"old"`
	New       diffBinary `json:"new"`
	Delta     int64      `json:"delta"` // of the files
	Sections  []JSONRow  `json:"sections"`
	Owners    []JSONRow  `json:"owners"`
	Functions []JSONRow  `json:"functions"` // [] unless both sides have them
	Modules   []JSONRow  `json:"modules"`
	Warnings  []string   `json:"warnings"`
}

type diffBinary struct {
	Name     string `json:"name"`
	Path     string `json:"path"`
	SHA256   string `json:"sha256"`
	Arch     string `json:"arch"`
	Compiler string `json:"compiler"`
	Version  string `json:"version"`
	FileSize uint64 `json:"file_size"`
}

// JSONRow is a row. Sizes are bytes.
type JSONRow struct {
	Name       string         `json:"name"`
	Kind       string         `json:"kind,omitempty"`
	ID         string         `json:"id,omitempty"`
	Owner      string         `json:"owner,omitempty"` // of a function
	Confidence string         `json:"confidence,omitempty"`
	OldVersion string         `json:"old_version,omitempty"`
	NewVersion string         `json:"new_version,omitempty"`
	Old        uint64         `json:"old"`
	New        uint64         `json:"new"`
	Delta      int64          `json:"delta"`
	Change     compare.Change `json:"change"`
}

// JSON writes every row of a difference, unchanged ones too, as
// "sizegate.diff/v1".
func JSON(w io.Writer, d *compare.Diff) error {
	return snapshot.Encode(w, diffDocument{
		Schema: schema, Old: newDiffBinary(d.Old), New: newDiffBinary(d.New), Delta: int64(d.New.FileSize - d.Old.FileSize),
		Sections: JSONRows(d.Sections), Owners: JSONRows(d.Owners), Functions: JSONRows(d.Functions), Modules: JSONRows(d.Modules),
		Warnings: append([]string{}, d.Warnings...),
	})
}

func newDiffBinary(b *snapshot.Binary) diffBinary {
	return diffBinary{Name: b.Name, Path: b.Path, SHA256: b.SHA256, Arch: b.Arch, Compiler: b.Compiler, Version: b.Version, FileSize: b.FileSize}
}

// JSONRows is never nil, so that an empty list is [] in JSON.
func JSONRows(rows []compare.Row) []JSONRow {
	out := make([]JSONRow, len(rows))
	for i := range rows {
		r := &rows[i]
		out[i] = JSONRow{Name: r.Name, Kind: r.Kind, ID: r.ID, Owner: r.Owner, Confidence: r.Confidence, OldVersion: r.OldVersion,
			NewVersion: r.NewVersion, Old: r.Old, New: r.New, Delta: r.Delta(), Change: r.Change}
	}
	return out
}
