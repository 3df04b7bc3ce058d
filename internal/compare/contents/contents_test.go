package contents

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// packageOf is a zip of these entries, with its sums.
func packageOf(format bundle.Format, overhead uint64, entries ...snapshot.PackageEntry) *snapshot.Package {
	p := &snapshot.Package{Name: "f", Path: "dist/f", Format: string(format), Entries: entries, Overhead: overhead}
	at := make(map[string]int)
	for i, c := range bundle.Categories() {
		at[string(c)] = i
		p.Categories = append(p.Categories, snapshot.PackageCategory{Name: string(c)})
	}
	for i := range entries {
		e := &entries[i]
		if format != bundle.FormatZip {
			e.Zipped = 0
		}
		c := &p.Categories[at[e.Category]]
		c.Zipped += e.Zipped
		p.Zipped += e.Zipped
		if e.Replaced {
			continue
		}
		c.Unzipped += e.Unzipped
		p.Unzipped += e.Unzipped
		if e.Type == "file" {
			c.Files++
		}
	}
	switch format {
	case bundle.FormatDirectory:
		p.Overhead, p.Size = 0, p.Unzipped
	case bundle.FormatTarGzip:
		p.Zipped = p.Unzipped / 3
		fallthrough
	default:
		p.Size = p.Zipped + p.Overhead
	}
	return p
}

func entry(path, category string, unzipped, zipped uint64) snapshot.PackageEntry {
	return snapshot.PackageEntry{Path: path, Type: "file", Category: category, Unzipped: unzipped, Zipped: zipped}
}

// lines are rows as text, in their order.
func lines(rows []compare.Row) []string {
	var out []string
	for i := range rows {
		r := &rows[i]
		kind := r.Kind
		if r.Rest {
			kind = "rest"
		}
		out = append(out, fmt.Sprintf("%s (%s) %d→%d %+d %s", r.Name, kind, r.Old, r.New, r.Delta(), r.Change))
	}
	return out
}

func wantLines(t *testing.T, what string, rows []compare.Row, want ...string) {
	t.Helper()
	if got := lines(rows); !slices.Equal(got, want) {
		t.Errorf("%s\n got %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// TestPackages holds a difference against a table made by hand.
func TestPackages(t *testing.T) {
	replaced := entry("b.js", "program", 70, 30)
	replaced.Replaced = true
	link := snapshot.PackageEntry{Path: "link", Type: "symlink", Category: "other", Unzipped: 3, Zipped: 3}
	folder := snapshot.PackageEntry{Path: "folder", Type: "directory", Category: "other"}
	elf := func(size, zipped uint64) snapshot.PackageEntry {
		e := entry("app", "native", size, zipped)
		e.ELF = true
		return e
	}
	old := packageOf(bundle.FormatZip, 100, elf(500, 200), entry("a.js", "program", 50, 20), replaced, entry("b.js", "program", 80, 40), link, entry("empty", "data", 0, 0))
	new := packageOf(bundle.FormatZip, 90, folder, elf(450, 210), entry("b.js", "data", 80, 38), entry("c.js", "program", 60, 25), link)
	before := *old
	d := OfPackages(old, new)
	if err := d.Check(); err != nil || d.Identical() || !reflect.DeepEqual(before, *old) {
		t.Errorf("%v, identical %v", err, d.Identical())
	}
	wantLines(t, "unzipped", d.List(Unzipped, Category),
		"data (category) 0→80 +80 grown", "program (category) 130→60 -70 shrunk", "native (category) 500→450 -50 shrunk",
		"dependencies (category) 0→0 +0 same", "other (category) 3→3 +0 same")
	wantLines(t, "entries", d.List(Unzipped, Entry),
		"c.js (program) 0→60 +60 added", "a.js (program) 50→0 -50 removed", "app (native) 500→450 -50 shrunk",
		"b.js (data) 80→80 +0 same", "empty (data) 0→0 +0 removed", "link (other) 3→3 +0 same")
	wantLines(t, "zipped", d.List(Archive, Category),
		"program (category) 90→25 -65 shrunk", "data (category) 0→38 +38 grown", "[overhead] (rest) 100→90 -10 shrunk", "native (category) 200→210 +10 grown",
		"dependencies (category) 0→0 +0 same", "other (category) 3→3 +0 same")
	wantLines(t, "zipped entries", d.List(Archive, Entry),
		"b.js (data) 70→38 -32 shrunk", "c.js (program) 0→25 +25 added", "a.js (program) 20→0 -20 removed", "[overhead] (rest) 100→90 -10 shrunk",
		"app (native) 200→210 +10 grown", "empty (data) 0→0 +0 removed", "link (other) 3→3 +0 same")
	if !slices.Equal(d.Programs, []string{"app"}) || d.Warnings != nil {
		t.Errorf("programs %q, warnings %q", d.Programs, d.Warnings)
	}
	if same := OfPackages(old, old); !same.Identical() || same.Check() != nil || len(same.Programs) != 0 {
		t.Error("a package differs from itself")
	}
}

// TestSavedNames: a report has other names for paths that are no UTF-8, and the same file
// is one row all the same.
func TestSavedNames(t *testing.T) {
	sides := func(name string) *snapshot.Package {
		e := entry(name, "native", uint64(len(name)), 1)
		e.ELF = true
		return packageOf(bundle.FormatZip, 5, e, entry("good", "other", 1, 1))
	}
	const raw, other, read = "caf\xe9", "caf\xea", "caf\ufffd"
	for _, tt := range []struct {
		old, new string
		rows     int
	}{{raw, raw, 2}, {raw, read, 2}, {read, raw, 2}, {read, read, 2}, {raw, other, 3}, {"caf", raw, 3}} {
		d := OfPackages(sides(tt.old), sides(tt.new))
		if err := d.Check(); err != nil || len(d.List(Unzipped, Entry)) != tt.rows || len(d.List(Archive, Entry)) != tt.rows+1 {
			t.Errorf("%q to %q: %v, %q", tt.old, tt.new, err, lines(d.List(Unzipped, Entry)))
		}
		if len(tt.old) != len(tt.new) && tt.rows == 2 && len(d.Programs) != 1 {
			t.Errorf("%q to %q: programs %q", tt.old, tt.new, d.Programs)
		}
	}
}

// TestCheckContents: a row that is lost is noticed.
func TestCheckContents(t *testing.T) {
	p := packageOf(bundle.FormatZip, 100, entry("a", "other", 5, 3), entry("b", "other", 6, 4))
	d := OfPackages(p, p)
	d.Totals[0].Lists[1].Rows = d.Totals[0].Lists[1].Rows[1:]
	if err := d.Check(); err == nil || !strings.Contains(err.Error(), "by entry adds up to ") {
		t.Error(err)
	}
}

// TestImages holds a difference against a table made by hand: layer 1 stays, layer 2 is
// made by the same step, layer 3 is gone.
func TestImages(t *testing.T) {
	layer := func(n int, id, by string, size, unpacked uint64) snapshot.ImageLayer {
		return snapshot.ImageLayer{Number: n, DiffID: id, CreatedBy: by, Size: size, Unpacked: unpacked}
	}
	old := &snapshot.Image{Platform: "linux/amd64", Size: 1000, Overhead: snapshot.ImageOverhead{Manifest: 40, Config: 60}, Unpacked: 2000, Final: 1900, Hidden: 100,
		Layers: []snapshot.ImageLayer{layer(1, "a", "ADD", 500, 1000), layer(2, "b", "COPY", 300, 700), layer(3, "c", "", 100, 300)},
		Entries: []snapshot.ImageEntry{{Path: "bin", Type: "directory"}, {Path: "bin/app", Type: "file", Size: 1000, ELF: true}, {Path: "bin/tool", Type: "file", Size: 600, ELF: true},
			{Path: "etc/x", Type: "file", Size: 300}, {Path: "link", Type: "symlink"}}}
	new := &snapshot.Image{Platform: "linux/arm64", Size: 900, Overhead: snapshot.ImageOverhead{Manifest: 42, Config: 58}, Unpacked: 1850, Final: 1850,
		Layers: []snapshot.ImageLayer{layer(1, "a", "ADD", 510, 1000), layer(2, "d", "COPY", 290, 850)},
		Entries: []snapshot.ImageEntry{{Path: "bin/app", Type: "file", Size: 1200, ELF: true}, {Path: "etc/x", Type: "file", Size: 300},
			{Path: "etc/y", Type: "file", Size: 350}, {Path: "link", Type: "file"}}}
	d := OfImages(old, new)
	if err := d.Check(); err != nil || d.Identical() {
		t.Errorf("%v, identical %v", err, d.Identical())
	}
	wantLines(t, "stored", d.List(Stored, Layer),
		"layer 3 (layer) 100→0 -100 removed", "layer 1 (ADD) (layer) 500→510 +10 grown", "layer 2 (COPY) (layer) 300→290 -10 shrunk",
		"[config] (rest) 60→58 -2 shrunk", "[manifest] (rest) 40→42 +2 grown")
	wantLines(t, "unpacked", d.List(Unpacked, Layer),
		"layer 3 (layer) 300→0 -300 removed", "layer 2 (COPY) (layer) 700→850 +150 grown", "layer 1 (ADD) (layer) 1000→1000 +0 same")
	wantLines(t, "files", d.List(Unpacked, File),
		"bin/tool (file) 600→0 -600 removed", "etc/y (file) 0→350 +350 added", "bin/app (file) 1000→1200 +200 grown", "[hidden] (rest) 100→0 -100 shrunk",
		"etc/x (file) 300→300 +0 same", "link (file) 0→0 +0 same")
	if !slices.Equal(d.Programs, []string{"bin/app"}) {
		t.Errorf("programs %q", d.Programs)
	}
	if len(d.Warnings) != 2 || !strings.Contains(d.Warnings[0], `"linux/amd64" and "linux/arm64"`) || !strings.Contains(d.Warnings[1], "other sizes: 1 ") {
		t.Errorf("warnings %q", d.Warnings)
	}
}

// TestGeneratedPackages compares packages made at random: every list adds up, and each
// path has the sizes of both sides.
func TestGeneratedPackages(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	formats := []bundle.Format{bundle.FormatZip, bundle.FormatZip, bundle.FormatTarGzip, bundle.FormatDirectory}
	categories := bundle.Categories()
	random := func() *snapshot.Package {
		var entries []snapshot.PackageEntry
		last := make(map[string]int)
		for range rng.IntN(30) {
			e := entry(string(rune('a'+rng.IntN(20))), string(categories[rng.IntN(len(categories))]), rng.Uint64N(1000), rng.Uint64N(900))
			e.ELF = rng.IntN(4) == 0
			if i, known := last[e.Path]; known {
				entries[i].Replaced = true
			}
			last[e.Path] = len(entries)
			entries = append(entries, e)
		}
		return packageOf(formats[rng.IntN(len(formats))], rng.Uint64N(300), entries...)
	}
	for range 3000 {
		old, new := random(), random()
		for _, p := range []*snapshot.Package{old, new} {
			if err := p.Check(); err != nil {
				t.Fatal(err)
			}
		}
		d := OfPackages(old, new)
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		directory := old.Format == "directory" || new.Format == "directory"
		if d.Total(Unzipped).Delta() != int64(new.Unzipped)-int64(old.Unzipped) || directory != (d.Total(Archive) == nil) ||
			!directory && d.Total(Archive).Delta() != int64(new.Size)-int64(old.Size) {
			t.Fatalf("totals %+v", d.Totals)
		}
		remain := func(p *snapshot.Package, path string) (size uint64, known bool) {
			for i := range p.Entries {
				if e := &p.Entries[i]; e.Path == path && !e.Replaced {
					return e.Unzipped, true
				}
			}
			return 0, false
		}
		seen := make(map[string]bool)
		for _, r := range d.List(Unzipped, Entry) {
			was, before := remain(old, r.Name)
			is, after := remain(new, r.Name)
			want := map[[2]bool]compare.Change{{true, false}: compare.Removed, {false, true}: compare.Added}[[2]bool{before, after}]
			if want == "" {
				want = compare.Both("", was, is).Change
			}
			if seen[r.Name] || r.Old != was || r.New != is || r.Change != want {
				t.Fatalf("%+v: %d, %d, %s", r, was, is, want)
			}
			seen[r.Name] = true
		}
		back := OfPackages(new, old)
		for i := range d.Totals {
			if d.Totals[i].Delta() != -back.Totals[i].Delta() {
				t.Fatalf("the other way round: %+v, %+v", d.Totals[i].Row, back.Totals[i].Row)
			}
		}
	}
}

// TestGeneratedImages does the same for layers that change places, come and go.
func TestGeneratedImages(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	random := func() *snapshot.Image {
		m := &snapshot.Image{Overhead: snapshot.ImageOverhead{Manifest: rng.Uint64N(50), Config: rng.Uint64N(50)}, Hidden: rng.Uint64N(100)}
		m.Size = m.Overhead.Manifest + m.Overhead.Config
		for i := range rng.IntN(8) {
			l := snapshot.ImageLayer{Number: i + 1, DiffID: fmt.Sprint(rng.IntN(6)), CreatedBy: strings.Repeat("x", rng.IntN(4)), Size: rng.Uint64N(500)}
			m.Layers = append(m.Layers, l)
			m.Size += l.Size
		}
		for i := range rng.IntN(20) {
			if rng.IntN(3) > 0 {
				m.Entries = append(m.Entries, snapshot.ImageEntry{Path: fmt.Sprint(i), Type: "file", Size: rng.Uint64N(100)})
				m.Final += m.Entries[len(m.Entries)-1].Size
			}
		}
		if m.Layers == nil {
			m.Entries, m.Final, m.Hidden = nil, 0, 0
		} else {
			m.Layers[0].Unpacked = m.Final + m.Hidden
		}
		m.Unpacked = m.Final + m.Hidden
		return m
	}
	for range 3000 {
		old, new := random(), random()
		d := OfImages(old, new)
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, at := range MatchLayers(old.Layers, new.Layers) {
			if at >= 0 {
				found++
			}
		}
		if got, want := len(d.List(Stored, Layer)), len(old.Layers)+len(new.Layers)-found+2; got != want {
			t.Fatalf("%d rows, want %d", got, want)
		}
		if !OfImages(old, old).Identical() {
			t.Fatal("an image differs from itself")
		}
	}
}

// BenchmarkPackages compares two packages of 200,000 entries, of which a tenth grew.
func BenchmarkPackages(b *testing.B) {
	build := func(more uint64) *snapshot.Package {
		var entries []snapshot.PackageEntry
		for i := range 200_000 {
			e := entry(fmt.Sprintf("node_modules/package%d/lib/file%d.js", i/100, i), "dependencies", uint64(i%999), uint64(i%333))
			if i%10 == 0 {
				e.Unzipped += more
			}
			entries = append(entries, e)
		}
		return packageOf(bundle.FormatZip, 1000, entries...)
	}
	old, new := build(0), build(5)
	for b.Loop() {
		if d := OfPackages(old, new); d.Check() != nil {
			b.Fatal(d.Check())
		}
	}
}
