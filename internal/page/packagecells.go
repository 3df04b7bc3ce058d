package page

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// packageFile is the cells of a package that passes snapshot.Package.Check: its
// entries in the order of the package. Folders without a size are left out: the
// paths say which there are.
func packageFile(p *snapshot.Package) (file, error) {
	if !fits(p.Unzipped, p.Size) {
		return file{}, errTooLarge
	}
	// An archive that is compressed as a whole has no share for an entry, and a
	// directory is none.
	archive := p.Format == string(bundle.FormatZip) || p.Format == string(bundle.FormatTar)
	classes := make([]class, 0, len(p.Categories)+1)
	classAt := make(map[string]int, len(p.Categories))
	for _, c := range p.Categories {
		classAt[c.Name] = len(classes)
		classes = append(classes, class{Kind: "category", Name: c.Name, Origin: c.Name})
	}
	packed := uint64(0)
	if archive {
		packed = p.Size
		classes = append(classes, class{Kind: restKind, Name: "[overhead]", Packed: int64(p.Overhead)})
	}
	b := newContents(classes, len(p.Entries), archive)
	binaries, notes := binariesByPath(p.Binaries), packageNotes(p)
	for i := range p.Entries {
		e := &p.Entries[i]
		switch {
		case e.Replaced:
			if archive {
				b.entry(classAt[e.Category], e.Path, replacedType, 0, e.Zipped, "a later entry has the same path")
			}
			continue
		case e.Type == string(bundle.Directory) && e.Unzipped == 0 && e.Zipped == 0:
			continue
		}
		list := notes[e.Path]
		if e.Target != "" {
			list = append(list, "to "+e.Target)
		}
		if e.Opaque {
			list = append(list, "cannot be read")
		}
		binary := binaries[e.Path]
		if binary != nil {
			list = append(list, programNote(binary))
		}
		b.entry(classAt[e.Category], e.Path, e.Type, e.Unzipped, e.Zipped, list...)
		if binary != nil {
			if err := b.program(binary); err != nil {
				return file{}, err
			}
		}
	}
	return b.finish(p.Name, p.Unzipped, packed, packageFacts(p), p.Warnings)
}

// packageNotes is what the lists of a package say of its entries, by path.
func packageNotes(p *snapshot.Package) map[string][]string {
	notes := make(map[string][]string)
	for _, d := range p.Duplicates {
		for _, path := range d.Paths {
			notes[path] = append(notes[path], fmt.Sprintf("one of %s files with the same contents, which waste %s", bytesize.Size(len(d.Paths)).Grouped(), inBytes(d.Wasted)))
		}
	}
	for _, path := range p.Debug {
		notes[path] = append(notes[path], "for debuggers, not to ship")
	}
	return notes
}

func packageFacts(p *snapshot.Package) [][2]string {
	var list factList
	files, wasted := 0, uint64(0)
	for _, c := range p.Categories {
		files += c.Files
	}
	for _, d := range p.Duplicates {
		wasted += d.Wasted
	}
	list.add("Path", p.Path)
	list.add("Format", p.Format)
	list.add("Unzipped", exact(p.Unzipped))
	if p.Format != string(bundle.FormatDirectory) {
		list.add("Archive", exact(p.Size))
	}
	list.add("SHA-256", p.SHA256)
	list.add("Files", bytesize.Size(files).Grouped())
	list.add("ELF files", bytesize.Size(len(p.Binaries)).Grouped())
	if len(p.Duplicates) > 0 {
		list.add("Wasted by duplicates", exact(wasted))
	}
	return list
}
