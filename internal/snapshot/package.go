package snapshot

import (
	"encoding/hex"
	"fmt"
	"io"

	"github.com/sizegate/sizegate/internal/bundle"
)

// PackageSchema is the value of Packages.Schema.
const PackageSchema = "sizegate.package/v1"

// Packages is the measurements of deployment packages in one run.
type Packages struct {
	Schema   string    `json:"schema"`
	Sizegate string    `json:"sizegate"` // version of the program
	Packages []Package `json:"packages"` // in the order of the command line
}

// Package is the measurements of one deployment package. All sizes are bytes.
type Package struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	SHA256 string `json:"sha256"` // of an archive, "" unless asked for
	Format string `json:"format"` // "directory", "zip", "tar", "tar+gzip" or "tar+zstd"
	Size   uint64 `json:"size"`   // of the archive; of a directory the same as Unzipped
	// Zipped is what the entries take in the archive and Overhead the rest of it,
	// both 0 in a directory.
	Zipped   uint64 `json:"zipped"`
	Overhead uint64 `json:"overhead"`
	Unzipped uint64 `json:"unzipped"` // of the entries that remain when the archive is unpacked
	// Categories are all there are, those without files too, always in one order.
	Categories []PackageCategory `json:"categories"`
	Entries    []PackageEntry    `json:"entries"` // in the order of the archive, or of the paths in a directory
	Duplicates []Duplicate       `json:"duplicates"`
	Debug      []string          `json:"debug"`    // paths of files that are only of use to a debugger
	Binaries   []Binary          `json:"binaries"` // the ELF files that could be analysed, Path is inside the package
	Warnings   []string          `json:"warnings"`
}

// PackageCategory is the entries of one category. Entries that are replaced count
// in Zipped alone.
type PackageCategory struct {
	Name     string `json:"name"`
	Files    int    `json:"files"`
	Unzipped uint64 `json:"unzipped"`
	Zipped   uint64 `json:"zipped"`
}

// PackageEntry is one entry of a package.
type PackageEntry struct {
	Path     string `json:"path"`
	Type     string `json:"type"` // "file", "directory", "symlink", "hardlink" or "special"
	Category string `json:"category"`
	// Mode is the permission bits as four octal digits, "" where a zip has none.
	Mode       string `json:"mode"`
	Executable bool   `json:"executable"` // a file that someone may execute
	Unzipped   uint64 `json:"unzipped"`
	Zipped     uint64 `json:"zipped"`   // 0 where the archive is compressed as a whole, and in a directory
	Target     string `json:"target"`   // of a link
	Replaced   bool   `json:"replaced"` // a later entry has the same path
	Opaque     bool   `json:"opaque"`   // cannot be read: Unzipped is what the archive says
	ELF        bool   `json:"elf"`
}

// Duplicate is files with the same contents.
type Duplicate struct {
	SHA256 string   `json:"sha256"`
	Size   uint64   `json:"size"`  // of one of them
	Paths  []string `json:"paths"` // at least 2, in the order of the entries
	Wasted uint64   `json:"wasted"`
}

// NewPackage is what p has in it, without its binaries.
func NewPackage(name, path string, p *bundle.Package) Package {
	categories := bundle.Categories()
	out := Package{
		Name: name, Path: path, Format: string(p.Format),
		Size: p.Size, Zipped: p.Zipped, Overhead: p.Overhead, Unzipped: p.Unzipped,
		Categories: make([]PackageCategory, len(categories)),
		Entries:    make([]PackageEntry, len(p.Entries)),
		Duplicates: make([]Duplicate, len(p.Duplicates)),
		Debug:      make([]string, len(p.Debug)),
		Binaries:   []Binary{},
		Warnings:   notNil(p.Warnings),
	}
	at := make(map[bundle.Category]*PackageCategory, len(categories))
	for i, c := range categories {
		out.Categories[i].Name = string(c)
		at[c] = &out.Categories[i]
	}
	modes := make(octal)
	for i := range p.Entries {
		e := &p.Entries[i]
		out.Entries[i] = newEntry(e, p.Format, modes)
		c := at[e.Category]
		c.Zipped += e.Stored
		if e.Replaced {
			continue
		}
		c.Unzipped += e.Size
		if e.Type == bundle.File {
			c.Files++
		}
	}
	for i, group := range p.Duplicates {
		first := &p.Entries[group[0]]
		d := Duplicate{SHA256: hex.EncodeToString(p.Sums[i][:]), Size: first.Size, Wasted: first.Size * uint64(len(group)-1)}
		for _, e := range group {
			d.Paths = append(d.Paths, p.Entries[e].Path)
		}
		out.Duplicates[i] = d
	}
	for i, e := range p.Debug {
		out.Debug[i] = p.Entries[e].Path
	}
	return out
}

func newEntry(e *bundle.Entry, f bundle.Format, modes octal) PackageEntry {
	out := PackageEntry{
		Path: e.Path, Type: string(e.Type), Category: string(e.Category), Mode: modes.text(e.Mode),
		Executable: e.Type == bundle.File && e.Mode&0o111 != 0,
		Unzipped:   e.Size, Zipped: e.Stored, Target: e.Target,
		Replaced: e.Replaced, Opaque: e.Opaque, ELF: e.ELF,
	}
	if f == bundle.FormatZip && e.Mode == 0 {
		out.Mode = ""
	}
	return out
}

// Check proves what every report of a package promises:
//
//  1. what the entries take adds up to Zipped, and with Overhead to the archive;
//  2. the entries that remain add up to Unzipped, and their paths differ;
//  3. the entries of each category add up to it, and the categories to all;
//  4. duplicates and debug files are entries that remain, and each duplicate is in
//     one group;
//  5. each binary is an ELF file among the entries that remain, has its size, and
//     adds up itself.
//
// A report that fails is a bug of the program that made it.
func (p *Package) Check() error {
	remaining := make([]int32, 0, len(p.Entries)) // positions
	sums := make(map[string]*PackageCategory, len(p.Categories))
	var all PackageCategory
	for i := range p.Entries {
		e := &p.Entries[i]
		c := sums[e.Category]
		if c == nil {
			c = &PackageCategory{Name: e.Category}
			sums[e.Category] = c
		}
		c.Zipped += e.Zipped
		all.Zipped += e.Zipped
		if e.Replaced {
			continue
		}
		c.Unzipped += e.Unzipped
		all.Unzipped += e.Unzipped
		if e.Type == string(bundle.File) {
			c.Files++
		}
		remaining = append(remaining, int32(i))
	}
	paths := newByPath(len(remaining), func(i int) string { return p.Entries[remaining[i]].Path })
	if again, ok := paths.twice(); ok {
		return fmt.Errorf("two entries that remain are called %q", again)
	}
	if err := p.checkSizes(all); err != nil {
		return err
	}
	categories := bundle.Categories()
	if len(p.Categories) != len(categories) {
		return fmt.Errorf("there are %d categories, not %d", len(p.Categories), len(categories))
	}
	for i, name := range categories {
		want := PackageCategory{Name: string(name)}
		if c := sums[want.Name]; c != nil {
			want = *c
			delete(sums, want.Name)
		}
		if got := p.Categories[i]; got != want {
			return fmt.Errorf("the category %q is %+v, and its entries are %+v", name, got, want)
		}
	}
	for name := range sums {
		return fmt.Errorf("entries are of the category %q, which there is not", name)
	}
	return p.checkLists(func(path string) *PackageEntry {
		if at, ok := paths.find(path); ok {
			return &p.Entries[remaining[at]]
		}
		return nil
	})
}

// checkSizes holds the sums of the entries against the whole.
func (p *Package) checkSizes(all PackageCategory) error {
	size, zipped := p.Zipped+p.Overhead, p.Zipped
	switch bundle.Format(p.Format) {
	case bundle.FormatDirectory:
		size, zipped = p.Unzipped+p.Zipped+p.Overhead, 0
	case bundle.FormatTarGzip, bundle.FormatTarZstd:
		zipped = 0 // there is no share of an entry in what is compressed as a whole
	}
	switch {
	case all.Zipped != zipped:
		return fmt.Errorf("the entries take %d bytes of the archive, not %d", all.Zipped, zipped)
	case size != p.Size:
		return fmt.Errorf("the parts of the package add up to %d, not to its %d bytes", size, p.Size)
	case all.Unzipped != p.Unzipped:
		return fmt.Errorf("the unpacked entries add up to %d, not to %d", all.Unzipped, p.Unzipped)
	}
	return nil
}

// checkLists holds the lists against the entries that remain, by their paths.
func (p *Package) checkLists(remains func(path string) *PackageEntry) error {
	grouped := make(map[string]bool)
	for _, d := range p.Duplicates {
		if len(d.Paths) < 2 || d.Wasted != d.Size*uint64(len(d.Paths)-1) {
			return fmt.Errorf("%d files of %d bytes with the same contents waste %d", len(d.Paths), d.Size, d.Wasted)
		}
		for _, path := range d.Paths {
			if e := remains(path); e == nil || e.Unzipped != d.Size || grouped[path] {
				return fmt.Errorf("the duplicate %q is no entry of %d bytes, or in two groups", path, d.Size)
			}
			grouped[path] = true
		}
	}
	for _, path := range p.Debug {
		if remains(path) == nil {
			return fmt.Errorf("the debug file %q is no entry", path)
		}
	}
	for i := range p.Binaries {
		b := &p.Binaries[i]
		if e := remains(b.Path); e == nil || !e.ELF || e.Unzipped != b.FileSize {
			return fmt.Errorf("the binary %q is no ELF file of %d bytes in the package", b.Path, b.FileSize)
		}
		if err := b.Check(); err != nil {
			return fmt.Errorf("%q: %w", b.Path, err)
		}
	}
	return nil
}

// Write writes what Encode writes of the report, a part at a time.
func (r *Packages) Write(w io.Writer) error {
	frame := *r
	frame.Packages = emptied(r.Packages)
	return writeAll(w, &frame, "packages", len(r.Packages), func(i int, prefix string) error { return r.Packages[i].write(w, prefix) })
}

func (p *Package) write(w io.Writer, prefix string) error {
	frame := *p
	frame.Entries, frame.Duplicates, frame.Binaries = emptied(p.Entries), emptied(p.Duplicates), emptied(p.Binaries)
	return writeLong(w, &frame, prefix, entryList("entries", p.Entries), duplicateList(p.Duplicates), binaryList(p.Binaries))
}
