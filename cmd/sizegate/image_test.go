package main

import (
	"archive/tar"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/rogpeppe/go-internal/testscript"
)

// startRegistry serves a registry on the loopback interface until the test ends.
func startRegistry(t *testing.T) (host string) {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// layerFile is one layer of an image that a test makes.
type layerFile struct {
	files     []packFile
	createdBy string
}

// madeImage makes an image of these layers, compressed or not: what compression
// makes of them may differ from one version of Go to the next. A layer made by
// "CMD …" is a step that adds none.
func madeImage(compressed bool, platform string, layers []layerFile) (v1.Image, error) {
	var adds []mutate.Addendum
	for _, l := range layers {
		add := mutate.Addendum{History: v1.History{CreatedBy: l.createdBy}, MediaType: types.OCILayer}
		if strings.HasPrefix(l.createdBy, "CMD ") {
			add.History.EmptyLayer = true
			adds = append(adds, add)
			continue
		}
		text, err := packed("layer.tar", l.files)
		if err != nil {
			return nil, err
		}
		open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
		if !compressed {
			add.MediaType = types.OCIUncompressedLayer
			add.Layer = static.NewLayer(text, add.MediaType)
		} else if add.Layer, err = tarball.LayerFromOpener(open, tarball.WithMediaType(add.MediaType)); err != nil {
			return nil, err
		}
		adds = append(adds, add)
	}
	img, err := mutate.Append(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), adds...)
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	p, err := v1.ParsePlatform(platform)
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = p.OS, p.Architecture, p.Variant
	return mutate.ConfigFile(img, config)
}

// writeImage stores images, of which only a layout and a registry take several.
func writeImage(form, target string, platforms []string, images []v1.Image) error {
	ref, err := name.ParseReference("example.com/app:v1")
	if form == "registry" {
		ref, err = name.ParseReference(target)
	}
	if err != nil {
		return err
	}
	if form == "docker" {
		return tarball.WriteToFile(target, ref, images[0])
	}
	index := v1.ImageIndex(empty.Index)
	for i, img := range images {
		p, err := v1.ParsePlatform(platforms[i])
		if err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: p}})
	}
	switch {
	case form == "registry" && len(images) == 1:
		return remote.Write(ref, images[0])
	case form == "registry":
		return remote.WriteIndex(ref, index)
	}
	_, err = layout.Write(target, index)
	return err
}

// image FORM TARGET PLATFORMS LAYER... makes an image: FORM is docker (an archive, with
// plain layers), oci (a layout's directory) or registry, and there is one for each of the PLATFORMS with
// commas between them. A LAYER is a directory with its contents; what made it is in
// the file LAYER.by. A LAYER.by without a directory is a step of the history alone.
func scriptImage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: image FORM TARGET PLATFORMS LAYER...")
	}
	var layers []layerFile
	for _, dir := range args[3:] {
		var l layerFile
		if by, err := os.ReadFile(ts.MkAbs(dir + ".by")); err == nil {
			l.createdBy = strings.TrimSuffix(string(by), "\n")
		}
		if !strings.HasPrefix(l.createdBy, "CMD ") {
			var err error
			l.files, err = readTree(ts.MkAbs(dir))
			ts.Check(err)
		}
		layers = append(layers, l)
	}
	platforms := strings.Split(args[2], ",")
	var images []v1.Image
	for _, p := range platforms {
		img, err := madeImage(args[0] != "docker", p, layers)
		ts.Check(err)
		images = append(images, img)
	}
	target := args[1]
	if args[0] != "registry" {
		target = ts.MkAbs(target)
	}
	ts.Check(writeImage(args[0], target, platforms, images))
}

// openForTest reads an image with go-containerregistry.
func openForTest(format, source, platform string) (v1.Image, error) {
	p, err := v1.ParsePlatform(platform)
	if err != nil {
		return nil, err
	}
	switch format {
	case "docker-archive":
		return tarball.ImageFromPath(source, nil)
	case "registry":
		ref, err := name.ParseReference(strings.TrimPrefix(source, "registry:"))
		if err != nil {
			return nil, err
		}
		return remote.Image(ref, remote.WithPlatform(*p))
	case "oci-archive": // the tests make them of the folder of that name
		source = strings.TrimSuffix(source, ".tar")
	}
	index, err := layout.ImageIndexFromPath(source)
	if err != nil {
		return nil, err
	}
	manifests, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, m := range manifests.Manifests {
		if m.Platform == nil || m.Platform.Equals(*p) {
			return index.Image(m.Digest)
		}
	}
	return nil, fmt.Errorf("no image for %s", platform)
}

// checkimage FILE checks a JSON report of images against what go-containerregistry
// reads in them, and its sums.
func scriptCheckImage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: checkimage FILE")
	}
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	d.UseNumber()
	var report map[string]any
	ts.Check(d.Decode(&report))
	images, _ := report["images"].([]any)
	if report["schema"] != "sizegate.image/v1" || len(images) == 0 {
		ts.Fatalf("schema %v, %d images", report["schema"], len(images))
	}
	for _, m := range images {
		c := jsonChecker{b: m.(map[string]any)}
		source := c.text(m, "source")
		if !strings.HasPrefix(source, "registry:") {
			source = ts.MkAbs(source)
		}
		img, err := openForTest(c.text(m, "format"), source, c.text(m, "platform"))
		ts.Check(err)
		if err := c.checkImage(img); err != nil {
			c.failf("%v", err)
		}
		if len(c.problems) > 0 {
			ts.Fatalf("%s: %s", source, strings.Join(c.problems, "\n"))
		}
	}
}

func (c *jsonChecker) checkImage(img v1.Image) error {
	config, err := img.RawConfigFile()
	if err != nil {
		return err
	}
	manifest, err := img.RawManifest()
	if err != nil {
		return err
	}
	if c.text(c.b, "format") == "docker-archive" {
		manifest = nil
	} else if digest, err := img.Digest(); err != nil || c.text(c.b, "digest") != digest.String() {
		c.failf("digest %v, want %s", c.b["digest"], digest)
	}
	if id, err := img.ConfigName(); err != nil || c.text(c.b, "id") != id.String() {
		c.failf("id %v, want %s", c.b["id"], id)
	}
	size := int64(len(config) + len(manifest))
	if got := c.size(c.b["overhead"], "config") + c.size(c.b["overhead"], "manifest"); got != size {
		c.failf("overhead %d, want %d", got, size)
	}
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	reported := c.b["layers"].([]any)
	if len(reported) != len(layers) {
		return fmt.Errorf("%d layers, want %d", len(reported), len(layers))
	}
	unpacked, hidden, wasted := int64(0), int64(0), int64(0)
	for i, l := range layers {
		stored, inside, files, err := layerSizes(l, manifest != nil)
		if err != nil {
			return err
		}
		size += stored
		unpacked += inside
		r := reported[i]
		if c.size(r, "number") != int64(i+1) || c.size(r, "size") != stored || c.size(r, "unpacked") != inside || c.size(r, "files") != files {
			c.failf("layer %v, want number %d, %d, %d in %d files", r, i+1, stored, inside, files)
		}
		for _, change := range []string{"overwritten", "deleted"} {
			hidden += c.size(r.(map[string]any)[change], "bytes")
		}
		wasted += c.size(r, "wasted")
	}
	contents, final, err := c.checkFinal(img)
	if err != nil {
		return err
	}
	for _, p := range c.b["wasted_paths"].([]any) {
		wasted -= c.size(p, "bytes")
	}
	if wasted != 0 {
		c.failf("layers and paths waste differently")
	}
	for key, want := range map[string]int64{"size": size, "unpacked": unpacked, "final": final, "hidden": unpacked - final} {
		if got := c.size(c.b, key); got != want {
			c.failf("%s %d, want %d", key, got, want)
		}
	}
	if hidden != unpacked-final {
		c.failf("layers hide %d, want %d", hidden, unpacked-final)
	}
	for _, b := range c.b["binaries"].([]any) {
		one := jsonChecker{b: b.(map[string]any)}
		name := one.text(b, "path")
		one.checkData(contents[name], false, false)
		for _, p := range one.problems {
			c.failf("%s: %s", name, p)
		}
	}
	return nil
}

// layerSizes are a layer as it is stored, compressed or as its tar, and what is in
// it, without markers that delete.
func layerSizes(l v1.Layer, compressed bool) (stored, unpacked, files int64, err error) {
	in, err := l.Uncompressed()
	if err != nil {
		return 0, 0, 0, err
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		return 0, 0, 0, err
	}
	stored = int64(len(text))
	if compressed {
		if stored, err = l.Size(); err != nil {
			return 0, 0, 0, err
		}
	}
	for t := tar.NewReader(bytes.NewReader(text)); ; {
		h, err := t.Next()
		if err == io.EOF {
			return stored, unpacked, files, nil
		}
		if err != nil {
			return 0, 0, 0, err
		}
		if h.Typeflag == tar.TypeReg && !strings.HasPrefix(path.Base(h.Name), ".wh.") {
			unpacked += h.Size
			files++
		}
	}
}

// checkFinal holds the entries that are no directories against the file system
// that go-containerregistry puts together. It returns the contents of the files.
func (c *jsonChecker) checkFinal(img v1.Image) (contents map[string][]byte, final int64, err error) {
	contents = make(map[string][]byte)
	var want, got []string
	in := mutate.Extract(img)
	defer in.Close()
	for t := tar.NewReader(in); ; {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		kind := map[byte]string{tar.TypeReg: "file", tar.TypeSymlink: "symlink"}[h.Typeflag]
		if kind == "" {
			continue
		}
		data, err := io.ReadAll(t)
		if err != nil {
			return nil, 0, err
		}
		if kind == "file" {
			contents[path.Clean(h.Name)] = data
			final += int64(len(data))
		}
		want = append(want, fmt.Sprintf("%s %s %04o %d %q %v", path.Clean(h.Name), kind, h.Mode&0o777, len(data), h.Linkname, bytes.HasPrefix(data, []byte("\x7fELF"))))
	}
	for _, e := range c.b["entries"].([]any) {
		if c.text(e, "type") != "directory" {
			got = append(got, fmt.Sprintf("%s %s %s %d %q %v", c.text(e, "path"), c.text(e, "type"), c.text(e, "mode"), c.size(e, "size"), c.text(e, "target"), e.(map[string]any)["elf"]))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		c.failf("entries\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return contents, final, nil
}

// checkimagecsv FILE COLUMN SUM checks that the column adds up to SUM, and that no
// cell is a formula.
func scriptCheckImageCSV(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: checkimagecsv FILE COLUMN SUM")
	}
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	column, sum := slices.Index(rows[0], args[1]), 0
	if column < 0 {
		ts.Fatalf("no column %s", args[1])
	}
	for _, r := range rows[1:] {
		for _, cell := range r {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				ts.Fatalf("a formula: %q", cell)
			}
		}
		if r[column] == "" {
			continue
		}
		n, err := strconv.Atoi(r[column])
		ts.Check(err)
		sum += n
	}
	if strconv.Itoa(sum) != args[2] {
		ts.Fatalf("%s adds up to %d, not to %s", args[1], sum, args[2])
	}
}

// hostileimage FILE writes an archive whose layers, files and history have hostile
// names.
func writeHostileImage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hostileimage FILE")
	}
	elf, err := os.ReadFile(filepath.Join(ts.Getenv("ELF"), "c-icf-amd64"))
	ts.Check(err)
	var layers []layerFile
	for _, text := range hostileNames {
		if text == "" {
			continue
		}
		l := layerFile{createdBy: text}
		if len(text) <= 200 {
			l.files = []packFile{{name: text, data: elf, mode: 0o644}, {name: "broken " + text, data: []byte("\x7fELF"), mode: 0o644},
				{name: "every layer has it", data: elf, mode: 0o644}, {name: "link " + text, target: text, mode: os.ModeSymlink | 0o777}}
		}
		layers = append(layers, l)
	}
	img, err := madeImage(false, "linux/amd64", layers)
	ts.Check(err)
	ts.Check(writeImage("docker", ts.MkAbs(args[0]), nil, []v1.Image{img}))
}

// imageForDocs is an archive that stands for any image.
func imageForDocs(t *testing.T) string {
	t.Helper()
	elf, err := os.ReadFile("../../testdata/elf/c-icf-amd64")
	if err != nil {
		t.Fatal(err)
	}
	img, err := madeImage(false, "linux/amd64", []layerFile{{files: []packFile{{name: "app", data: elf, mode: 0o755}}, createdBy: "COPY app /"}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "image.tar")
	if err := writeImage("docker", path, nil, []v1.Image{img}); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestImageDocs runs every command line of the page about images.
func TestImageDocs(t *testing.T) {
	image, out := imageForDocs(t), filepath.Join(t.TempDir(), "size.html")
	ran := 0
	for _, block := range codeBlocks(t, "../../docs/images.md", "sh") {
		for line := range strings.Lines(block) {
			line, _, _ = strings.Cut(line, " #")
			args := strings.Fields(strings.NewReplacer("IMAGE", image, "size.html", out, "'", "").Replace(line))
			ran++
			t.Run(strings.TrimSpace(line), func(t *testing.T) {
				if inRoot(t, args[1:]...) == "" && !slices.Contains(args, "-o") {
					t.Error("no report")
				}
			})
		}
	}
	if ran == 0 {
		t.Error("docs/images.md has no commands")
	}
}
