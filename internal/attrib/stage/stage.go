// Package stage says in which order the sections of a file are divided: code, then
// what code refers to, then the tables that describe both.
package stage

import (
	"debug/elf"
	"strings"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// Stage is when a section is divided. A later stage can ask who owns what an
// earlier one has divided: the bytes that a relocation patches, the function
// that an unwind entry describes.
type Stage int

const (
	Code   Stage = iota // what is executed
	Data                // what code refers to
	Tables              // what describes code and data, for the loader, unwinders and debuggers
)

// Of says when a section is divided.
func Of(s *elfscan.Section) Stage {
	switch {
	case s.Flags&elf.SHF_EXECINSTR != 0:
		return Code
	case s.Kind == elfscan.Data, s.Kind == elfscan.ROData && !strings.HasSuffix(s.Base, ".gopclntab"):
		return Data
	}
	return Tables
}

// Needed says which sections are attributed: those that are asked for, and
// all that is loaded where it is not code alone, because who owns data is known by
// all that refers to it, and who owns a table's record by what it describes. So a
// section has the same owners whatever else is asked for.
func Needed(b *elfscan.Binary, asked func(*elfscan.Section) bool) []bool {
	needed := make([]bool, len(b.Sections))
	more := false
	for i := range b.Sections {
		if s := &b.Sections[i]; asked(s) {
			needed[i] = true
			more = more || Of(s) != Code
		}
	}
	for i := range needed {
		needed[i] = needed[i] || more && b.Sections[i].Alloc()
	}
	return needed
}
