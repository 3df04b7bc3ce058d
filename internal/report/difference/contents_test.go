package difference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/sizegate/sizegate/internal/badname"
	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/compare/contents"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// zipOf is a zip with files of these names, whose sizes are as random as rng.
func zipOf(t *testing.T, rng *rand.Rand, names []string) *snapshot.Package {
	t.Helper()
	p := &snapshot.Package{Name: "f.zip", Path: "dist/f.zip", Format: "zip", Overhead: rng.Uint64N(500)}
	categories := bundle.Categories()
	for _, c := range categories {
		p.Categories = append(p.Categories, snapshot.PackageCategory{Name: string(c)})
	}
	for _, name := range names {
		c := &p.Categories[rng.IntN(len(categories))]
		e := snapshot.PackageEntry{Path: name, Type: "file", Category: c.Name, Unzipped: rng.Uint64N(3000), Zipped: rng.Uint64N(2000), ELF: rng.IntN(3) == 0}
		p.Entries = append(p.Entries, e)
		c.Files++
		c.Unzipped += e.Unzipped
		c.Zipped += e.Zipped
		p.Unzipped += e.Unzipped
		p.Zipped += e.Zipped
	}
	p.Size = p.Zipped + p.Overhead
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	return p
}

// imageOf is an image with a layer for each name, made by it, of one file of that name.
func imageOf(t *testing.T, rng *rand.Rand, names []string) *snapshot.Image {
	t.Helper()
	m := &snapshot.Image{Name: "app.tar", Source: "dist/app.tar", Format: "oci-archive", Overhead: snapshot.ImageOverhead{Manifest: rng.Uint64N(90), Config: 7}}
	m.Size = m.Overhead.Manifest + m.Overhead.Config
	for i, name := range names {
		l := snapshot.ImageLayer{Number: i + 1, DiffID: fmt.Sprint(rng.IntN(1000)), CreatedBy: name, Size: rng.Uint64N(2000), Unpacked: rng.Uint64N(3000), Files: 1}
		l.Added = snapshot.ImageChange{Files: 1, Bytes: l.Unpacked}
		m.Layers = append(m.Layers, l)
		m.Entries = append(m.Entries, snapshot.ImageEntry{Path: name, Type: "file", Layer: i + 1, Size: l.Unpacked, ELF: rng.IntN(3) == 0})
		m.Size += l.Size
		m.Unpacked += l.Unpacked
		m.Final += l.Unpacked
	}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	return m
}

// rendering is a difference in every format.
type rendering struct {
	table    func(w io.Writer, top int, m display.Medium) error
	markdown func(w io.Writer, top int) error
	json     func(w io.Writer) error
	sums     [][3]int64 // of the tables that there are if all sizes changed: old, new, delta
}

// renderings are differences of generated packages and images that have files of these
// names.
func renderings(t *testing.T, rng *rand.Rand, old, new []string) map[string]rendering {
	t.Helper()
	p := contents.OfPackages(zipOf(t, rng, old), zipOf(t, rng, new))
	m := contents.OfImages(imageOf(t, rng, old), imageOf(t, rng, new))
	for _, d := range []*contents.Diff{&p.Diff, &m.Diff} {
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
	}
	sums := func(old, new uint64) [3]int64 { return [3]int64{int64(old), int64(new), int64(new) - int64(old)} }
	unzipped, archive := sums(p.Old.Unzipped, p.New.Unzipped), sums(p.Old.Size, p.New.Size)
	image, unpacked := sums(m.Old.Size, m.New.Size), sums(m.Old.Unpacked, m.New.Unpacked)
	return map[string]rendering{
		"package": {
			table:    func(w io.Writer, top int, m display.Medium) error { return PackageTable(w, p, top, m) },
			markdown: func(w io.Writer, top int) error { return PackageMarkdown(w, p, top) },
			json:     func(w io.Writer) error { return PackageJSON(w, p) },
			sums:     [][3]int64{unzipped, unzipped, archive, archive},
		},
		"image": {
			table:    func(w io.Writer, top int, medium display.Medium) error { return ImageTable(w, m, top, medium) },
			markdown: func(w io.Writer, top int) error { return ImageMarkdown(w, m, top) },
			json:     func(w io.Writer) error { return ImageJSON(w, m) },
			sums:     [][3]int64{image, unpacked, unpacked},
		},
	}
}

var sizesRow = regexp.MustCompile(`^(.*?) +([0-9,]+) +([0-9,]+) +([-+]?[0-9,]+)(?: +\S+)?$`)

// TestContentsTableAddsUp reads each table of generated differences back from the text:
// however many rows are left out, what is there adds up to the total below it.
func TestContentsTableAddsUp(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	names := func() (list []string) {
		for i := range 3 + rng.IntN(12) {
			if rng.IntN(4) > 0 {
				list = append(list, fmt.Sprintf("folder/file-%c", 'a'+i))
			}
		}
		return append(list, "always")
	}
	for range 60 {
		for what, r := range renderings(t, rng, names(), names()) {
			for _, top := range []int{0, 1, 2, 5} {
				var out bytes.Buffer
				if err := r.table(&out, top, display.Medium{Width: 80}); err != nil {
					t.Fatal(err)
				}
				var sum [3]int64
				totals := 0
				for line := range strings.Lines(out.String()) {
					m := sizesRow.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
					if m == nil {
						sum = [3]int64{}
						continue
					}
					var cells [3]int64
					for i := range cells {
						n, err := strconv.ParseInt(strings.ReplaceAll(m[2+i], ",", ""), 10, 64)
						if err != nil {
							t.Fatal(err)
						}
						cells[i] = n
					}
					if strings.HasPrefix(m[1], "total: ") {
						if totals >= len(r.sums) || cells != r.sums[totals] || cells != sum {
							t.Fatalf("%s, top %d: %s: %d above it\n%s", what, top, line, sum, &out)
						}
						totals++
						continue
					}
					for i := range sum {
						sum[i] += cells[i]
					}
				}
				if totals != len(r.sums) {
					t.Fatalf("%s: %d totals, want %d\n%s", what, totals, len(r.sums), &out)
				}
			}
		}
	}
}

// TestContentsBadNames has the bad names for paths and for what made a layer.
func TestContentsBadNames(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	all := badname.All()
	for what, r := range renderings(t, rng, all[:len(all)/2], all[len(all)/3:]) {
		for _, m := range []display.Medium{{Width: 80}, {Width: 60, Terminal: true}} {
			var out bytes.Buffer
			if err := r.table(&out, 0, m); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(out.String()) {
				line = strings.TrimSuffix(line, "\n")
				if strings.ContainsFunc(line, func(c rune) bool { return c != ' ' && (!unicode.IsGraphic(c) || unicode.IsSpace(c)) }) || strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
					t.Errorf("%s: %q", what, line)
				}
				if display.Columns(line) > m.Width && (m.Terminal || !strings.HasPrefix(line, "whose code ")) { // which wraps on a terminal
					t.Errorf("%s: wider than %d columns: %s", what, m.Width, line)
				}
			}
		}
		var out bytes.Buffer
		if err := r.markdown(&out, 0); err != nil {
			t.Fatal(err)
		}
		if len(out.String()) > 60_000 || strings.Count(out.String(), "<code>") != strings.Count(out.String(), "</code>") {
			t.Errorf("%s: %d bytes of Markdown", what, out.Len())
		}
		inCode := regexp.MustCompile(`<code>[^<>|\x60]*</code>|</?(details|summary)>`)
		if rest := inCode.ReplaceAllString(out.String(), ""); strings.ContainsAny(rest, "<>`[") {
			t.Errorf("%s: raw punctuation in\n%s", what, rest)
		}
		out.Reset()
		if err := r.json(&out); err != nil || !json.Valid(out.Bytes()) {
			t.Errorf("%s: no JSON, %v", what, err)
		}
	}
}

// TestContentsMarkdownBounds: a list has at most 50 rows, whatever is asked for.
func TestContentsMarkdownBounds(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	var many []string
	for i := range 500 {
		many = append(many, fmt.Sprintf("%0200d", i))
	}
	for what, r := range renderings(t, rng, many, many) {
		for top, most := range map[int]int{0: 50, 3: 3, 900: 50} {
			var out bytes.Buffer
			if err := r.markdown(&out, top); err != nil {
				t.Fatal(err)
			}
			rows := 0
			for line := range strings.Lines(out.String()) {
				if rows++; !strings.HasPrefix(line, "| ") {
					rows = 0
				}
				if rows > most+7 { // heading, rule, the rows left out, what is in brackets, total
					t.Errorf("%s: more than %d rows", what, most)
					break
				}
			}
			if !strings.Contains(out.String(), " more ") {
				t.Errorf("%s: nothing is left out of 500 rows", what)
			}
		}
	}
}
