package elfscan

import (
	"debug/elf"
	"errors"
	"fmt"
)

// DebugFile is a separate debug file: it has the symbols and debug information
// that were stripped from a Binary, and none of the bytes that are counted. Its
// headers repeat those of the program, whose contents it leaves out.
type DebugFile struct {
	// Binary is the debug file as a file of its own, for its debug sections.
	// What its loaded sections hold is not in it.
	Binary *Binary
	path   string
	// byHeader has, for a section header index of the debug file, the position
	// of that section in the stripped file, -1 if it is not there.
	byHeader []int32
}

// OpenDebugFile opens the debug file at path. It is an error if that was not
// split from the same build as b, or has nothing to add.
func (b *Binary) OpenDebugFile(path string) (*DebugFile, error) {
	d, err := b.openDebugFile(path)
	if err != nil {
		return nil, inDebugFile(path, err)
	}
	return d, nil
}

func (b *Binary) openDebugFile(path string) (*DebugFile, error) {
	other, err := Open(path)
	if err != nil {
		return nil, err
	}
	d := &DebugFile{Binary: other, path: path}
	if err := d.match(b); err != nil {
		other.Close()
		return nil, err
	}
	return d, nil
}

// inDebugFile says in which file a problem is. Errors are shown beside the name
// of the file that is measured.
func inDebugFile(path string, err error) error {
	wrapped := &Error{Problem: "debug file " + oneLine(path) + ": " + oneLine(err.Error()), Hint: "check the debug file", Err: err}
	var own *Error
	if errors.As(err, &own) {
		wrapped.Problem, wrapped.Hint = "debug file "+oneLine(path)+": "+own.Problem, own.Hint
	}
	return wrapped
}

// match proves that d is of b: by the build IDs and the layout of the code, or by
// the whole layout where neither file has an ID. (Tools that edit a program keep
// its ID, and move what is not code.)
func (d *DebugFile) match(b *Binary) error {
	const hint = "name the debug file that was split from this build"
	if d.Binary.Arch != b.Arch {
		return &Error{Problem: fmt.Sprintf("for %s, and the program is for %s", d.Binary.Arch, b.Arch), Hint: hint}
	}
	mine, its := b.BuildID(), d.Binary.BuildID()
	if mine != its {
		return &Error{Problem: fmt.Sprintf("of another build: its build ID is %s, the program's is %s", shownID(its), shownID(mine)), Hint: hint}
	}
	if b.BySegment || d.Binary.BySegment {
		return &Error{Problem: "cannot be matched: one of the two files has no section headers", Hint: "split and strip the file with objcopy and strip"}
	}
	name, code := d.mapSections(b)
	switch {
	case name != "" && mine == "":
		return &Error{Problem: fmt.Sprintf("of another build: neither file has a build ID, and section %s is not the same in both", oneLine(name)), Hint: hint}
	case code:
		return &Error{Problem: fmt.Sprintf("of another file: it has the program's build ID, but section %s is not the same in both", oneLine(name)), Hint: hint}
	}
	if !d.Binary.hasSymtab() && !d.HasInfo() {
		return &Error{Problem: "has neither symbols nor debug information", Hint: "make it with objcopy --only-keep-debug from the file before stripping"}
	}
	return nil
}

func shownID(id string) string {
	if id == "" {
		return "missing"
	}
	return oneLine(id)
}

// mapSections pairs the loaded sections of both files by name, address and size.
// It returns the name of one that has no partner, "" if all have, and whether
// that is code, which is looked for first.
func (d *DebugFile) mapSections(b *Binary) (name string, code bool) {
	type place struct {
		name       string
		addr, size uint64
	}
	mine := make(map[place]int32)
	for i := range b.Sections {
		s := &b.Sections[i]
		p := place{s.Base, s.Addr, s.Size}
		if _, twice := mine[p]; s.Alloc() && !twice {
			mine[p] = int32(i)
		}
	}
	alone := func(s *Section) {
		if isCode := s.Flags&elf.SHF_EXECINSTR != 0; name == "" || isCode && !code {
			name, code = s.Name, isCode
		}
	}
	paired := make(map[place]bool)
	d.byHeader = make([]int32, len(d.Binary.byHeader))
	for header, position := range d.Binary.byHeader {
		d.byHeader[header] = -1
		if position < 0 || !d.Binary.Sections[position].Alloc() {
			continue
		}
		s := &d.Binary.Sections[position]
		p := place{s.Base, s.Addr, s.Size}
		if at, found := mine[p]; found {
			d.byHeader[header] = at
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
func (d *DebugFile) HasInfo() bool {
	for i := range d.Binary.Sections {
		s := &d.Binary.Sections[i]
		if (s.Base == ".debug_info" || s.Base == ".zdebug_info") && s.Type != elf.SHT_NOBITS && s.Size > 0 {
			return true
		}
	}
	return false
}

// Symbols reads the debug file's symbol table, as if it were the stripped file's
// own. It is empty, with the source "none", if there is none that can be used.
func (d *DebugFile) Symbols() (t *SymbolTable, warnings []string, err error) {
	t, warnings, err = d.Binary.symbolTable(elf.SHT_SYMTAB)
	for i, w := range warnings {
		warnings[i] = "debug file " + oneLine(d.path) + ": " + w
	}
	if err != nil {
		return nil, warnings, inDebugFile(d.path, err)
	}
	if t.Source != "none" {
		t.Source = "debug-file"
	}
	t.byHeader = d.byHeader
	return t, warnings, nil
}

// Close closes the debug file. That of a nil DebugFile does nothing.
func (d *DebugFile) Close() error {
	if d == nil {
		return nil
	}
	return d.Binary.Close()
}

// Unchanged is Binary.Unchanged of the debug file. For a nil DebugFile it is nil.
func (d *DebugFile) Unchanged() error {
	if d == nil {
		return nil
	}
	if err := d.Binary.Unchanged(); err != nil {
		return inDebugFile(d.path, err)
	}
	return nil
}
