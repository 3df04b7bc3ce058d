package judge

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget/budgettest"
	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/snapshot"
)

func TestJudgeImage(t *testing.T) {
	const begin = "version: 1\nbudgets: [{name: api, path: dist/app.tar, "
	old := func(change func(m *snapshot.Image)) func(*Measured, *Input) {
		return func(_ *Measured, in *Input) {
			m := budgettest.Image()
			change(m)
			in.Baseline = &snapshot.Report{Sizegate: "v1.0.0", Images: []snapshot.Image{*m}}
		}
	}
	for _, tt := range []struct {
		name, text string
		change     func(*Measured, *Input)
		want       []string
	}{
		{"limits", "limits: {image: 1000, image-unpacked: {warn: 559, error: 560}, layers: 2, wasted: 269, layer:2: 300}}]", nil,
			[]string{"image 1000/1000 pass", "image-unpacked 560/559 warn", "layers 3/2 fail", "wasted 270/269 fail", "layer:2 300/300 pass"}},
		{"absent", "limits: {layer:4: 0, \"file:*.ts\": 1}}]", nil,
			[]string{"layer:4 0/0 pass", "file:*.ts 0/1 pass",
				"warning: dist/app.tar: the image has only 3 layers (correct the name, or remove the limit)",
				"warning: dist/app.tar: no file in the image matches *.ts (correct the name, or remove the limit)"}},
		{"growth", "max-increase: {image: {error: 10%, floor: 5}, layers: 1, layer:3: 0%}}]", old(func(m *snapshot.Image) {
			m.Size, m.Layers = 900, m.Layers[:1]
		}), []string{"image max-increase 1000/990 was 900 fail", "layers max-increase 3/2 was 1 fail", "layer:3 max-increase 100/0 was 0 fail"}},
		{"growth of layers by a share", "max-increase: {layers: {warn: 49%, error: 50%, floor: 0}}}]", old(func(m *snapshot.Image) { m.Layers = m.Layers[:2] }),
			[]string{"layers max-increase 3/2 was 2 warn"}},
		{"the baseline has another name and path", "max-increase: {wasted: 0}}]", old(func(m *snapshot.Image) { m.Name, m.Source = "x", "y" }),
			[]string{"wasted max-increase 270/270 was 270 pass"}},
		{"the baseline has a package alone", "max-increase: {file: 5 B}}]", func(_ *Measured, in *Input) {
			p := budgettest.Package()
			p.Name, p.Path = "api", "dist/app.tar"
			in.Baseline = &snapshot.Report{Sizegate: "v1.0.0", Packages: []snapshot.Package{*p}}
		}, []string{"file max-increase 4000/0 skipped", "warning: the baseline has no image of budget api, path dist/app.tar: its increase limits were not checked (save a new baseline with --save-baseline)"}},
		{"the baseline is for another architecture", "max-increase: {wasted: 0}}]", old(func(m *snapshot.Image) { m.Platform, m.Wasted = "linux/amd64", 1 }),
			[]string{"wasted max-increase 270/1 was 1 warn", "warning: the baseline of budget api, path dist/app.tar, cannot be compared, so growth is no error: the baseline is for amd64, this file for arm64"}},
		{"the baseline was a directory", "max-increase: {file: 5 B}}]", old(func(m *snapshot.Image) { m.Archive, m.Format = 0, "oci-layout" }),
			[]string{"file max-increase 4000/0 skipped", "warning: the growth of file of budget api, path dist/app.tar, was not checked: the baseline was measured without it (save a new one with --save-baseline)"}},
		{"metric of a file", "limits: {stripped: 1}}]", nil, []string{"stripped 0/0 skipped",
			"failure: stripped is a measure of ELF files, and this is an image (docker-archive) (limit image, image-unpacked, layers, wasted, layer:N or file:GLOB, or name the ELF file)"}},
		{"arch", "arch: amd64}]", nil, []string{"arch 0/0 fail"}},
		{"right arch", "arch: arm64}]", nil, []string{"arch 0/0 pass"}},
		{"unknown arch", "arch: arm64}]", func(m *Measured, _ *Input) { m.Image.Platform = "" },
			[]string{"arch 0/0 skipped", "failure: the image does not say what it is for, so arch cannot be checked (build it with --platform, or remove arch)"}},
		{"rules", "packages: [{match: ring, deny: true}, {match: ring, limit: 100}]}]", func(m *Measured, _ *Input) {
			m.Image.Binaries = []snapshot.Binary{{Path: "srv/app", FileSize: 150,
				Sections: []snapshot.Section{{Name: ".text", Kind: "code", FileSize: 100, Attributed: 100}},
				Owners:   []snapshot.Owner{{Kind: "crate", Name: "ring", Size: 100, Sections: map[string]uint64{".text": 100}, Confidence: "exact"}}}}
		}, []string{"text ring 100/0 fail", "text ring 100/100 pass"}},
		{"rules without a file", "packages: [{match: ring, deny: true}]}]", nil,
			[]string{"failure: no ELF file in it could be analysed: rules about packages cannot be judged (remove them, or name another image)"}},
		{"waivers", "limits: {layers: 2, wasted: 269}}]\nwaivers: [{budget: api, metric: layers, limit: 3, reason: x}, {budget: api, metric: wasted, limit: 269, reason: y}]", nil,
			[]string{"layers 3/2 waived", "wasted 270/269 fail", "warning: the waiver of wasted for budget api can be removed: its limit of 269 B is not above the budget's own"}},
		{"preset", "preset: aws-lambda-image}]", nil, []string{"image-unpacked 560/10737418240 pass", "preset 0/0 pass"}},
		{"over the preset's limit", "preset: aws-lambda-image}]", func(m *Measured, _ *Input) { m.Image.Unpacked = 10737418241 },
			[]string{"image-unpacked 10737418241/10737418240 fail", "preset 0/0 pass"}},
		{"near the preset's limit", "preset: aws-lambda-image}]", func(m *Measured, _ *Input) { m.Image.Unpacked = 9663676417 },
			[]string{"image-unpacked 9663676417/9663676416 warn", "preset 0/0 pass"}},
		{"own limit beside a preset", "preset: aws-lambda-image, limits: {image-unpacked: 559}}]", nil,
			[]string{"image-unpacked 560/559 fail", "preset 0/0 pass"}},
		{"findings", "preset: aws-lambda-image, arch: amd64}]", func(m *Measured, _ *Input) {
			m.Findings = []lambda.Finding{
				{Severity: lambda.Failure, Code: lambda.WrongArchitecture, Message: "not for it"},
				{Severity: lambda.Failure, Code: lambda.OverLimit, Message: "too large", Value: 5, Limit: 4},
				{Severity: lambda.Warning, Code: lambda.NoEntryPoint, Message: "nothing to start"},
			}
		}, []string{"image-unpacked 560/10737418240 pass", "preset wrong-architecture 0/0 fail", "preset entry-point-missing 0/0 warn"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := judgeDeployed(t, begin+tt.text+"\n", Measured{Image: budgettest.Image()}, tt.change)
			if got := verdictOf(v); !slices.Equal(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// TestSeveralImages: what some of them lack is said once.
func TestSeveralImages(t *testing.T) {
	v := judgeDeployed(t, "version: 1\nbudgets: [{name: api, path: '*.tar', limits: {layer:3: 1 kB, layer:9: 1 kB}}]\n", Measured{Image: budgettest.Image()}, func(m *Measured, in *Input) {
		other := budgettest.Image()
		other.Source, other.Layers = "dist/b.tar", other.Layers[:2]
		in.Binaries = append(in.Binaries, Measured{Budget: m.Budget, Image: other})
	})
	want := []string{
		"1 of the 2 images of budget api have no layer 3, dist/b.tar for one (correct the name, or remove the limit)",
		"2 of the 2 images of budget api have no layer 9, dist/app.tar for one (correct the name, or remove the limit)",
	}
	var got []string
	for _, w := range v.Warnings {
		got = append(got, w.Text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestLayerMessages(t *testing.T) {
	for text, want := range map[string]string{
		"limits: {layers: 2}":                            "the image has 3 layers, 1 layer over the limit of 2 layers",
		"limits: {layers: {warn: 1}}":                    "the image has 3 layers, 2 layers over the warning limit of 1 layer",
		"limits: {layers: {warn: 2, error: 3}}":          "the image has 3 layers, 1 layer over the warning limit of 2 layers and exactly the limit of 3 layers",
		"limits: {layers: 1200}":                         "the image has 3 layers, 1,197 layers (99.8%) below the limit of 1,200 layers",
		"max-increase: {layers: 1}":                      "the number of layers grew by 2 layers (+200.0%) from 1 layer to 3 layers; 1 layer (up to 2 layers) is allowed",
		"max-increase: {layers: {error: 50%, floor: 3}}": "the number of layers grew by 2 layers (+200.0%) from 1 layer to 3 layers; 50% or 3 layers (up to 4 layers) is allowed",
	} {
		v := judgeDeployed(t, "version: 1\nbudgets: [{name: api, path: a, "+text+"}]\n", Measured{Image: budgettest.Image()}, func(_ *Measured, in *Input) {
			old := budgettest.Image()
			old.Layers = old.Layers[:1]
			in.Baseline = &snapshot.Report{Sizegate: "v1.0.0", Images: []snapshot.Image{*old}}
		})
		if got := v.Results[0].Message; got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestImageCulprits(t *testing.T) {
	v := judgeDeployed(t, "version: 1\nbudgets: [{name: api, path: a, limits: {image: 1, image-unpacked: 1, layers: 1, wasted: 1, layer:2: 1, \"file:**/*.js\": 1, file: 1}}]\n", Measured{Image: budgettest.Image()},
		func(m *Measured, in *Input) {
			old := budgettest.Image()
			// The same step made a smaller layer 2, and there was no layer 3.
			old.Layers = old.Layers[:2]
			old.Layers[1].DiffID, old.Layers[1].Size, old.Layers[1].Unpacked = "sha256:x", 250, 149
			old.Entries = old.Entries[:5]
			old.Entries[0].Size = 109
			old.WastedPaths = old.WastedPaths[:1]
			in.Baseline = &snapshot.Report{Sizegate: "v1.0.0", Images: []snapshot.Image{*old}}
		})
	const stored, final = "layer 1 (ADD base /) 500, layer 2 (RUN build) 300, layer 3 100", "srv/app 150-0 added, a.js 110-109 grown"
	const layers = "layer 3 100-0 added, layer 2 (RUN build) 300-250 grown"
	want := []string{
		stored + "; " + final + "; " + layers,
		"layer 1 (ADD base /) 260, layer 2 (RUN build) 150, layer 3 150; " + final + "; layer 3 150-0 added, layer 2 (RUN build) 150-149 grown",
		stored + "; ; layer 3 100-0 added",
		"a.js 210, b.txt 60; b.txt 60-0 added; ",
		"a.js 110, lib/e 40; a.js 110-109 grown; ",
		"a.js 110, lib/[c].js 100; a.js 110-109 grown; ",
		stored + "; " + final + "; " + layers,
	}
	for i := range v.Results {
		c := &v.Results[i].Culprits
		var lists [3][]string
		for _, row := range c.Heaviest {
			lists[0] = append(lists[0], fmt.Sprintf("%s %d", row.Name, row.New))
		}
		for _, row := range c.Owners {
			lists[1] = append(lists[1], fmt.Sprintf("%s %d-%d %s", row.Name, row.New, row.Old, row.Change))
		}
		for _, row := range c.Layers {
			lists[2] = append(lists[2], fmt.Sprintf("%s %d-%d %s", row.Name, row.New, row.Old, row.Change))
		}
		if got := strings.Join(lists[0], ", ") + "; " + strings.Join(lists[1], ", ") + "; " + strings.Join(lists[2], ", "); got != want[i] {
			t.Errorf("%s:\ngot  %s\nwant %s", v.Results[i].Metric, got, want[i])
		}
	}
}
