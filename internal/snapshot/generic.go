package snapshot

import "github.com/sizegate/sizegate/internal/attrib"

// Generic is the instances of one generic function that are charged to one
// owner.
type Generic struct {
	Name      string `json:"name"` // without type arguments
	Owner     string `json:"owner"`
	Instances int    `json:"instances"` // at least 2
	Size      uint64 `json:"size"`      // of all instances
	Saving    uint64 `json:"saving"`    // Size without the largest instance; no bound of what one shared copy would save
	OwnerID   string `json:"owner_id,omitempty"`
}

// AddGenerics adds the generics of the profile that b was made from, the largest
// saving first.
func (b *Binary) AddGenerics(p *attrib.Profile) {
	b.Generics = []Generic{}
	for _, g := range p.Generics() {
		o := &p.Owners[g.Owner]
		b.Generics = append(b.Generics, Generic{Name: g.Name, Owner: o.Name, OwnerID: o.ID,
			Instances: g.Instances, Size: g.Size, Saving: g.Saving})
	}
}
