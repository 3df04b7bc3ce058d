package compare

import "github.com/sizegate/sizegate/internal/snapshot"

// sections matches sections by their names, which are unique in a snapshot. A
// section that takes no room in the file has size 0.
func sections(old, new *snapshot.Binary) []Row {
	before := make(map[string]*snapshot.Section, len(old.Sections))
	for i := range old.Sections {
		before[old.Sections[i].Name] = &old.Sections[i]
	}
	rows := make([]Row, 0, len(new.Sections)+len(old.Sections)+2)
	for i := range new.Sections {
		s := &new.Sections[i]
		r := Row{Name: s.Name, Kind: s.Kind, New: s.FileSize, Change: Added}
		if b := before[s.Name]; b != nil {
			r.Old, r.Change = b.FileSize, changed(b.FileSize, s.FileSize)
			delete(before, s.Name)
		}
		rows = append(rows, r)
	}
	for i := range old.Sections {
		if s := &old.Sections[i]; before[s.Name] != nil {
			rows = append(rows, Row{Name: s.Name, Kind: s.Kind, Old: s.FileSize, Change: Removed})
		}
	}
	return append(rows,
		rest("[headers]", old.Overhead.Headers, new.Overhead.Headers),
		rest("[gaps]", old.Overhead.Gaps, new.Overhead.Gaps))
}
