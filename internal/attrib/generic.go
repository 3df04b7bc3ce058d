package attrib

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/rustsym"
)

// Generic is the instances of one generic Go function, or of one Rust item, that
// are charged to one owner.
type Generic struct {
	Name      string // readable, without type arguments; two items can share it
	Owner     int    // position in Profile.Owners, of the first instance
	Instances int    // names that own bytes, at least 2
	Size      uint64 // bytes of all instances
	Saving    uint64 // Size without the largest instance
}

// Generics groups p.Functions by the generic that they are instances of. The
// largest saving comes first, then the largest size, then by name. Names at one
// address count with the shares that they have. What of a function was inlined
// elsewhere does not count.
func (p *Profile) Generics() []Generic {
	type key struct {
		item, owner, id string
		kind            ownership.Kind
	}
	type group struct {
		Generic
		largest   uint64
		instances []string // mangled names
	}
	at := make(map[key]*group)
	var groups []*group // in the order of the functions
	for _, f := range p.Functions {
		if f.Inlined || f.Constant {
			continue // parts of other functions are no copies, and text no name
		}
		o := &p.Owners[f.Owner]
		item, ok := commonName(o.Kind, f.Name)
		if !ok {
			continue
		}
		// A fact and a conclusion can name one owner.
		k := key{item, o.Name, o.ID, o.Kind}
		g := at[k]
		if g == nil {
			g = &group{Generic: Generic{Name: item, Owner: f.Owner}}
			at[k] = g
			groups = append(groups, g)
		}
		g.instances = append(g.instances, f.Name)
		g.Size += f.Size
		g.largest = max(g.largest, f.Size)
	}
	list := []Generic{}
	for _, g := range groups {
		g.Instances = len(g.instances)
		if g.Instances < 2 {
			continue
		}
		g.Saving = g.Size - g.largest
		g.Name = readable(p.Owners[g.Owner].Kind, g.Name, g.instances)
		list = append(list, g.Generic)
	}
	slices.SortStableFunc(list, func(x, y Generic) int {
		return cmp.Or(cmp.Compare(y.Saving, x.Saving), cmp.Compare(y.Size, x.Size), cmp.Compare(x.Name, y.Name),
			cmp.Compare(x.Owner, y.Owner))
	})
	return list
}

// commonName is what the names of all instances of a generic have in common.
func commonName(kind ownership.Kind, name string) (common string, ok bool) {
	switch kind {
	case ownership.Package:
		return gosym.Generic(name)
	case ownership.Crate:
		return rustsym.Item(name)
	}
	return "", false
}

// readable is the name of a generic to show.
func readable(kind ownership.Kind, common string, instances []string) string {
	if kind == ownership.Package {
		// Other escapes stand for what a terminal should not see.
		return strings.ReplaceAll(common, "%2e", ".")
	}
	return rustsym.SharedPath(instances)
}
