package advise

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/archive"
	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// object is data with a name.
type object struct {
	name     string
	section  int
	addr     uint64
	size     uint64
	constant bool
	standard bool // of the standard library
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
		o := &a.Profile.Owners[f.Owner]
		standard := o.Origin == attrib.Standard || o.Origin == attrib.FromLinker
		if f.Section == last.section && f.Address == last.addr {
			last.size += f.Size
			last.standard = last.standard && standard
			continue
		}
		add()
		last = object{f.Name, f.Section, f.Address, f.Size, f.Constant, standard}
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

const (
	// minFile is what content needs to look like an embedded file where no name
	// says that it is one.
	minFile = 16 << 10
	// worthwhile is how much of a file compression has to save, in percent: what
	// saves less is as good as compressed.
	worthwhile = 10
)

// compressFiles: embedded files that gzip makes smaller. What zstd would make of
// them is less still, but Go's standard library cannot read it.
func (a *adviser) compressFiles() (*Advice, error) {
	type file struct {
		object
		packed uint64
	}
	var worth []file
	var done []object
	save := make(map[int]uint64) // by section
	for _, o := range a.objects(minSaving) {
		named := strings.HasPrefix(o.name, "embed: ")
		if !o.constant || !named && (o.size < minFile || o.standard || strings.HasPrefix(o.name, "[")) {
			continue // tables of a program are no files
		}
		r, ok := a.reader(&o)
		if !ok {
			continue
		}
		packed, err := archive.Gzip(a.ctx, r)
		if err != nil {
			return nil, err
		}
		if packed*100 > o.size*(100-worthwhile) {
			done = append(done, o)
			continue
		}
		worth = append(worth, file{o, packed})
		save[o.section] += o.size - packed
	}
	var total uint64
	for section, n := range save {
		total += a.savedBy(&a.Binary.Sections[section], n)
	}
	if total < minSaving {
		return nil, nil
	}
	slices.SortStableFunc(worth, func(x, y file) int { return cmp.Compare(y.size-y.packed, x.size-x.packed) })
	advice := &Advice{
		Code:    CodeCompressFiles,
		Title:   "embedded files are not compressed",
		Setting: "gzip -9n FILE    # before the build, and embed FILE.gz: web servers can send it as it is, with Content-Encoding: gzip",
		Saves:   &Saving{total, Measured},
	}
	for i, f := range worth {
		if i == shown {
			advice.Evidence = append(advice.Evidence, fmt.Sprintf("and %d more", len(worth)-shown))
			break
		}
		advice.Evidence = append(advice.Evidence, fmt.Sprintf("%s at %#x: %d bytes, %d with gzip -9", quote(f.name), f.addr, f.size, f.packed))
	}
	if len(done) > 0 {
		var n uint64
		for _, o := range done {
			n += o.size
		}
		advice.Evidence = append(advice.Evidence, fmt.Sprintf("of %d bytes in %d more there is little to gain: the first is %s", n, len(done), quote(done[0].name)))
	}
	if a.language("go") && !a.goPackage("compress/gzip") {
		advice.Evidence = append(advice.Evidence, "compress/gzip is not in the file: a program that unpacks the files itself gets larger by it")
	}
	return advice, nil
}

// goPackage says whether functions of the package are in the file.
func (a *adviser) goPackage(path string) bool {
	return slices.ContainsFunc(a.Profile.Owners, func(o attrib.Owner) bool { return o.Kind == attrib.Package && o.Name == path && o.Functions > 0 })
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
			evidence = append(evidence, fmt.Sprintf("%d bytes %d times: %s at %#x, %s at %#x", c.size, len(same[c]), quote(first.name), first.addr, quote(second.name), second.addr))
		}
	}
	if len(order) > shown {
		evidence = append(evidence, fmt.Sprintf("and %d more", len(order)-shown))
	}
	var total uint64
	for section, n := range save {
		total += a.savedBy(&a.Binary.Sections[section], n)
	}
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
