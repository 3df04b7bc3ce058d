package advise

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"

	"github.com/sizegate/sizegate/internal/advise/facts"
	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/bytesize"
)

// ownersOf names the owners of an object, at most two.
func (a *adviser) ownersOf(o *facts.Object) string {
	name := quote(a.Profile.Owners[o.Owners[0]].Name)
	switch n := len(o.Owners); {
	case n == 2:
		name += " and " + quote(a.Profile.Owners[o.Owners[1]].Name)
	case n > 2:
		name += " and " + bytesize.Size(n-1).Grouped() + " more"
	}
	return name
}

// duplicateData: the same content several times.
func (a *adviser) duplicateData() (*Advice, error) {
	bySize := make(map[uint64][]facts.Object)
	for _, o := range a.Objects(minSaving) {
		if o.Size < facts.MinFile && !o.HasFormat() {
			continue
		}
		// Nobody can take a copy out of the standard library, or make that use another.
		if a.OriginOf(&o) == attrib.Standard && !a.OwnersInferred() {
			continue
		}
		if err := a.TrimFill(&o); err != nil {
			return nil, err
		}
		bySize[o.Size] = append(bySize[o.Size], o)
	}
	type content struct {
		size uint64
		sum  [sha256.Size]byte
	}
	same := make(map[content][]facts.Object)
	var order []content
	for _, size := range sortedKeys(bySize) {
		if len(bySize[size]) < 2 {
			continue
		}
		for _, o := range bySize[size] {
			r, ok := a.Reader(&o)
			if !ok {
				continue
			}
			if err := a.ctx.Err(); err != nil {
				return nil, err
			}
			data, err := io.ReadAll(r)
			if err != nil {
				return nil, err
			}
			if bytes.Count(data, data[:1]) == len(data) {
				continue // a table of zeros is no file
			}
			c := content{size, sha256.Sum256(data)}
			if same[c] = append(same[c], o); len(same[c]) == 2 {
				order = append(order, c)
			}
		}
	}
	save := make(map[int]uint64) // by section
	slices.SortStableFunc(order, func(x, y content) int {
		return cmp.Compare(y.size*uint64(len(same[y])-1), x.size*uint64(len(same[x])-1))
	})
	var evidence []string
	for i, c := range order {
		for _, o := range same[c][1:] {
			save[o.Section] += o.Size
		}
		if i < shown {
			first, second := same[c][0], same[c][1]
			evidence = append(evidence, fmt.Sprintf("%s bytes %s times: %s at %#x of %s, %s at %#x of %s", bytesize.Size(c.size).Grouped(), bytesize.Size(len(same[c])).Grouped(),
				readable(first.Name), first.Addr, a.ownersOf(&first), readable(second.Name), second.Addr, a.ownersOf(&second)))
		}
	}
	if len(order) > shown {
		evidence = append(evidence, fmt.Sprintf("and %s more", bytesize.Size(len(order)-shown).Grouped()))
	}
	total := a.SavedByAll(save)
	if total < minSaving {
		return nil, nil
	}
	setting := "keep it in one object that the others refer to"
	switch {
	case a.Language("go"):
		setting = "# one variable that the other packages use; or string or embed.FS in place of []byte: of equal ones the linker keeps one copy"
	case a.Language("rust"):
		setting = "static DATA: &[u8] = include_bytes!(\"FILE\");    // in one place: a const, or a literal, is copied into each codegen unit that uses it\n" +
			"# Cargo.toml: this leaves one copy in each crate\n[profile.release]\ncodegen-units = 1"
	}
	return &Advice{
		Code:     CodeDuplicateData,
		Title:    "the same data is in the file several times",
		Evidence: append(evidence, a.unsure()...),
		Setting:  setting,
		Saves:    &Saving{total, Computed},
	}, nil
}

func sortedKeys(m map[uint64][]facts.Object) []uint64 {
	keys := make([]uint64, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
