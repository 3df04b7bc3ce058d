package strip

import (
	"debug/elf"
	"strings"

	"github.com/sizegate/sizegate/internal/strip/buildnotes"
)

// mergeNotes merges the build attributes, section by section. What is not as
// the specification says is left as it is.
func (p *plan) mergeNotes(relocs map[int]int) error {
	for _, s := range p.sections {
		from := &p.in.sections[s.input]
		_, relocated := relocs[s.input]
		if elf.SectionType(from.Type) != elf.SHT_NOTE || !strings.HasPrefix(s.name, ".gnu.build.attributes") || s.Size == 0 || relocated {
			continue
		}
		data, err := p.in.contents(from)
		if err != nil {
			return err
		}
		if merged, ok := buildnotes.Merge(data); ok {
			s.data, s.Size = merged, uint64(len(merged))
		}
	}
	return nil
}
