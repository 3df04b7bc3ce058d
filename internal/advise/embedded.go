package advise

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/advise/facts"
	"github.com/sizegate/sizegate/internal/archive"
	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/bytesize"
)

// worthwhile is how much of a file compression has to save, in percent: what
// saves less is as good as compressed.
const worthwhile = 10

// compressFiles: embedded files of the program's own that gzip makes smaller.
// What zstd would make of them is less still, but Go's standard library cannot
// read it.
func (a *adviser) compressFiles() (*Advice, error) {
	type file struct {
		facts.Object
		packed uint64
	}
	var worth []file
	var done []facts.Object
	save := make(map[int]uint64) // by section
	var whole uint64
	for _, o := range a.Objects(minSaving) {
		if !o.IsFile() || a.OriginOf(&o) != attrib.Own {
			continue
		}
		r, ok := a.Reader(&o)
		if !ok {
			continue
		}
		packed, err := archive.Gzip(a.ctx, r)
		if err != nil {
			return nil, err
		}
		if packed*100 > o.Size*(100-worthwhile) {
			done = append(done, o)
			continue
		}
		worth = append(worth, file{o, packed})
		save[o.Section] += o.Size - packed
		whole += o.Size
	}
	total := a.SavedByAll(save)
	if total < minSaving {
		return nil, nil
	}
	slices.SortStableFunc(worth, func(x, y file) int { return cmp.Compare(y.Size-y.packed, x.Size-x.packed) })
	advice := &Advice{
		Code:  CodeCompressFiles,
		Title: "embedded files are not compressed",
		Setting: "gzip -9n FILE    # before the build, and embed FILE.gz: web servers can send it as it is, with Content-Encoding: gzip\n" +
			"# or do not embed them and read them from elsewhere: all of their " + bytesize.Size(whole).Grouped() + " bytes go",
		Saves: &Saving{total, Measured},
	}
	for i, f := range worth {
		if i == shown {
			advice.Evidence = append(advice.Evidence, fmt.Sprintf("and %s more", bytesize.Size(len(worth)-shown).Grouped()))
			break
		}
		advice.Evidence = append(advice.Evidence, fmt.Sprintf("%s at %#x of %s: %s bytes, %s with gzip -9", readable(f.Name), f.Addr, a.ownersOf(&f.Object), bytesize.Size(f.Size).Grouped(), bytesize.Size(f.packed).Grouped()))
	}
	if len(done) > 0 {
		var n uint64
		for _, o := range done {
			n += o.Size
		}
		advice.Evidence = append(advice.Evidence, fmt.Sprintf("of %s bytes in %s more there is little to gain: the first is %s", bytesize.Size(n).Grouped(), bytesize.Size(len(done)).Grouped(), readable(done[0].Name)))
	}
	if a.Language("go") && !a.HasPackage("compress/gzip") {
		advice.Evidence = append(advice.Evidence, "compress/gzip is not in the file: a program that unpacks the files itself gets larger by it")
	}
	return advice, nil
}

// bringer is a package or crate, and what it embeds.
type bringer struct {
	*attrib.Owner
	files   int
	size    uint64
	section map[int]uint64 // bytes by section
	largest facts.Object
}

// dependencyFiles: files that dependencies embed. A program cannot compress
// these, only do without them, so that the saving is all of their bytes. Code that
// reads them is not counted: whether it goes too is not known.
func (a *adviser) dependencyFiles() (*Advice, error) {
	at := make(map[[2]string]*bringer)
	for _, o := range a.Objects(minSaving) {
		if !o.IsFile() || a.OriginOf(&o) != attrib.Dependency {
			continue
		}
		i := slices.IndexFunc(o.Owners, func(i int) bool { return a.Profile.Owners[i].Origin == attrib.Dependency })
		owner := &a.Profile.Owners[o.Owners[i]] // of several the first
		key := [2]string{owner.Name, cmp.Or(owner.Version, owner.ID)}
		b := at[key]
		if b == nil {
			b = &bringer{Owner: owner, section: make(map[int]uint64)}
			at[key] = b
		}
		b.files++
		b.size += o.Size
		b.section[o.Section] += o.Size
		if o.Size > b.largest.Size {
			b.largest = o
		}
	}
	list := slices.SortedFunc(maps.Values(at), func(x, y *bringer) int {
		return cmp.Or(cmp.Compare(y.size, x.size), cmp.Compare(x.Name, y.Name), cmp.Compare(x.Version, y.Version), cmp.Compare(x.ID, y.ID))
	})
	list = slices.DeleteFunc(list, func(b *bringer) bool { return b.size < facts.MinFile })
	save := make(map[int]uint64)
	var evidence, commands []string
	for i, b := range list {
		for section, n := range b.section {
			save[section] += n
		}
		switch {
		case i == shown:
			evidence = append(evidence, fmt.Sprintf("and %s more dependencies", bytesize.Size(len(list)-shown).Grouped()))
		case i < shown:
			name := quote(strings.TrimSpace(b.Name + " " + b.Version))
			evidence = append(evidence, fmt.Sprintf("%s: %s bytes, files: %s, the largest is %s at %#x with %s", name, bytesize.Size(b.size).Grouped(), bytesize.Size(b.files).Grouped(), readable(b.largest.Name), b.largest.Addr, bytesize.Size(b.largest.Size).Grouped()))
			if command := b.whoAsks(); command != "" {
				commands = append(commands, command)
			}
		}
	}
	total := a.SavedByAll(save)
	if total < minSaving {
		return nil, nil
	}
	setting := "# the dependency's documentation says if there is a build tag that leaves the files out; else another library"
	if a.Language("rust") {
		setting = "# Cargo.toml: default-features = false, where a feature brings the files; else another crate"
	}
	return &Advice{
		Code:     CodeDependencyFiles,
		Title:    "dependencies bring embedded files",
		Evidence: append(evidence, "the saving is of the files alone, if the program can do without them: code that reads them is not counted"),
		Setting:  strings.Join(append(commands, setting), "\n"),
		Saves:    &Saving{total, Computed},
	}, nil
}

// whoAsks is a command that says who imports the package or crate, "" if its
// name cannot be pasted.
func (b *bringer) whoAsks() string {
	switch name := cmp.Or(b.Module, b.Name); {
	case b.Kind == attrib.Package && pasteable(b.Name):
		return "go mod why " + b.Name
	case b.Kind == attrib.Crate && pasteable(name) && pasteable(b.Version):
		return "cargo tree -e features -i " + name + "@" + b.Version
	case b.Kind == attrib.Crate && pasteable(name):
		return "cargo tree -e features -i " + name
	}
	return ""
}
