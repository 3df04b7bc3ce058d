package page

import (
	"errors"
	"fmt"

	"github.com/sizegate/sizegate/internal/oneline"
)

// document is what the page's script reads. All text in it is printable.
type document struct {
	Kind     string `json:"kind"`    // "report", "diff", "package" or "image"
	Charged  string `json:"charged"` // whom code counts for, in sentences; "" where no view makes a difference
	Scope    string `json:"scope"`
	Sizegate string `json:"sizegate"`
	Files    []file `json:"files"` // one of a difference
}

// file is one program, package or image. Sizes are bytes. Columns of one table are
// parallel.
type file struct {
	Name     string      `json:"name"`
	Size     int64       `json:"size"`
	Old      int64       `json:"old"`   // of a difference; else 0
	Facts    [][2]string `json:"facts"` // a label and a value
	Warnings []string    `json:"warnings"`
	Sections []section   `json:"sections"`
	Owners   []owner     `json:"owners"`
	Groups   groups      `json:"groups"`
	// Functions of all groups, one group after the other.
	Functions functions `json:"functions"`
	// Contents are in place of groups where the file has other files in it.
	Contents *contents `json:"contents,omitempty"`
}

type section struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// owner is who has bytes. The bytes that nobody has belong to owners of the kind
// "rest".
type owner struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	ID      string `json:"id,omitempty"`
	Module  string `json:"module,omitempty"`
	Version string `json:"version,omitempty"` // of a difference perhaps "v1.0.0 → v1.1.0"
	Origin  string `json:"origin,omitempty"`
}

// groups are the bytes of one owner in one section.
type groups struct {
	Section  []int   `json:"section"` // position in file.Sections, -1 for bytes outside all sections
	Owner    []int   `json:"owner"`   // position in file.Owners
	Size     []int64 `json:"size"`
	Old      []int64 `json:"old,omitempty"`
	Inferred []int64 `json:"inferred,omitempty"` // of Size, what was concluded and not read; not of a difference
	Count    []int   `json:"count"`              // functions
}

// functions are named parts of groups. A size is the difference to that of the
// function before it in the group; the first one's is whole.
type functions struct {
	Name []string `json:"name"`
	Size []int64  `json:"size"`
	Old  []int64  `json:"old,omitempty"`
}

// restKind is the kind of owners that stand for bytes of nobody.
const restKind = "rest"

// maxExact is the largest size that a number in a browser holds exactly.
const maxExact = 1<<53 - 1

var errTooLarge = errors.New("has sizes that a browser cannot add up exactly (use -f json)")

// fits says whether a browser can hold each of the sizes.
func fits(sizes ...uint64) bool {
	for _, s := range sizes {
		if s > maxExact {
			return false
		}
	}
	return true
}

// group begins a group; the functions that are added next are its own.
func (f *file) group(section, owner int, size, old, inferred uint64, diff bool) {
	g := &f.Groups
	g.Section = append(g.Section, section)
	g.Owner = append(g.Owner, owner)
	g.Size = append(g.Size, int64(size))
	g.Count = append(g.Count, 0)
	if diff {
		g.Old = append(g.Old, int64(old))
	} else {
		g.Inferred = append(g.Inferred, int64(inferred))
	}
}

// Positions in file.Owners of those that stand for bytes of nobody.
const (
	padding = iota
	unattributed
	headers
	gaps
)

// newFile is a file without cells. Its lists are empty and not nil, which JSON
// tells apart.
func newFile(name string, size, old uint64, facts [][2]string, warnings []string) file {
	return file{
		Name: oneline.Printable(name), Size: int64(size), Old: int64(old), Facts: facts, Warnings: visibleAll(warnings),
		Sections: []section{},
		Owners: []owner{
			padding:      {Kind: restKind, Name: "[padding]"},
			unattributed: {Kind: restKind, Name: "[unattributed]"},
			headers:      {Kind: restKind, Name: "[headers]"},
			gaps:         {Kind: restKind, Name: "[gaps]"},
		},
		Groups:    groups{Section: []int{}, Owner: []int{}, Size: []int64{}, Count: []int{}},
		Functions: functions{Name: []string{}, Size: []int64{}},
	}
}

// check proves that the cells add up to the file. A failure is a bug of this
// program.
func (f *file) check() error {
	for _, side := range []struct {
		what  string
		sizes []int64
		file  int64
	}{{"cells", f.Groups.Size, f.Size}, {"cells of the old side", f.Groups.Old, f.Old}} {
		sum := int64(0)
		for _, s := range side.sizes {
			sum += s
		}
		if sum != side.file {
			return fmt.Errorf("internal error: the %s of the page add up to %d, not to the file's %d bytes (please report this with the file)", side.what, sum, side.file)
		}
	}
	return nil
}
