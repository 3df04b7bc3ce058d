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

// packedFile is an embedded file, and its size as gzip leaves it.
type packedFile struct {
	facts.Object
	packed uint64
}

// done says whether compression saves so little that the file is as good as compressed.
func (f *packedFile) done() bool { return f.packed*100 > f.Size*(100-worthwhile) }

// ownFiles returns the embedded files that the program can do something about, in
// the order of addresses. What gzip does not make smaller is a file without being
// of a known format too, if it is large: no table is like that.
func (a *adviser) ownFiles() ([]packedFile, error) {
	if a.files != nil {
		return a.files, nil
	}
	a.files = []packedFile{}
	for _, o := range a.Join(a.Objects(minSaving)) {
		large := o.Size >= minLarge && o.Constant
		if !o.IsFile() && !large || !a.isOwn(&o) {
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
		if f := (packedFile{o, packed}); o.IsFile() || f.done() {
			a.files = append(a.files, f)
		}
	}
	return a.files, nil
}

// isOwn says whether an object is the program's own. Without symbols it is a
// conclusion which crate refers to a file, and all files count: Rust's standard
// library has none.
func (a *adviser) isOwn(o *facts.Object) bool {
	switch a.OriginOf(o) {
	case attrib.Own:
		return true
	case attrib.Dependency, attrib.Standard:
		return a.OwnersInferred()
	}
	return false
}

// unsure is evidence where it is a conclusion whose data is.
func (a *adviser) unsure() []string {
	if !a.OwnersInferred() {
		return nil
	}
	return []string{"there are no symbols: it is a conclusion which crate this is of, and it can be another one, or a dependency's"}
}

// describe says where a file is, and what it has.
func (a *adviser) describe(f *packedFile) string {
	name := readable(f.Name)
	if strings.HasPrefix(f.Name, "[") {
		name = "data of no known format"
	}
	owner := a.ownersOf(&f.Object)
	if a.OriginOf(&f.Object) == attrib.Standard {
		owner = "a crate that is not known"
	}
	return fmt.Sprintf("%s at %#x of %s: %s bytes, %s with gzip -9", name, f.Addr, owner, bytesize.Size(f.Size).Grouped(), bytesize.Size(f.packed).Grouped())
}

// compressFiles: embedded files of the program's own that gzip makes smaller.
// What zstd would make of them is less still, but Go's standard library cannot
// read it.
func (a *adviser) compressFiles() (*Advice, error) {
	files, err := a.ownFiles()
	if err != nil {
		return nil, err
	}
	var worth, done []packedFile
	save := make(map[int]uint64) // by section
	var whole uint64
	for _, f := range files {
		if f.done() {
			done = append(done, f)
			continue
		}
		worth = append(worth, f)
		save[f.Section] += f.Size - f.packed
		whole += f.Size
	}
	total := a.SavedByAll(save)
	if total < minSaving {
		return nil, nil
	}
	slices.SortStableFunc(worth, func(x, y packedFile) int { return cmp.Compare(y.Size-y.packed, x.Size-x.packed) })
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
		advice.Evidence = append(advice.Evidence, a.describe(&f))
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
	advice.Evidence = append(advice.Evidence, a.unsure()...)
	return advice, nil
}

// minLarge is from where on files that cannot be compressed are worth an advice, all
// together: at about this size they weigh as much as a small program.
const minLarge = 1 << 20

// largeFiles: embedded files of the program's own that gzip does not make smaller.
// The saving is all of their bytes, if they are read from elsewhere.
func (a *adviser) largeFiles() (*Advice, error) {
	files, err := a.ownFiles()
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(slices.Clone(files), func(f packedFile) bool { return !f.done() })
	save := make(map[int]uint64) // by section
	var whole uint64
	for _, f := range files {
		save[f.Section] += f.Size
		whole += f.Size
	}
	if whole < minLarge {
		return nil, nil
	}
	slices.SortStableFunc(files, func(x, y packedFile) int { return cmp.Compare(y.Size, x.Size) })
	var evidence []string
	for i, f := range files {
		if i == shown {
			evidence = append(evidence, fmt.Sprintf("and %s more", bytesize.Size(len(files)-shown).Grouped()))
			break
		}
		evidence = append(evidence, a.describe(&f))
	}
	evidence = append(evidence, fmt.Sprintf("they are %s of the file's %s bytes", bytesize.Size(whole).Grouped(), bytesize.Size(a.Binary.Size).Grouped()),
		"the bytes leave this file: what is shipped beside it in a package or an image weighs the same there")
	read := "os.ReadFile(\"PATH\")    // in place of //go:embed"
	if a.Language("rust") && !a.Language("go") {
		read = "std::fs::read(\"PATH\")    // in place of include_bytes!"
	}
	return &Advice{
		Code:     CodeLargeFiles,
		Title:    "large files are embedded that compression does not make smaller",
		Evidence: append(evidence, a.unsure()...),
		Setting: read + "\n" +
			"# the file lies beside the program, or on AWS Lambda in a layer, which is unpacked to /opt, or in S3, from where it is loaded when it is needed",
		Saves: &Saving{a.SavedByAll(save), Computed},
	}, nil
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
	if a.OwnersInferred() {
		return nil, nil // see isOwn
	}
	at := make(map[[2]string]*bringer)
	for _, o := range a.Join(a.Objects(minSaving)) {
		// Of a text that is cut it is not sure whose it is, if the parts are not of one owner.
		if !o.IsFile() || a.OriginOf(&o) != attrib.Dependency || o.Joined && len(o.Owners) > 1 {
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
