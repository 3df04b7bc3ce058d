package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// TestImageBudgets: a limit of exactly what an image has holds, and one less is a
// breach. The figures are those of go-containerregistry's files and of a walk over the
// layers' tars.
func TestImageBudgets(t *testing.T) {
	program, err := os.ReadFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	text := func(n int) []byte { return bytes.Repeat([]byte("text "), n)[:n] }
	file := func(name string, n int) packFile { return packFile{name: name, data: text(n), mode: 0o644} }
	app := packFile{name: "srv/app", data: program, mode: 0o755}
	gone := func(name string) packFile { return packFile{name: path.Join(path.Dir(name), ".wh."+path.Base(name))} }
	for name, layers := range map[string][]layerFile{
		"scratch": {{files: []packFile{app}, createdBy: "COPY app /srv/app"}},
		"distroless": {
			{files: []packFile{file("etc/passwd", 700), file("usr/lib/os-release", 300), {name: "tmp", mode: os.ModeDir | 0o777}}, createdBy: "bazel build"},
			{createdBy: "CMD []"},
			{files: []packFile{app, {name: "srv/link", target: "app", mode: os.ModeSymlink | 0o777}}, createdBy: "COPY app /srv/app"},
		},
		"overwrites": {
			{files: []packFile{file("etc/a", 1000), file("etc/b", 2000), file("var/cache/pkg", 30_000), file("var/cache/other", 5000)}, createdBy: "ADD base /"},
			{files: []packFile{file("etc/a", 1100), file("opt/tool.js", 4000), gone("var/cache/pkg")}, createdBy: "RUN install"},
			{files: []packFile{file("etc/a", 10), app, gone("var/cache/other"), gone("opt/tool.js")}, createdBy: "COPY . /"},
			{files: []packFile{file("opt/tool.js", 4001), file("opt/lib/b.js", 70)}, createdBy: "RUN build"},
		},
	} {
		for _, form := range []string{"docker", "oci"} {
			t.Run(name+" "+form, func(t *testing.T) {
				dir := t.TempDir()
				img, err := madeImage(form == "oci", "linux/amd64", layers)
				if err != nil {
					t.Fatal(err)
				}
				source := filepath.Join(dir, "image")
				if err := writeImage(form, source, []string{"linux/amd64"}, []v1.Image{img}); err != nil {
					t.Fatal(err)
				}
				want := imageFigures(t, img, form == "oci")
				if form == "docker" {
					info, err := os.Stat(source)
					if err != nil {
						t.Fatal(err)
					}
					want["file"] = uint64(info.Size())
				}
				holdImage(t, dir, want, "")
				for metric, value := range want {
					if value > 0 {
						holdImage(t, dir, want, metric)
					}
				}
			})
		}
	}
}

// holdImage checks the image in dir against limits that are what it has, but for the
// one that is exceeded.
func holdImage(t *testing.T, dir string, want map[string]uint64, exceeded string) {
	t.Helper()
	config := "version: 1\nbudgets:\n  - name: app\n    path: image\n    arch: amd64\n    limits:\n"
	for _, metric := range slices.Sorted(maps.Keys(want)) {
		limit := want[metric]
		if metric == exceeded {
			limit--
		}
		config += fmt.Sprintf("      %q: %d\n", metric, limit)
	}
	file := filepath.Join(dir, "budgets.yaml")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"check", "-c", file, "-f", "json"}, &stdout, &stderr)
	if wantCode := map[bool]int{true: exitOK, false: exitExceeded}[exceeded == ""]; code != wantCode {
		t.Fatalf("%s exceeded: exit code %d, %s%s", exceeded, code, &stdout, &stderr)
	}
	var verdict struct {
		Results []struct {
			Metric, Status string
			Value          uint64
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &verdict); err != nil {
		t.Fatal(err)
	}
	if len(verdict.Results) != len(want)+1 {
		t.Fatalf("%d results, want %d", len(verdict.Results), len(want)+1)
	}
	for _, r := range verdict.Results {
		status := "pass"
		if r.Metric == exceeded {
			status = "fail"
		}
		if r.Metric != "arch" && r.Value != want[r.Metric] || r.Status != status {
			t.Errorf("%s exceeded: %s is %d, %s, want %d, %s", exceeded, r.Metric, r.Value, r.Status, want[r.Metric], status)
		}
	}
}

// imageFigures are the metrics of an image. Compressed layers are those of a layout, which
// has a manifest too.
func imageFigures(t *testing.T, img v1.Image, compressed bool) map[string]uint64 {
	t.Helper()
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.RawConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]uint64{"image": uint64(len(config)), "image-unpacked": 0, "layers": uint64(len(layers)), "wasted": 0}
	if compressed {
		manifest, err := img.RawManifest()
		if err != nil {
			t.Fatal(err)
		}
		want["image"] += uint64(len(manifest))
	}
	onPath := make(map[string][]uint64) // the sizes that layers have there, as dive counts
	for i, l := range layers {
		stored, unpacked, _, err := layerSizes(l, compressed)
		if err != nil {
			t.Fatal(err)
		}
		want[fmt.Sprintf("layer:%d", i+1)] = uint64(stored)
		want["image"] += uint64(stored)
		want["image-unpacked"] += uint64(unpacked)
		in, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		eachHeader(t, in, func(h *tar.Header) {
			name := path.Join(path.Dir(h.Name), strings.TrimPrefix(path.Base(h.Name), ".wh."))
			onPath[name] = append(onPath[name], uint64(h.Size))
		})
		in.Close()
	}
	for _, sizes := range onPath {
		for _, size := range sizes {
			if len(sizes) > 1 {
				want["wasted"] += size
			}
		}
	}
	var srv, scripts uint64
	final := mutate.Extract(img)
	defer final.Close()
	eachHeader(t, final, func(h *tar.Header) {
		switch {
		case h.Typeflag != tar.TypeReg:
		case strings.HasPrefix(h.Name, "srv/"):
			srv += uint64(h.Size)
		case strings.HasSuffix(h.Name, ".js"):
			scripts += uint64(h.Size)
		}
	})
	want["file:srv/**"], want["file:**/*.js"] = srv, scripts
	return want
}

func eachHeader(t *testing.T, in io.Reader, visit func(h *tar.Header)) {
	t.Helper()
	for r := tar.NewReader(in); ; {
		h, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		visit(h)
	}
}

// TestImageCommand: what an image starts is looked for in it, through links.
func TestImageCommand(t *testing.T) {
	layer := layerFile{files: []packFile{
		{name: "usr/bin/app", data: []byte("#!/bin/sh\n"), mode: 0o755}, {name: "usr/bin/sh", data: staticProgram(), mode: 0o755}, {name: "etc/text", data: []byte("text"), mode: 0o644},
		{name: "bin", target: "usr/bin", mode: os.ModeSymlink | 0o777}, {name: "start", target: "/bin/../bin/app", mode: os.ModeSymlink | 0o777},
		{name: "loop", target: "loop", mode: os.ModeSymlink | 0o777}, {name: "up", target: "../../../../usr/bin/app", mode: os.ModeSymlink | 0o777},
	}}
	for _, tt := range []struct {
		entrypoint, cmd []string
		want            string // the finding, "" if the preset holds
	}{
		{[]string{"/usr/bin/app"}, []string{"x"}, ""},
		{nil, []string{"/bin/app"}, ""},
		{[]string{"/start"}, nil, ""},
		{[]string{"/up"}, nil, ""},
		{[]string{"app"}, nil, ""},
		{nil, nil, "entry-point-missing warn"},
		{[]string{"/loop"}, nil, "entry-point-missing fail"},
		{[]string{"/nothing"}, nil, "entry-point-missing fail"},
		{[]string{"/usr"}, nil, "entry-point-missing fail"},
		{[]string{"/etc/text"}, nil, "not-executable fail"},
	} {
		img, err := madeImage(false, "linux/amd64", []layerFile{layer})
		if err != nil {
			t.Fatal(err)
		}
		config, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		config = config.DeepCopy()
		config.Config.Entrypoint, config.Config.Cmd = tt.entrypoint, tt.cmd
		if img, err = mutate.ConfigFile(img, config); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := writeImage("docker", filepath.Join(dir, "image"), nil, []v1.Image{img}); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "budgets.yaml")
		if err := os.WriteFile(file, []byte("version: 1\nbudgets: [{name: app, path: image, preset: aws-lambda-image}]\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		run(t.Context(), []string{"check", "-c", file, "-f", "json"}, &stdout, &stderr)
		var verdict struct {
			Results []struct{ Metric, Subject, Status string }
		}
		if err := json.Unmarshal(stdout.Bytes(), &verdict); err != nil {
			t.Fatal(err, &stderr)
		}
		got := ""
		for _, r := range verdict.Results {
			if r.Metric == "preset" && r.Subject != "" {
				got += r.Subject + " " + r.Status
			}
		}
		if got != tt.want {
			t.Errorf("%q %q: %q, want %q", tt.entrypoint, tt.cmd, got, tt.want)
		}
	}
}
