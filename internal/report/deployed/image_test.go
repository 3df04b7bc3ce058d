package deployed

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// demoImages are two images that are made by hand. The first has a base, and its
// second layer replaces and deletes files of the first.
func demoImages() *snapshot.Images {
	files := demoPackages().Packages[0].Binaries // of 1000 bytes each
	one := snapshot.Image{Name: "a.tar", Source: "a.tar", Format: "oci-archive", Platform: "linux/arm64",
		Size: 3100, Overhead: snapshot.ImageOverhead{Manifest: 60, Config: 40}, Unpacked: 5090, Final: 4090, Hidden: 1000, Wasted: 1010,
		Base: snapshot.ImageBase{Layers: 1},
		Layers: []snapshot.ImageLayer{
			{Number: 1, CreatedBy: "ADD file", Base: true, Size: 2000, Unpacked: 3000, Files: 3, Added: snapshot.ImageChange{Files: 3, Bytes: 3000}, Wasted: 1000},
			{Number: 2, CreatedBy: strings.Repeat("RUN make ", 50), Size: 1000, Unpacked: 2090, Files: 4, Added: snapshot.ImageChange{Files: 3, Bytes: 2080},
				Overwritten: snapshot.ImageChange{Files: 1, Bytes: 600}, Deleted: snapshot.ImageChange{Files: 1, Bytes: 400}, Wasted: 10},
		},
		WastedPaths: []snapshot.WastedPath{{Path: "e1", Count: 2, Bytes: 610}, {Path: "gone", Count: 2, Bytes: 400}},
		Binaries:    files,
	}
	for _, e := range []struct {
		path  string
		layer int
		size  uint64
	}{{"a.so", 1, 1000}, {"b.so", 1, 1000}, {"d1", 2, 1000}, {"d2", 2, 1070}, {"e1", 2, 10}, {"e2", 2, 10}} {
		one.Entries = append(one.Entries, snapshot.ImageEntry{Path: e.path, Type: "file", Layer: e.layer, Size: e.size, ELF: strings.HasSuffix(e.path, ".so")})
	}
	one.Entries = append(one.Entries, snapshot.ImageEntry{Path: "dir", Type: "directory", Layer: 1}, snapshot.ImageEntry{Path: "link", Type: "symlink", Layer: 1, Target: "e1"})
	two := one
	two.Name, two.Source, two.Format, two.Base = "b", "registry:b", "registry", snapshot.ImageBase{}
	two.Entries = []snapshot.ImageEntry{{Path: "a.so", Type: "file", Layer: 1, Size: 1000, ELF: true}, {Path: "other", Type: "file", Layer: 2, Size: 3090}}
	two.Binaries = files[:1]
	return &snapshot.Images{Images: []snapshot.Image{one, two}}
}

// TestImageSums: whatever --top and --filter leave out, the rows of every list of a
// table add up to its total, column by column.
func TestImageSums(t *testing.T) {
	demo := demoImages()
	for _, by := range []breakdown.By{breakdown.ByLayer, breakdown.ByEntry, breakdown.ByPackage, breakdown.ByModule, breakdown.ByOrigin, breakdown.BySection} {
		for _, top := range []int{0, 1, 2, 100} {
			for _, filter := range []string{"", "e", "so$", "^d2$", "nothing"} {
				for _, count := range []int{1, 2} {
					name := fmt.Sprintf("%s/%d/%s/%d", by, top, filter, count)
					o := demoOptions(by)
					o.Top, o.Width = top, 100
					if filter != "" {
						o.Filter = regexp.MustCompile(filter)
					}
					var out bytes.Buffer
					if err := ImageTable(&out, &snapshot.Images{Images: demo.Images[:count]}, o); err != nil {
						t.Fatal(err)
					}
					want := 1
					if by == breakdown.ByLayer {
						want = map[int]int{1: 5, 2: 2}[count]
					}
					if totals := checkImageSums(t, name, out.String()); totals != want {
						t.Errorf("%s: %d totals, want %d in\n%s", name, totals, want, &out)
					}
				}
			}
		}
	}
}

// checkImageSums looks at each list of a table, and returns how many end in a total.
// What is below a total does not count. In a row the sizes are the last columns, but
// for shares and what a total leaves empty.
func checkImageSums(t *testing.T, name, text string) (totals int) {
	t.Helper()
	_, lists, _ := strings.Cut(text, "\n\n")
	for list := range strings.SplitSeq(lists, "\n\n") {
		header, rows, _ := strings.Cut(list, "\n")
		columns := 1
		switch {
		case strings.Contains(header, "OVERWRITTEN"):
			columns = 4
		case strings.Contains(header, "[2]"), strings.Contains(header, "STORED  "):
			columns = 2
		}
		sums := make([]uint64, columns)
		for line := range strings.Lines(rows) {
			got := numbers(line)
			if strings.HasPrefix(line, "[config]") || strings.HasPrefix(line, "[manifest]") {
				got = []uint64{got[0], 0}
			}
			if len(got) < columns {
				t.Errorf("%s: no sizes in %q", name, line)
				continue
			}
			got = got[len(got)-columns:]
			if strings.HasPrefix(line, "total: ") {
				totals++
				if fmt.Sprint(got) != fmt.Sprint(sums) {
					t.Errorf("%s: the rows add up to %d, and the total is %d:\n%s", name, sums, got, list)
				}
				break
			}
			for i := range sums {
				sums[i] += got[i]
			}
		}
	}
	return totals
}

// TestImageText: what a heading says, and that what an image says of itself is cut.
func TestImageText(t *testing.T) {
	demo := demoImages()
	huge := strings.Repeat("e\u0301", 2_000_000) // marks take no column
	m := &demo.Images[1]
	m.Reference, m.Layers = huge, []snapshot.ImageLayer{{Number: 1, CreatedBy: huge, Missing: true}}
	m.Base = snapshot.ImageBase{Name: huge, Digest: huge, Layers: 1, Evidence: huge}
	for _, render := range []func() string{
		func() string {
			var out bytes.Buffer
			if err := ImageTable(&out, &snapshot.Images{Images: demo.Images[1:]}, demoOptions(breakdown.ByLayer)); err != nil {
				t.Fatal(err)
			}
			return out.String()
		},
		func() string {
			var out bytes.Buffer
			if err := ImageMarkdown(&out, &snapshot.Images{Images: demo.Images[1:]}, demoOptions(breakdown.ByLayer)); err != nil {
				t.Fatal(err)
			}
			return out.String()
		},
	} {
		text := render()
		if len(text) > 100_000 || !strings.Contains(text, "2 files, 1 ELF file (arm64)") || !strings.Contains(text, "1 layer (1 of the base image)") {
			t.Errorf("%d bytes: %.2000s", len(text), text)
		}
	}
}
