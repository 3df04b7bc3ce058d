package image

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http/httptest"
	"os"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/sizegate/sizegate/internal/image/stored"
)

// examples are images with what by hand was worked out for them.
var examples = []struct {
	name   string
	layers [][]item
	// final is the regular files that remain, with their sizes.
	final             string
	unpacked          uint64
	wasted            uint64
	smallest, all     uint64
	added             []Change // of each layer
	overwritten, gone []Change
}{
	{
		name:     "scratch",
		layers:   [][]item{{reg("app", elfBody(100))}},
		final:    "app 100",
		unpacked: 100, smallest: 100, all: 100,
		added: []Change{{1, 100}}, overwritten: []Change{{}}, gone: []Change{{}},
	},
	{
		name: "distroless-like",
		layers: [][]item{
			{dir("etc"), reg("etc/passwd", "root"), dir("usr"), dir("usr/lib"), reg("usr/lib/libc.so.6", elfBody(50)), symlink("lib", "usr/lib")},
			{dir("etc"), dir("etc/ssl"), reg("etc/ssl/ca.pem", "certificate")},
			{reg("app", elfBody(200))},
		},
		final:    "app 200, etc/passwd 4, etc/ssl/ca.pem 11, usr/lib/libc.so.6 50",
		unpacked: 265, smallest: 265, all: 265,
		added: []Change{{2, 54}, {1, 11}, {1, 200}}, overwritten: make([]Change, 3), gone: make([]Change, 3),
	},
	{
		// The file of 10 is replaced by one of 30 and then deleted: 10 + 30 + 0.
		name: "overwritten and deleted",
		layers: [][]item{
			{reg("f", strings.Repeat("x", 10)), reg("g", "same")},
			{reg("f", strings.Repeat("y", 30))},
			{reg(".wh.f", "")},
		},
		final:    "g 4",
		unpacked: 44, wasted: 40, smallest: 4, all: 44,
		added: []Change{{2, 14}, {}, {}}, overwritten: []Change{{}, {1, 10}, {}}, gone: []Change{{}, {}, {1, 30}},
	},
	{
		// dive counts the directory's marker with what was below it, once: that is
		// no path that counts twice.
		name: "a deleted directory",
		layers: [][]item{
			{dir("d"), reg("d/a", "aaa"), dir("d/e"), reg("d/e/b", "bb")},
			{reg(".wh.d", "")},
		},
		final:    "",
		unpacked: 5, wasted: 0, smallest: 10, all: 10,
		added: []Change{{2, 5}, {}}, overwritten: make([]Change, 2), gone: []Change{{}, {2, 5}},
	},
	{
		name: "an opaque directory",
		layers: [][]item{
			{dir("d"), reg("d/old", "12345"), reg("d/same", "123")},
			{dir("d"), reg("d/same", "1234"), reg("d/.wh..wh..opq", ""), reg("d/new", "1")},
		},
		final:    "d/new 1, d/same 4",
		unpacked: 13, wasted: 7, smallest: 9, all: 13,
		added: []Change{{2, 8}, {2, 5}}, overwritten: make([]Change, 2), gone: []Change{{}, {2, 8}},
	},
	{
		name: "hard links",
		layers: [][]item{
			{reg("bin/a", elfBody(40)), hardlink("bin/b", "bin/a"), reg("c", "ccc")},
			{reg("bin/.wh.a", ""), reg("c", "dd"), hardlink("e", "c")},
		},
		final:    "bin/b 40, c 2",
		unpacked: 45, wasted: 45, smallest: 2, all: 45,
		added: []Change{{2, 43}, {}}, overwritten: []Change{{}, {1, 3}}, gone: make([]Change, 2),
	},
	{
		name: "a file in place of a directory",
		layers: [][]item{
			{dir("d"), reg("d/a", "aaa"), reg("x", "1234567")},
			{reg("d", "file"), dir("x"), reg("x/y", "y")},
		},
		final:    "d 4, x/y 1",
		unpacked: 15, wasted: 0, smallest: 15, all: 15,
		added: []Change{{2, 10}, {2, 5}}, overwritten: []Change{{}, {1, 7}}, gone: []Change{{}, {1, 3}},
	},
	{
		name: "below a symbolic link",
		layers: [][]item{
			{dir("usr"), dir("usr/lib"), reg("usr/lib/a", "aaa"), symlink("lib", "usr/lib")},
			{reg("lib/b", "bb")},
		},
		final:    "lib/b 2, usr/lib/a 3",
		unpacked: 5, smallest: 5, all: 5,
		added: []Change{{1, 3}, {1, 2}}, overwritten: make([]Change, 2), gone: make([]Change, 2),
	},
}

func remaining(m *Image) string {
	var list []string
	for _, f := range filesOf(m) {
		if f.Type == Regular {
			list = append(list, fmt.Sprintf("%s %d", f.Path, f.Size))
		}
	}
	return strings.Join(list, ", ")
}

func TestExamples(t *testing.T) {
	for _, e := range examples {
		for _, p := range []packing{plain, gzipped, zstdding} {
			t.Run(e.name+" "+string(p), func(t *testing.T) {
				m := mustOpen(t, layoutOf(t, imageOf(t, p, e.layers...)), "")
				if got := remaining(m); got != e.final {
					t.Errorf("there remain %s, and not %s", got, e.final)
				}
				if m.Unpacked != e.unpacked || m.Wasted != e.wasted || m.SmallestBytes != e.smallest || m.AllBytes != e.all {
					t.Errorf("unpacked %d, wasted %d, %d of %d; want %d, %d, %d of %d",
						m.Unpacked, m.Wasted, m.SmallestBytes, m.AllBytes, e.unpacked, e.wasted, e.smallest, e.all)
				}
				for i, l := range m.Layers {
					if l.Added != e.added[i] || l.Overwritten != e.overwritten[i] || l.Deleted != e.gone[i] {
						t.Errorf("layer %d: added %v, overwritten %v, deleted %v", i, l.Added, l.Overwritten, l.Deleted)
					}
				}
			})
		}
	}
}

// TestExamplesNaive holds the table itself against the second implementation.
func TestExamplesNaive(t *testing.T) {
	for _, e := range examples {
		wasted, smallest, all := naiveDive(e.layers)
		if uint64(wasted) != e.wasted || uint64(smallest) != e.smallest || uint64(all) != e.all {
			t.Errorf("%s: wasted %d, %d of %d", e.name, wasted, smallest, all)
		}
	}
}

// randomLayers makes layers of few names, so that they meet. Most markers name
// what a layer below has.
func randomLayers(r *rand.Rand) [][]item {
	elements := []string{"a", "b", "c", "+x"}
	var below []string // what the layers before have
	anyPath := func() string {
		p := elements[r.Intn(len(elements))]
		for r.Intn(2) == 0 && strings.Count(p, "/") < 3 {
			p += "/" + elements[r.Intn(len(elements))]
		}
		return p
	}
	layers := make([][]item, 1+r.Intn(5))
	for i := range layers {
		var here []string
		for range r.Intn(12) {
			p := anyPath()
			kind := r.Intn(8)
			if kind == 2 && len(below) > 0 && r.Intn(8) > 0 {
				p = below[r.Intn(len(below))]
			}
			switch kind {
			case 0, 1:
				layers[i] = append(layers[i], dir(p))
			case 2:
				layers[i] = append(layers[i], reg(path.Join(path.Dir(p), ".wh."+path.Base(p)), ""))
			case 3:
				layers[i] = append(layers[i], reg(p+"/.wh..wh..opq", ""))
			case 4:
				layers[i] = append(layers[i], symlink(p, anyPath()))
			case 5:
				layers[i] = append(layers[i], hardlink(p, anyPath()))
			default:
				layers[i] = append(layers[i], reg(p, strings.Repeat("z", r.Intn(100))))
			}
			if kind != 2 && kind != 3 {
				here = append(here, p)
			}
		}
		below = append(below, here...)
	}
	return layers
}

func TestRandomImages(t *testing.T) {
	for seed := range int64(600) {
		layers := randomLayers(rand.New(rand.NewSource(seed)))
		m := mustOpen(t, writeFile(t, oldDocker(t, layers)), "")
		wasted, smallest, all := naiveDive(layers)
		if m.Wasted != uint64(wasted) || m.SmallestBytes != uint64(smallest) || m.AllBytes != uint64(all) {
			t.Errorf("seed %d: wasted %d, %d of %d; want %d, %d of %d", seed, m.Wasted, m.SmallestBytes, m.AllBytes, wasted, smallest, all)
		}
		here := naiveFlatten(layers)
		bytes, files := naiveFinal(here)
		regular := 0
		for _, f := range filesOf(m) {
			want := here[f.Path]
			if want == nil {
				t.Errorf("seed %d: %s is there and should not be", seed, f.Path)
				continue
			}
			if f.Type == Regular {
				regular++
			}
			if isDir := want.typ == tar.TypeDir; isDir != (f.Type == Directory) || f.Type == Regular && f.Size != uint64(want.size) {
				t.Errorf("seed %d: %s is a %s of %d bytes, and should be %+v", seed, f.Path, f.Type, f.Size, want)
			}
		}
		if m.Len() != len(here) || m.Final != uint64(bytes) || regular != files {
			t.Errorf("seed %d: %d paths, %d files of %d bytes; want %d, %d of %d", seed, m.Len(), regular, m.Final, len(here), files, bytes)
		}
		if t.Failed() {
			t.Fatalf("layers: %q", layers)
		}
	}
}

// oldDocker is an archive in docker's own format, made without a library.
func oldDocker(t testing.TB, layers [][]item) []byte {
	var items []item
	entry := dockerEntry{Config: "config.json"}
	var ids []string
	for i, l := range layers {
		text := tarOf(t, l)
		name := fmt.Sprintf("%d/layer.tar", i)
		items = append(items, reg(name, string(text)))
		entry.Layers = append(entry.Layers, name)
		ids = append(ids, digestOf(text))
	}
	cfg := asJSON(t, map[string]any{"os": "linux", "architecture": "amd64", "rootfs": map[string]any{"type": "layers", "diff_ids": ids}})
	return tarOf(t, append(items, reg("config.json", cfg), reg("manifest.json", asJSON(t, []dockerEntry{entry}))))
}

// TestExtract holds the final file system against go-containerregistry's own way
// to flatten an image.
func TestExtract(t *testing.T) {
	for _, e := range examples {
		if e.name == "hard links" || e.name == "below a symbolic link" || e.name == "an opaque directory" {
			continue // which it counts in its own way
		}
		img := imageOf(t, gzipped, e.layers...)
		in := mutate.Extract(img)
		var want []string
		for r := tar.NewReader(in); ; {
			h, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if h.Typeflag == tar.TypeReg {
				want = append(want, fmt.Sprintf("%s %d", h.Name, h.Size))
			}
		}
		in.Close()
		slices.Sort(want)
		if got := remaining(mustOpen(t, layoutOf(t, img), "")); got != strings.Join(want, ", ") {
			t.Errorf("%s: there remain %s, and not %v", e.name, got, want)
		}
	}
}

// sources are the ways to store one image, with what of its blobs counts.
func sources(t *testing.T, img v1.Image) map[string]string {
	t.Helper()
	folder := layoutOf(t, img)
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	ref, err := name.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/team/app:v1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, img); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"directory": folder,
		"archive":   packDirectory(t, folder),
		"docker":    dockerArchive(t, img),
		"old":       oldDockerArchive(t, img),
		"registry":  stored.Registry + ref.Name(),
	}
}

func TestSources(t *testing.T) {
	layers := [][]item{
		{dir("usr"), reg("usr/tool", elfBody(3000)), reg("usr/data", strings.Repeat("text ", 1000))},
		{reg("app", elfBody(100_000)), reg("usr/data", "short")},
	}
	formats := map[string]stored.Format{"directory": stored.FormatOCI, "archive": stored.FormatOCIArchive, "docker": stored.FormatDocker, "old": stored.FormatDocker, "registry": stored.FormatRegistry}
	for _, p := range []packing{plain, gzipped, zstdding} {
		img := imageOf(t, p, layers...)
		written, err := img.Layers()
		if err != nil {
			t.Fatal(err)
		}
		size, err := img.Size() // of the manifest
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := img.RawConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		blobs, tars := int64(len(cfg)), int64(len(cfg))
		for _, l := range written {
			n, err := l.Size()
			if err != nil {
				t.Fatal(err)
			}
			blobs += n
			in, err := l.Uncompressed()
			if err != nil {
				t.Fatal(err)
			}
			n, err = io.Copy(io.Discard, in)
			if err != nil {
				t.Fatal(err)
			}
			tars += n
		}
		for name, source := range sources(t, img) {
			t.Run(name+" "+string(p), func(t *testing.T) {
				m := mustOpen(t, source, "")
				want := map[string]int64{"docker": blobs, "old": tars}[name]
				if want == 0 {
					want = blobs + size
				}
				if m.Compressed != uint64(want) || m.Format != formats[name] || m.Platform != "linux/amd64" {
					t.Errorf("%s for %s, %d bytes; want %d", m.Format, m.Platform, m.Compressed, want)
				}
				if m.ID != digestOf(cfg) || len(m.Warnings) > 0 {
					t.Errorf("ID %s, warnings %q", m.ID, m.Warnings)
				}
				checkContents(t, m, map[string]string{"app": elfBody(100_000), "usr/tool": elfBody(3000), "usr/data": "short"})
				if name == "registry" {
					return
				}
				if err := m.Unchanged(); err != nil {
					t.Error(err)
				}
				if is, err := stored.Recognize(source); !is || err != nil {
					t.Errorf("not recognized: %v", err)
				}
			})
		}
	}
}

// checkContents visits all regular files, which must be those of want.
func checkContents(t *testing.T, m *Image, want map[string]string) {
	t.Helper()
	var all []int
	for i, f := range filesOf(m) {
		if f.Type == Regular {
			all = append(all, i)
			if f.ELF != strings.HasPrefix(want[f.Path], "\x7fELF") {
				t.Errorf("%s: ELF is %v", f.Path, f.ELF)
			}
		}
	}
	var seen atomic.Int32
	err := m.Visit(context.Background(), all, func(i int, r *io.SectionReader, err error) {
		var got []byte
		if err == nil {
			got, err = io.ReadAll(r)
		}
		if err != nil {
			t.Errorf("%s: %v", m.File(i).Path, err)
		}
		if seen.Add(1); string(got) != want[m.File(i).Path] {
			t.Errorf("%s has other contents: %d bytes", m.File(i).Path, len(got))
		}
	})
	if err != nil || int(seen.Load()) != len(want) {
		t.Errorf("%d files visited: %v", seen.Load(), err)
	}
}

func TestChanged(t *testing.T) {
	path := oldDockerArchive(t, imageOf(t, plain, []item{reg("a", elfBody(1000))}))
	m := mustOpen(t, path, "")
	if err := os.WriteFile(path, []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if m.Unchanged() == nil {
		t.Error("an archive that was written anew is taken as the same")
	}
}
