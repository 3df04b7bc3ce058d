package judge

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget/budgettest"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// TestHiddenCulprits: of the 260 bytes of layer 1 the sample's final file system has
// the 100 of lib/[c].js. The rows are "heaviest; grown".
func TestHiddenCulprits(t *testing.T) {
	for _, tt := range []struct {
		name   string
		metric string
		old    func(m *snapshot.Image) // nil without a baseline
		want   string
	}{
		{"what is hidden weighs most", "layer:1", nil, "[files that are hidden later] 160, lib/[c].js 100; "},
		{"nothing is hidden", "layer:2", nil, "a.js 110, lib/e 40; "},
		{"no such layer in the baseline", "layer:3", func(m *snapshot.Image) { m.Layers, m.Entries = m.Layers[:2], m.Entries[:5] },
			"srv/app 150; srv/app 0-150"},
		// 160 - 60 of hidden files.
		{"what is hidden grew", "layer:1", func(m *snapshot.Image) { m.Layers[0].Unpacked = 160 },
			"[files that are hidden later] 160, lib/[c].js 100; [files that are hidden later] 60-160"},
		{"a file was not hidden yet", "layer:1", func(m *snapshot.Image) {
			m.Entries = append(m.Entries, snapshot.ImageEntry{Path: "b.txt", Type: "file", Layer: 1, Size: 60})
		}, "[files that are hidden later] 160, lib/[c].js 100; "},
		// 160 - 50 that were at b.txt and 60 that were hidden.
		{"a file was smaller and not hidden yet", "layer:1", func(m *snapshot.Image) {
			m.Layers[0].Unpacked = 210
			m.Entries = append(m.Entries, snapshot.ImageEntry{Path: "b.txt", Type: "file", Layer: 1, Size: 50})
		}, "[files that are hidden later] 160, lib/[c].js 100; [files that are hidden later] 110-160"},
		{"of all layers the layers say it", "image-unpacked", nil, "layer 1 (ADD base /) 260, layer 2 (RUN build) 150, layer 3 150; "},
	} {
		v := judgeDeployed(t, fmt.Sprintf("version: 1\nbudgets: [{name: api, path: a, limits: {%q: 1}}]\n", tt.metric), Measured{Image: budgettest.Image()}, func(_ *Measured, in *Input) {
			if tt.old != nil {
				old := budgettest.Image()
				tt.old(old)
				in.Baseline = &snapshot.Report{Sizegate: "v1.0.0", Images: []snapshot.Image{*old}}
			}
		})
		c := &v.Results[0].Culprits
		var heaviest, grown []string
		for _, row := range c.Heaviest {
			heaviest = append(heaviest, fmt.Sprintf("%s %d", row.Name, row.New))
		}
		for _, row := range c.Owners {
			grown = append(grown, fmt.Sprintf("%s %d-%d", row.Name, row.Old, row.New))
		}
		if got := strings.Join(heaviest, ", ") + "; " + strings.Join(grown, ", "); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestUnpackedSizes: where a limit is of stored bytes and files are listed, the
// message says that their sizes are others.
func TestUnpackedSizes(t *testing.T) {
	const note = "; files are listed with their unpacked sizes"
	image := map[string]bool{"image": false, "image-unpacked": false, "layers": false, "wasted": false, "layer:1": true, "file:**": false, "file": false}
	grown := map[string]bool{"image": true, "image-unpacked": false, "layers": false, "wasted": false, "layer:2": true, "file:**": false, "file": true}
	smaller := func(m *snapshot.Image) { m.Entries[0].Size--; m.Layers[1].Size -= 10; m.Layers[1].DiffID = "x" }
	for metric, want := range image {
		v := judgeDeployed(t, fmt.Sprintf("version: 1\nbudgets: [{name: api, path: a, limits: {%q: 1}}]\n", metric), Measured{Image: budgettest.Image()}, nil)
		if got := strings.HasSuffix(v.Results[0].Message, note); got != want {
			t.Errorf("%s: %q", metric, v.Results[0].Message)
		}
	}
	for metric, want := range grown {
		v := judgeDeployed(t, fmt.Sprintf("version: 1\nbudgets: [{name: api, path: a, limits: {%q: 1}}]\n", metric), Measured{Image: budgettest.Image()}, func(_ *Measured, in *Input) {
			old := budgettest.Image()
			smaller(old)
			in.Baseline = &snapshot.Report{Sizegate: "v1.0.0", Images: []snapshot.Image{*old}}
		})
		if got := strings.HasSuffix(v.Results[0].Message, note); got != want {
			t.Errorf("%s with a baseline: %q", metric, v.Results[0].Message)
		}
	}
	for _, tt := range []struct {
		format, metric string
		want           bool
	}{
		{"zip", "zipped", false}, {"zip", "file", false}, {"zip", "unzipped", false},
		{"tar+gzip", "zipped", true}, {"tar+gzip", "file", true}, {"tar+gzip", "unzipped", false}, {"tar+gzip", "category:data", false},
	} {
		v := judgeDeployed(t, fmt.Sprintf("version: 1\nbudgets: [{name: api, path: a, limits: {%q: 1}}]\n", tt.metric), Measured{Package: budgettest.Package()}, func(m *Measured, _ *Input) {
			if m.Package.Format = tt.format; tt.format != "zip" {
				m.Package.Zipped = 0
				for i := range m.Package.Entries {
					m.Package.Entries[i].Zipped = 0
				}
			}
		})
		if got := strings.HasSuffix(v.Results[0].Message, note); got != tt.want {
			t.Errorf("%s of a %s: %q", tt.metric, tt.format, v.Results[0].Message)
		}
	}
	v := judgeDeployed(t, "version: 1\nbudgets: [{name: api, path: a, limits: {layer:1: 600}}]\n", Measured{Image: budgettest.Image()}, nil)
	if want := "layer:1 is 500 B, 100 B (16.7%) below the limit of 600 B"; v.Results[0].Message != want {
		t.Errorf("a limit that holds: %q, want %q", v.Results[0].Message, want)
	}
}

// TestWaiverNouns: a waiver that can go is of what was measured.
func TestWaiverNouns(t *testing.T) {
	const text = "version: 1\nbudgets: [{name: api, path: a, limits: {file: 5 kB}}]\nwaivers: [{budget: api, metric: file, limit: 9 kB, reason: x}]\n"
	binary, pack, image := Measured{Binary: &snapshot.Binary{FileSize: 1}}, Measured{Package: budgettest.Package()}, Measured{Image: budgettest.Image()}
	for _, tt := range []struct {
		list []Measured
		want string
	}{
		{[]Measured{binary}, "no binary needs it"}, {[]Measured{pack, pack}, "no package needs it"}, {[]Measured{image}, "no image needs it"},
		{[]Measured{image, binary}, "no binary or image needs it"},
	} {
		c, err := configfile.Parse("b.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		list := slices.Clone(tt.list)
		for i := range list {
			list[i].Budget = &c.Budgets[0]
		}
		v := Budgets(Input{Config: c, Binaries: list, Sizegate: "v1.0.0"})
		if want := "the waiver of file for budget api can be removed: " + tt.want; len(v.Warnings) != 1 || v.Warnings[0].Text != want {
			t.Errorf("%+v, want %q", v.Warnings, want)
		}
	}
}
