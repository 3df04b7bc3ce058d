package compare

import (
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// scope is the sections that are divided among owners on one side only. Which
// ones are is the user's choice at each measurement; a section that was not
// asked for then would look as if its owners were new.
type scope struct {
	oneSided map[string]bool
	names    []string // the keys in the order of the file
}

func newScope(old, new *snapshot.Binary) *scope {
	before := make(map[string]*snapshot.Section, len(old.Sections))
	for i := range old.Sections {
		before[old.Sections[i].Name] = &old.Sections[i]
	}
	sc := &scope{oneSided: make(map[string]bool)}
	for i := range new.Sections {
		a := &new.Sections[i]
		b := before[a.Name]
		if b != nil && (untouched(a) && b.Attributed > 0 || untouched(b) && a.Attributed > 0) {
			sc.oneSided[a.Name] = true
			sc.names = append(sc.names, a.Name)
		}
	}
	return sc
}

// untouched says whether nothing in a section was looked at.
func untouched(s *snapshot.Section) bool {
	return s.FileSize > 0 && s.Attributed == 0 && s.Padding == 0
}

func (sc *scope) warnings() []string {
	const most = 5
	n := len(sc.names)
	if n == 0 {
		return nil
	}
	names := strings.Join(sc.names[:min(n, most)], ", ")
	if n > most {
		names += fmt.Sprintf(" and %d more", n-most)
	}
	return []string{fmt.Sprintf("only one side says who owns %s: the bytes count as [unattributed] on both (keep the symbols of both, and measure both with the same --section)", names)}
}

// side is one of the binaries within the scope.
type side struct {
	owners                []owner
	functions             []*snapshot.Function
	padding, unattributed uint64
	headers, gaps         uint64
}

// owner is an owner and what it has within the scope.
type owner struct {
	*snapshot.Owner
	size uint64
}

func (sc *scope) side(b *snapshot.Binary) side {
	s := side{headers: b.Overhead.Headers, gaps: b.Overhead.Gaps, owners: make([]owner, 0, len(b.Owners))}
	for i := range b.Sections {
		p := &b.Sections[i]
		if sc.oneSided[p.Name] {
			s.unattributed += p.FileSize
			continue
		}
		s.padding += p.Padding
		s.unattributed += p.Unattributed
	}
	for i := range b.Owners {
		o := owner{&b.Owners[i], b.Owners[i].Size}
		if len(sc.names) > 0 {
			for name, size := range o.Sections {
				if sc.oneSided[name] {
					o.size -= size
				}
			}
		}
		if o.size > 0 || o.Size == 0 { // else it is an owner of what does not count
			s.owners = append(s.owners, o)
		}
	}
	for i := range b.Functions {
		if f := &b.Functions[i]; !sc.oneSided[f.Section] {
			s.functions = append(s.functions, f)
		}
	}
	return s
}
