package facts

import (
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/debugsection"
	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// CompileUnits reads the compile units of the file or its debug file; none where
// there are only Go's.
func (in *File) CompileUnits() ([]dwarf.Unit, error) {
	b := in.Binary
	if in.DebugFile != nil && in.DebugFile.HasInfo() && in.Section(".debug_info", ".zdebug_info") == nil && !in.HasDebug() {
		b = in.DebugFile.Binary
	}
	sections, err := debugsection.Units(b, false)
	if err != nil {
		return nil, nil // it says in attribution what is wrong with it
	}
	if sections.Info == nil || sections.Abbrev == nil {
		return nil, nil
	}
	units, _, err := dwarf.ReadUnits(sections, func(r dwarf.Range) bool {
		i := in.Binary.SectionAt(r.Lo)
		if i < 0 {
			return false
		}
		s := &in.Binary.Sections[i]
		return s.Kind == elfscan.Code && r.Hi-s.Addr <= s.Size
	})
	if err != nil {
		return nil, nil // as above: what cannot be inflated tells nothing
	}
	return units, nil
}

// HasDebug says whether the file itself has debug information.
func (in *File) HasDebug() bool {
	for i := range in.Binary.Sections {
		if s := &in.Binary.Sections[i]; strings.HasPrefix(s.Base, ".debug_") || strings.HasPrefix(s.Base, ".zdebug_") {
			return true
		}
	}
	return false
}
