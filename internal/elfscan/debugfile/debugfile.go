// Package debugfile finds the separate debug file of a stripped ELF file, and proves
// that it is of the same build.
package debugfile

import (
	"debug/elf"
	"errors"
	"fmt"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/buildrecord"
)

// File is a separate debug file: it has the symbols and debug information that were
// stripped from a program, and none of the bytes that are counted. Its headers
// repeat those of the program, whose contents it leaves out.
type File struct {
	// Binary is the debug file as a file of its own, for its debug sections.
	// What its loaded sections hold is not in it.
	Binary *elfscan.Binary
	path   string
	// partner has, for the position of a section of the debug file, the position
	// of that section in the program, -1 if it is not there.
	partner []int
}

// Open opens the debug file of b at path. It is an error if that was not split from
// the same build as b, or has nothing to add. The error is an *elfscan.Error that
// names the debug file.
func Open(b *elfscan.Binary, path string) (*File, error) {
	d, err := open(b, path)
	if err != nil {
		return nil, inDebugFile(path, err)
	}
	return d, nil
}

func open(b *elfscan.Binary, path string) (*File, error) {
	other, err := elfscan.Open(path)
	if err != nil {
		return nil, err
	}
	d := &File{Binary: other, path: path}
	if err := d.match(b); err != nil {
		other.Close()
		return nil, err
	}
	return d, nil
}

// inDebugFile says in which file a problem is. Errors are shown beside the name
// of the file that is measured.
func inDebugFile(path string, err error) error {
	if err == nil {
		return nil
	}
	wrapped := &elfscan.Error{Problem: "debug file " + elfscan.OneLine(path) + ": " + elfscan.OneLine(err.Error()), Hint: "check the debug file", Err: err}
	var own *elfscan.Error
	if errors.As(err, &own) {
		wrapped.Problem, wrapped.Hint = "debug file "+elfscan.OneLine(path)+": "+own.Problem, own.Hint
	}
	return wrapped
}

// match proves that d is of b: by the build IDs and the layout of the code, or by
// the whole layout where neither file has an ID. (Tools that edit a program keep
// its ID, and move what is not code.)
func (d *File) match(b *elfscan.Binary) error {
	const hint = "name the debug file that was split from this build"
	if d.Binary.Arch != b.Arch {
		return &elfscan.Error{Problem: fmt.Sprintf("for %s, and the program is for %s", d.Binary.Arch, b.Arch), Hint: hint}
	}
	mine, its := buildrecord.ID(b), buildrecord.ID(d.Binary)
	if mine != its {
		return &elfscan.Error{Problem: fmt.Sprintf("of another build: its build ID is %s, the program's is %s", shownID(its), shownID(mine)), Hint: hint}
	}
	if b.BySegment || d.Binary.BySegment {
		return &elfscan.Error{Problem: "cannot be matched: one of the two files has no section headers", Hint: "split and strip the file with objcopy and strip"}
	}
	name, code := d.mapSections(b)
	switch {
	case name != "" && mine == "":
		return &elfscan.Error{Problem: fmt.Sprintf("of another build: neither file has a build ID, and section %s is not the same in both", elfscan.OneLine(name)), Hint: hint}
	case code:
		return &elfscan.Error{Problem: fmt.Sprintf("of another file: it has the program's build ID, but section %s is not the same in both", elfscan.OneLine(name)), Hint: hint}
	}
	if !d.Binary.HasSymtab() && !d.HasInfo() {
		return &elfscan.Error{Problem: "has neither symbols nor debug information", Hint: "make it with objcopy --only-keep-debug from the file before stripping"}
	}
	return nil
}

func shownID(id string) string {
	if id == "" {
		return "missing"
	}
	return elfscan.OneLine(id)
}

// mapSections pairs the loaded sections of both files by name, address and size.
// It returns the name of one that has no partner, "" if all have, and whether
// that is code, which is looked for first.
func (d *File) mapSections(b *elfscan.Binary) (name string, code bool) {
	type place struct {
		name       string
		addr, size uint64
	}
	mine := make(map[place]int)
	for i := range b.Sections {
		s := &b.Sections[i]
		p := place{s.Base, s.Addr, s.Size}
		if _, twice := mine[p]; s.Alloc() && !twice {
			mine[p] = i
		}
	}
	alone := func(s *elfscan.Section) {
		if isCode := s.Flags&elf.SHF_EXECINSTR != 0; name == "" || isCode && !code {
			name, code = s.Name, isCode
		}
	}
	paired := make(map[place]bool)
	d.partner = make([]int, len(d.Binary.Sections))
	for i := range d.Binary.Sections {
		d.partner[i] = -1
		s := &d.Binary.Sections[i]
		if !s.Alloc() {
			continue
		}
		p := place{s.Base, s.Addr, s.Size}
		if at, found := mine[p]; found {
			d.partner[i] = at
			paired[p] = true
		} else {
			alone(s)
		}
	}
	for i := range b.Sections {
		if s := &b.Sections[i]; s.Alloc() && !paired[place{s.Base, s.Addr, s.Size}] {
			alone(s)
		}
	}
	return name, code
}

// HasInfo says whether the debug file has debug information besides symbols.
func (d *File) HasInfo() bool {
	for i := range d.Binary.Sections {
		s := &d.Binary.Sections[i]
		if (s.Base == ".debug_info" || s.Base == ".zdebug_info") && s.Type != elf.SHT_NOBITS && s.Size > 0 {
			return true
		}
	}
	return false
}

// Symbols reads the debug file's symbol table, as if it were the program's own. It
// is empty, with the source "none", if there is none that can be used.
func (d *File) Symbols() (t *elfscan.SymbolTable, warnings []string, err error) {
	t, warnings, err = d.Binary.SymbolsOf(d.partner)
	for i, w := range warnings {
		warnings[i] = "debug file " + elfscan.OneLine(d.path) + ": " + w
	}
	if err != nil {
		return nil, warnings, inDebugFile(d.path, err)
	}
	return t, warnings, nil
}

// Comments are the debug file's own: see buildrecord.Comments.
func (d *File) Comments() ([]string, error) {
	found, err := buildrecord.Comments(d.Binary)
	if err != nil {
		return nil, inDebugFile(d.path, err)
	}
	return found, nil
}

// Close closes the debug file. That of a nil File does nothing.
func (d *File) Close() error {
	if d == nil {
		return nil
	}
	return d.Binary.Close()
}

// Err is Binary.Err of the debug file. For a nil File it is nil.
func (d *File) Err() error {
	if d == nil {
		return nil
	}
	return inDebugFile(d.path, d.Binary.Err())
}

// Unchanged is Binary.Unchanged of the debug file. For a nil File it is nil.
func (d *File) Unchanged() error {
	if d == nil {
		return nil
	}
	return inDebugFile(d.path, d.Binary.Unchanged())
}
