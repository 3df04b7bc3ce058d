package account

import "github.com/sizegate/sizegate/internal/attrib/auditable"

// ReadCrateList reads what cargo-auditable embedded.
func (b *Book) ReadCrateList() error {
	for i := range b.Binary.Sections {
		s := &b.Binary.Sections[i]
		if s.Base != ".dep-v0" {
			continue
		}
		data, err := b.Binary.Bytes(s)
		if err != nil {
			return err
		}
		deps, err := auditable.Read(data)
		if err != nil {
			b.Warnf("the list of crates in section .dep-v0 cannot be read: %v", err)
			return nil
		}
		b.Crates.AddList(deps)
	}
	return nil
}
