package page

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// contents is what a package or an image has in it: entries, each of one class.
type contents struct {
	// Packed is the size of the archive, or of the image as it is stored; 0 where
	// there is no size but that of the file.
	Packed  int64    `json:"packed"`
	Classes []class  `json:"classes"`
	Types   []string `json:"types"` // what entries can be, for people
	Entries entries  `json:"entries"`
	// Programs are the cells of ELF files, without functions; Program is the
	// position of the entry of each.
	Programs []file `json:"programs"`
	Program  []int  `json:"program"`
}

// class is a category of a package, a layer of an image, or, of the kind "rest",
// something that has no entries.
type class struct {
	Kind   string `json:"kind"` // "category", "layer" or "rest"
	Name   string `json:"name"`
	Origin string `json:"origin"` // what the colour says
	Packed int64  `json:"packed"` // besides that of its entries
}

// entries are columns of one table.
type entries struct {
	Path   []string `json:"path"`
	Class  []int    `json:"class"` // position in contents.Classes
	Type   []int    `json:"type"`  // position in contents.Types
	Size   []int64  `json:"size"`
	Packed []int64  `json:"packed,omitempty"` // nothing if entries have no such size
	Note   []string `json:"note"`             // what else is to be said, "" for nothing
}

// Types of entries that are no files.
const (
	hiddenType   = "hidden"   // the files of a class that are not seen in the end
	replacedType = "replaced" // counts in the archive alone
)

// mostNodes is how many boxes a browser can be asked to keep.
const mostNodes = 500_000

var errTooMany = errors.New("has more than 500,000 folders, files and parts of files, too many for a page (use -f json or csv)")

// contentsBuilder collects the entries of a package or an image.
type contentsBuilder struct {
	contents
	typeAt map[string]int
	folder map[folder]bool // those that were counted
	nodes  int
}

// folder is a path in a class.
type folder struct {
	class int
	path  string
}

func newContents(classes []class, entries int, packed bool) *contentsBuilder {
	b := &contentsBuilder{typeAt: make(map[string]int), folder: make(map[folder]bool)}
	b.Classes, b.Types = classes, []string{}
	b.Programs, b.Program = []file{}, []int{}
	e := &b.Entries
	e.Path, e.Note = make([]string, 0, entries), make([]string, 0, entries)
	e.Class, e.Type, e.Size = make([]int, 0, entries), make([]int, 0, entries), make([]int64, 0, entries)
	if packed {
		e.Packed = make([]int64, 0, entries)
	}
	return b
}

// entry adds an entry. packed is ignored if entries have no such size.
func (b *contentsBuilder) entry(class int, path, kind string, size, packed uint64, notes ...string) {
	at, ok := b.typeAt[kind]
	if !ok {
		at = len(b.Types)
		b.typeAt[kind] = at
		b.Types = append(b.Types, oneline.Printable(kind))
	}
	e := &b.Entries
	e.Path = append(e.Path, oneline.Printable(path))
	e.Class = append(e.Class, class)
	e.Type = append(e.Type, at)
	e.Size = append(e.Size, int64(size))
	if e.Packed != nil {
		e.Packed = append(e.Packed, int64(packed))
	}
	e.Note = append(e.Note, oneline.Printable(strings.Join(notes, "; ")))
	b.nodes++
	// The folders above one that is known are known.
	for n := strings.LastIndexByte(path, '/'); n > 0 && b.nodes <= mostNodes; n = strings.LastIndexByte(path[:n], '/') {
		at := folder{class, path[:n]}
		if b.folder[at] {
			break
		}
		b.folder[at] = true
		b.nodes++
	}
}

// program adds the cells of the ELF file that is the last entry.
func (b *contentsBuilder) program(binary *snapshot.Binary) error {
	whole := *binary
	whole.Functions = nil
	f, err := reportFile(&whole)
	if err != nil {
		return err
	}
	f.Facts = [][2]string{} // the entry's note says what the page shows
	b.Programs = append(b.Programs, f)
	b.Program = append(b.Program, len(b.Entries.Path)-1)
	b.nodes += len(f.Groups.Size)
	return nil
}

// finish is the file with these contents. The sizes of the file are known to fit.
func (b *contentsBuilder) finish(name string, size, packed uint64, facts [][2]string, warnings []string) (file, error) {
	f := newFile(name, size, 0, facts, warnings)
	b.Packed = int64(packed)
	f.Contents = &b.contents
	if b.nodes > mostNodes {
		return f, errTooMany
	}
	for i := range b.Programs {
		for _, w := range b.Programs[i].Warnings {
			f.Warnings = append(f.Warnings, b.Entries.Path[b.Program[i]]+": "+w)
		}
		b.Programs[i].Warnings = []string{}
	}
	return f, b.check(&f)
}

// check proves that the entries add up to the file and to what it takes where it
// is packed, and that ELF files have the sizes of their entries. A failure is a bug
// of this program.
func (b *contentsBuilder) check(f *file) error {
	sum := func(sizes []int64) (sum int64) {
		for _, s := range sizes {
			sum += s
		}
		return sum
	}
	packed := sum(b.Entries.Packed)
	for _, c := range b.Classes {
		packed += c.Packed
	}
	if b.Packed == 0 {
		packed = 0
	}
	const hint = "(please report this with the file)"
	if got := sum(b.Entries.Size); got != f.Size || packed != b.Packed {
		return fmt.Errorf("internal error: the entries of the page add up to %d and %d, not to %d and %d bytes %s", got, packed, f.Size, b.Packed, hint)
	}
	for i := range b.Programs {
		if got, want := b.Programs[i].Size, b.Entries.Size[b.Program[i]]; got != want {
			return fmt.Errorf("internal error: an ELF file of the page has %d bytes and its entry %d %s", got, want, hint)
		}
	}
	return nil
}

// binariesByPath are the ELF files that were analysed.
func binariesByPath(list []snapshot.Binary) map[string]*snapshot.Binary {
	at := make(map[string]*snapshot.Binary, len(list))
	for i := range list {
		at[list[i].Path] = &list[i]
	}
	return at
}

// programNote is what an entry says of the ELF file that it is.
func programNote(b *snapshot.Binary) string {
	note := strings.Join(append([]string{"ELF file", b.Arch}, strings.Fields(b.Compiler)...), " ")
	if view := viewNote(b); view != "" {
		note += "; " + view
	}
	return note
}
