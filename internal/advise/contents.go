package advise

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// minFile is what content needs to look like an embedded file where no name says
// that it is one.
const minFile = 16 << 10

// object is data with a name.
type object struct {
	name     string
	section  int
	addr     uint64
	size     uint64
	constant bool
	owners   []int // by position in Profile.Owners, at least one
}

// isFile says whether the content looks like that of an embedded file: it is
// one by its name, or text or a known format of a size that no message has.
// Tables of a program are no files.
func (o *object) isFile() bool {
	return o.constant && (o.embedded() || o.size >= minFile && !strings.HasPrefix(o.name, "["))
}

// embedded says whether the file itself says that the object is an embedded file.
func (o *object) embedded() bool { return strings.HasPrefix(o.name, "embed: ") }

// from says whose an object is: the program's own if only one of its owners is.
func (a *adviser) from(o *object) attrib.Origin {
	rank := []attrib.Origin{attrib.FromLinker, attrib.Standard, attrib.Native, attrib.Dependency, attrib.Own}
	best := 0
	for _, owner := range o.owners {
		best = max(best, slices.Index(rank, a.Profile.Owners[owner].Origin))
	}
	return rank[best]
}

// ownersOf names the owners of an object, at most two.
func (a *adviser) ownersOf(o *object) string {
	name := quote(a.Profile.Owners[o.owners[0]].Name)
	switch n := len(o.owners); {
	case n == 2:
		name += " and " + quote(a.Profile.Owners[o.owners[1]].Name)
	case n > 2:
		name += " and " + number(n-1) + " more"
	}
	return name
}

// objects returns the data in read-only sections with at least a size, in the
// order of addresses. What several owners share is one object.
func (a *adviser) objects(least uint64) []object {
	var list []object
	last := object{section: -1}
	add := func() {
		if last.section >= 0 && last.size >= least {
			list = append(list, last)
		}
	}
	for i := range a.Profile.Functions {
		f := &a.Profile.Functions[i]
		s := &a.Binary.Sections[f.Section]
		if s.Kind != elfscan.ROData || !s.Alloc() || s.Shared() || f.Inlined || !f.Constant && strings.HasPrefix(f.Name, "[") {
			continue
		}
		if f.Section == last.section && f.Address == last.addr {
			last.size += f.Size
			if !slices.Contains(last.owners, f.Owner) { // there are at most a few, as each has to have minConstant
				last.owners = append(last.owners, f.Owner)
			}
			continue
		}
		add()
		last = object{f.Name, f.Section, f.Address, f.Size, f.Constant, []int{f.Owner}}
	}
	add()
	return list
}

// reader reads an object. ok is false where its range is not in its section.
func (a *adviser) reader(o *object) (r *io.SectionReader, ok bool) {
	s := &a.Binary.Sections[o.section]
	if o.addr < s.Addr || o.addr-s.Addr > s.FileSize || o.size > s.FileSize-(o.addr-s.Addr) {
		return nil, false
	}
	return io.NewSectionReader(a.Binary.SectionReader(s), int64(o.addr-s.Addr), int64(o.size)), true
}

// duplicateData: the same content several times.
func (a *adviser) duplicateData() (*Advice, error) {
	bySize := make(map[uint64][]object)
	for _, o := range a.objects(minSaving) {
		if o.size >= minFile || o.constant && !strings.HasPrefix(o.name, "[") {
			bySize[o.size] = append(bySize[o.size], o)
		}
	}
	type content struct {
		size uint64
		sum  [sha256.Size]byte
	}
	same := make(map[content][]object)
	var order []content
	for _, size := range sortedKeys(bySize) {
		if len(bySize[size]) < 2 {
			continue
		}
		for _, o := range bySize[size] {
			r, ok := a.reader(&o)
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
			save[o.section] += o.size
		}
		if i < shown {
			first, second := same[c][0], same[c][1]
			evidence = append(evidence, fmt.Sprintf("%s bytes %s times: %s at %#x of %s, %s at %#x of %s", number(c.size), number(len(same[c])),
				readable(first.name), first.addr, a.ownersOf(&first), readable(second.name), second.addr, a.ownersOf(&second)))
		}
	}
	if len(order) > shown {
		evidence = append(evidence, fmt.Sprintf("and %s more", number(len(order)-shown)))
	}
	total := a.savedByAll(save)
	if total < minSaving {
		return nil, nil
	}
	setting := "keep it in one object that the others refer to"
	if a.language("rust") {
		setting = "static DATA: &[u8] = include_bytes!(\"FILE\");    // in one place: a const, or a literal, is copied into each codegen unit that uses it\n" +
			"# Cargo.toml: this leaves one copy in each crate\n[profile.release]\ncodegen-units = 1"
	}
	return &Advice{
		Code:     CodeDuplicateData,
		Title:    "the same data is in the file several times",
		Evidence: evidence,
		Setting:  setting,
		Saves:    &Saving{total, Computed},
	}, nil
}

func sortedKeys(m map[uint64][]object) []uint64 {
	keys := make([]uint64, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
