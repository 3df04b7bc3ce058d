package page

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/badname"
	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// handMadePackage is a zip with all that entries can be: a table to compare with
// by eye.
func handMadePackage() snapshot.Package {
	program := handMade()
	program.Name, program.Path, program.Compiler = "bootstrap", "bin/bootstrap", "go1.26.8"
	return snapshot.Package{
		Name: "f.zip", Path: "dist/f.zip", Format: "zip", Size: 1500, Zipped: 1230, Overhead: 270, Unzipped: 2530,
		Categories: []snapshot.PackageCategory{
			{Name: "program", Files: 1, Unzipped: 100, Zipped: 60},
			{Name: "native", Files: 1, Unzipped: 2000, Zipped: 1000},
			{Name: "dependencies", Files: 2, Unzipped: 250, Zipped: 130},
			{Name: "data", Files: 1, Unzipped: 180, Zipped: 40},
			{Name: "other"},
		},
		Entries: []snapshot.PackageEntry{
			{Path: "bin", Type: "directory", Category: "other"},
			{Path: "bin/bootstrap", Type: "file", Category: "native", Unzipped: 2000, Zipped: 1000, ELF: true},
			{Path: "a.js", Type: "file", Category: "program", Unzipped: 100, Zipped: 60},
			{Path: "node_modules/x/y/b.js", Type: "file", Category: "dependencies", Unzipped: 150, Zipped: 70},
			{Path: "node_modules/x/a.js", Type: "file", Category: "dependencies", Unzipped: 100, Zipped: 60},
			{Path: "c.map", Type: "file", Category: "data", Unzipped: 77, Zipped: 10, Replaced: true},
			{Path: "c.map", Type: "file", Category: "data", Unzipped: 180, Zipped: 30},
			{Path: "link", Type: "symlink", Category: "other", Target: "a.js"},
		},
		Duplicates: []snapshot.Duplicate{{Size: 100, Paths: []string{"a.js", "node_modules/x/a.js"}, Wasted: 100}},
		Debug:      []string{"c.map"},
		Binaries:   []snapshot.Binary{program},
	}
}

// handMadeImage has two layers, of which the upper one deletes and replaces.
func handMadeImage() snapshot.Image {
	program := handMade()
	program.Name, program.Path = "app", "srv/app"
	return snapshot.Image{
		Name: "app.tar", Source: "dist/app.tar", Format: "oci-archive", Platform: "linux/amd64", Size: 1700,
		Overhead: snapshot.ImageOverhead{Manifest: 20, Config: 80}, Unpacked: 2700, Final: 2300, Hidden: 400, Wasted: 460,
		Base: snapshot.ImageBase{Name: "debian:12", Layers: 1, Evidence: "the history"},
		Layers: []snapshot.ImageLayer{
			{Number: 1, CreatedBy: "ADD rootfs", Base: true, Size: 600, Unpacked: 640, Files: 3, Added: snapshot.ImageChange{Files: 3, Bytes: 640}},
			{Number: 2, CreatedBy: "COPY app", Size: 1000, Unpacked: 2060, Files: 2, Added: snapshot.ImageChange{Files: 1, Bytes: 2000},
				Overwritten: snapshot.ImageChange{Files: 1, Bytes: 50}, Deleted: snapshot.ImageChange{Files: 1, Bytes: 350}, Wasted: 460},
		},
		Entries: []snapshot.ImageEntry{
			{Path: "etc", Type: "directory", Layer: 1},
			{Path: "etc/os-release", Type: "file", Layer: 1, Size: 240},
			{Path: "etc/passwd", Type: "file", Layer: 2, Size: 60},
			{Path: "srv/app", Type: "file", Layer: 2, Size: 2000, ELF: true},
			{Path: "etc/mtab", Type: "symlink", Layer: 1, Target: "/proc/mounts"},
		},
		WastedPaths: []snapshot.WastedPath{{Path: "var/cache", Count: 2, Bytes: 350}, {Path: "etc/passwd", Count: 2, Bytes: 110}},
		Binaries:    []snapshot.Binary{program},
	}
}

func packagePage(t *testing.T, packages ...snapshot.Package) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Packages(&out, &snapshot.Packages{Sizegate: "v1.2.3", Packages: packages}, Options{View: "defined", Scope: "executable sections"}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func imagePage(t *testing.T, images ...snapshot.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Images(&out, &snapshot.Images{Sizegate: "v1.2.3", Images: images}, Options{View: "defined", Scope: "executable sections"}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// entryCell is an entry as the test reads it from the page's data.
type entryCell struct {
	class, path, kind string
	size, packed      int64
	note              string
}

// readContents reads the entries of the only file of a page, and what classes take
// besides; programs are the sums of the cells of ELF files by their entries.
func readContents(t *testing.T, page []byte) (list []entryCell, classes map[string]int64, programs map[string]int64) {
	t.Helper()
	found := regexp.MustCompile(`id="data">([A-Za-z0-9+/=]*)</script>`).FindSubmatch(page)
	packed, err := base64.StdEncoding.DecodeString(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Files []struct {
			Contents struct {
				Classes []struct {
					Kind, Name, Origin string
					Packed             int64
				}
				Types   []string
				Entries struct {
					Path, Note   []string
					Class, Type  []int
					Size, Packed []int64
				}
				Programs []struct{ Groups struct{ Size []int64 } }
				Program  []int
			}
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	c := &doc.Files[0].Contents
	e := &c.Entries
	for i := range e.Path {
		one := entryCell{c.Classes[e.Class[i]].Name, e.Path[i], c.Types[e.Type[i]], e.Size[i], 0, e.Note[i]}
		if e.Packed != nil {
			one.packed = e.Packed[i]
		}
		list = append(list, one)
	}
	classes, programs = map[string]int64{}, map[string]int64{}
	for _, class := range c.Classes {
		classes[class.Kind+" "+class.Name+" "+class.Origin] = class.Packed
	}
	for i, p := range c.Programs {
		for _, size := range p.Groups.Size {
			programs[e.Path[c.Program[i]]] += size
		}
	}
	return list, classes, programs
}

func TestPackageContents(t *testing.T) {
	p := handMadePackage()
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	list, classes, programs := readContents(t, packagePage(t, p))
	const twice = "one of 2 files with the same contents, which waste 100 bytes"
	want := []entryCell{
		{"native", "bin/bootstrap", "file", 2000, 1000, "ELF file amd64 go1.26.8"},
		{"program", "a.js", "file", 100, 60, twice},
		{"dependencies", "node_modules/x/y/b.js", "file", 150, 70, ""},
		{"dependencies", "node_modules/x/a.js", "file", 100, 60, twice},
		{"data", "c.map", "replaced", 0, 10, "a later entry has the same path"},
		{"data", "c.map", "file", 180, 30, "for debuggers, not to ship"},
		{"other", "link", "symlink", 0, 0, "to a.js"},
	}
	if !slices.Equal(list, want) {
		t.Errorf("\n%v, want\n%v", list, want)
	}
	if got, want := fmt.Sprint(classes), "map[category data data:0 category dependencies dependencies:0 category native native:0 category other other:0 category program program:0 rest [overhead] :270]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := fmt.Sprint(programs); got != "map[bin/bootstrap:2000]" {
		t.Error(got)
	}
}

func TestImageContents(t *testing.T) {
	m := handMadeImage()
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	list, classes, programs := readContents(t, imagePage(t, m))
	const one, two, hidden = "layer 1: ADD rootfs", "layer 2: COPY app", "files that a layer above overwrites or deletes"
	want := []entryCell{
		{one, "etc/os-release", "file", 240, 0, ""},
		{two, "etc/passwd", "file", 60, 0, "in several layers, with 110 bytes in all"},
		{two, "srv/app", "file", 2000, 0, "ELF file amd64"},
		{one, "etc/mtab", "symlink", 0, 0, "to /proc/mounts"},
		{one, "[hidden]", "hidden", 400, 0, hidden},
	}
	if !slices.Equal(list, want) {
		t.Errorf("\n%v, want\n%v", list, want)
	}
	if got, want := fmt.Sprint(classes), "map[layer layer 1: ADD rootfs base:600 layer layer 2: COPY app application:1000 rest [config] :80 rest [manifest] :20]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := fmt.Sprint(programs); got != "map[srv/app:2000]" {
		t.Error(got)
	}
}

// TestFormats: what has a share of the archive depends on the format.
func TestFormats(t *testing.T) {
	for _, test := range []struct {
		format                         string
		zipped, overhead, size, packed uint64
	}{{"directory", 0, 0, 100, 0}, {"tar", 100, 1948, 2048, 2048}, {"tar+gzip", 60, 0, 60, 0}, {"tar+zstd", 60, 0, 60, 0}, {"zip", 80, 20, 100, 100}} {
		share := uint64(0)
		if test.packed > 0 {
			share = test.zipped
		}
		p := snapshot.Package{Name: "p", Path: "p", Format: test.format, Size: test.size, Zipped: test.zipped, Overhead: test.overhead, Unzipped: 100,
			Categories: []snapshot.PackageCategory{{Name: "program"}, {Name: "native"}, {Name: "dependencies"}, {Name: "data", Files: 1, Unzipped: 100, Zipped: share}, {Name: "other"}},
			Entries:    []snapshot.PackageEntry{{Path: "a", Type: "file", Category: "data", Unzipped: 100, Zipped: share}}}
		if err := p.Check(); err != nil {
			t.Fatalf("%s: %v", test.format, err)
		}
		list, classes, _ := readContents(t, packagePage(t, p))
		packed := uint64(0)
		for _, e := range list {
			packed += uint64(e.packed)
		}
		for _, size := range classes {
			packed += uint64(size)
		}
		if packed != test.packed {
			t.Errorf("%s: %d bytes in the archive, want %d", test.format, packed, test.packed)
		}
	}
}

// TestContentsRefused: what no browser can show is one line that names the file.
func TestContentsRefused(t *testing.T) {
	large := handMadePackage()
	large.Unzipped = 1 << 53
	wrong := handMadePackage()
	wrong.Entries[3].Unzipped++
	deep := snapshot.Package{Path: "deep", Format: "directory"}
	for i := range 2000 { // each of 256 folders of its own
		deep.Entries = append(deep.Entries, snapshot.PackageEntry{Path: fmt.Sprint(i) + strings.Repeat("/a", 256), Type: "file", Category: "other"})
	}
	for _, test := range []struct {
		p    snapshot.Package
		want string
	}{
		{large, "dist/f.zip: has sizes that a browser cannot add up exactly"},
		{wrong, "dist/f.zip: internal error: the entries of the page add up to 2531 and 1500, not to 2530 and 1500 bytes"},
		{deep, "deep: has more than 500,000 folders, files and parts of files"},
	} {
		err := Packages(io.Discard, &snapshot.Packages{Packages: []snapshot.Package{test.p}}, Options{})
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
	m := handMadeImage()
	m.Size = 1 << 53
	if err := Images(io.Discard, &snapshot.Images{Images: []snapshot.Image{m}}, Options{}); err == nil || !strings.HasPrefix(err.Error(), "dist/app.tar: has sizes") {
		t.Error(err)
	}
	if err := Packages(io.Discard, &snapshot.Packages{}, Options{}); err == nil {
		t.Error("a page of nothing")
	}
}

// hostilePackage has an entry of every name that means something to someone.
func hostilePackage() snapshot.Package {
	p := snapshot.Package{Name: "<img src=x onerror=alert(1)>", Path: "p", Format: "zip", Overhead: 1, Size: 1, Categories: []snapshot.PackageCategory{{Name: "program"}, {Name: "native"}, {Name: "dependencies"}, {Name: "data"}, {Name: "other"}}}
	names := append(badname.All(), "<img src=x onerror=alert(1)>", "__proto__", "constructor", "a/__proto__/b", "toString/<script>alert(1)</script>")
	seen := map[string]bool{}
	for i, name := range names {
		name = strings.TrimPrefix(path.Clean("/"+name), "/")
		if seen[name] {
			continue
		}
		seen[name] = true
		size := uint64(1000 + i)
		p.Entries = append(p.Entries, snapshot.PackageEntry{Path: name, Type: "file", Category: "data", Unzipped: size, Zipped: size, Target: name})
		p.Categories[3].Files++
		p.Categories[3].Unzipped += size
		p.Categories[3].Zipped += size
		p.Unzipped += size
		p.Zipped += size
		p.Size += size
	}
	return p
}

func TestHostileEntries(t *testing.T) {
	p := hostilePackage()
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	list, _, _ := readContents(t, packagePage(t, p))
	for i, e := range list {
		if want := oneline.Printable(p.Entries[i].Path); e.path != want {
			t.Errorf("%.60q, want %.60q", e.path, want)
		}
	}
}

// syntheticPackage is a zip with so many entries, as package managers leave them.
func syntheticPackage(count int) snapshot.Package {
	random := rand.New(rand.NewPCG(3, 4))
	p := snapshot.Package{Name: fmt.Sprintf("synthetic-%d.zip", count), Path: "dist/f.zip", Format: "zip",
		Categories: []snapshot.PackageCategory{{Name: "program"}, {Name: "native"}, {Name: "dependencies"}, {Name: "data"}, {Name: "other"}}}
	c := &p.Categories[2]
	for i := range count {
		size := uint64(40 + 4000*random.ExpFloat64()*random.ExpFloat64())
		e := snapshot.PackageEntry{Path: fmt.Sprintf("node_modules/package-%d/%s/module%d.js", i/60, []string{"dist/esm", "dist/cjs", "lib", "src"}[random.IntN(4)], i),
			Type: "file", Category: "dependencies", Unzipped: size, Zipped: size/4 + 1}
		p.Entries = append(p.Entries, e)
		c.Files++
		c.Unzipped += e.Unzipped
		c.Zipped += e.Zipped
	}
	p.Unzipped, p.Zipped, p.Size = c.Unzipped, c.Zipped, c.Zipped
	return p
}

// TestRealPackage holds the page of a zip against the zip, as the standard library
// reads it, and against the JSON report.
func TestRealPackage(t *testing.T) {
	const name = "../../testdata/package/function.zip"
	p, err := bundle.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	list, classes, _ := readContents(t, packagePage(t, snapshot.NewPackage("function.zip", name, p)))
	type sizes struct{ unzipped, zipped int64 }
	got, byCategory := map[string]sizes{}, map[string]sizes{}
	sum := classes["rest [overhead] "]
	for _, e := range list {
		got[e.path] = sizes{e.size, e.packed}
		byCategory[e.class] = sizes{byCategory[e.class].unzipped + e.size, byCategory[e.class].zipped + e.packed}
		sum += e.packed
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if sum != info.Size() {
		t.Errorf("the entries and the overhead add up to %d, not to the file's %d", sum, info.Size())
	}
	z, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		if f.Mode().IsDir() {
			continue
		}
		if want := (sizes{int64(f.UncompressedSize64), int64(f.CompressedSize64)}); got[f.Name] != want {
			t.Errorf("%s: %+v, want %+v", f.Name, got[f.Name], want)
		}
		delete(got, f.Name)
	}
	if len(got) > 0 {
		t.Errorf("not in the zip: %v", got)
	}
	var encoded bytes.Buffer
	if err := (&snapshot.Packages{Packages: []snapshot.Package{snapshot.NewPackage("function.zip", name, p)}}).Write(&encoded); err != nil {
		t.Fatal(err)
	}
	var report struct {
		Packages []struct {
			Categories []struct {
				Name             string
				Unzipped, Zipped int64
			}
		}
	}
	if err := json.Unmarshal(encoded.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	for _, c := range report.Packages[0].Categories {
		if want := (sizes{c.Unzipped, c.Zipped}); byCategory[c.Name] != want {
			t.Errorf("category %s: %+v, want %+v", c.Name, byCategory[c.Name], want)
		}
	}
}
