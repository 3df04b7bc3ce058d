package image

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/compression"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// member of a tar that a test makes.
type item struct {
	name string
	body string
	typ  byte // a regular file if 0
	link string
}

func dir(name string) item             { return item{name: name + "/", typ: tar.TypeDir} }
func reg(name, body string) item       { return item{name: name, body: body} }
func symlink(name, target string) item { return item{name: name, typ: tar.TypeSymlink, link: target} }
func hardlink(name, target string) item {
	return item{name: name, typ: tar.TypeLink, link: target}
}

// elfBody is an ELF file as far as its first bytes tell.
func elfBody(size int) string {
	return "\x7fELF\x02\x01\x01" + strings.Repeat("e", size-7)
}

func tarOf(t testing.TB, items []item) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, i := range items {
		if i.typ == 0 {
			i.typ = tar.TypeReg
		}
		h := &tar.Header{Name: i.name, Typeflag: i.typ, Linkname: i.link, Size: int64(len(i.body)), Mode: 0o755}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, i.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func layerOf(t testing.TB, p packing, text []byte) v1.Layer {
	t.Helper()
	if p == plain {
		return static.NewLayer(text, types.OCIUncompressedLayer)
	}
	options := []tarball.LayerOption{tarball.WithMediaType(types.OCILayer)}
	if p == zstdding {
		options = []tarball.LayerOption{tarball.WithCompression(compression.ZStd), tarball.WithMediaType(types.OCILayerZStd)}
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }, options...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// imageOf makes an image for linux/amd64 with these layers.
func imageOf(t testing.TB, p packing, layers ...[]item) v1.Image {
	t.Helper()
	var adds []mutate.Addendum
	for _, l := range layers {
		made := layerOf(t, p, tarOf(t, l))
		kind, err := made.MediaType()
		if err != nil {
			t.Fatal(err)
		}
		adds = append(adds, mutate.Addendum{Layer: made, MediaType: kind})
	}
	img, err := mutate.Append(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), adds...)
	if err != nil {
		t.Fatal(err)
	}
	return forPlatform(t, img, "linux/amd64")
}

func forPlatform(t testing.TB, img v1.Image, platform string) v1.Image {
	t.Helper()
	return configured(t, img, func(c *v1.ConfigFile) {
		p, err := v1.ParsePlatform(platform)
		if err != nil {
			t.Fatal(err)
		}
		c.OS, c.Architecture, c.Variant = p.OS, p.Architecture, p.Variant
	})
}

func configured(t testing.TB, img v1.Image, change func(c *v1.ConfigFile)) v1.Image {
	t.Helper()
	c, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c = c.DeepCopy()
	change(c)
	if img, err = mutate.ConfigFile(img, c); err != nil {
		t.Fatal(err)
	}
	return img
}

// layoutOf writes an OCI layout and returns its directory.
func layoutOf(t testing.TB, images ...v1.Image) string {
	t.Helper()
	path := t.TempDir()
	l, err := layout.Write(path, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range images {
		if err := l.AppendImage(i); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// packDirectory makes a tar of a directory.
func packDirectory(t testing.TB, root string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.tar")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := tar.NewWriter(f)
	if err := w.AddFS(os.DirFS(root)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// dockerArchive writes the image as go-containerregistry does for docker load.
func dockerArchive(t testing.TB, img v1.Image) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.tar")
	ref, err := name.ParseReference("example.com/app:v1")
	if err != nil {
		t.Fatal(err)
	}
	if err := tarball.WriteToFile(path, ref, img); err != nil {
		t.Fatal(err)
	}
	return path
}

// oldDockerArchive writes the image as docker save did before version 25: plain
// layers in folders of their own, and manifest.json behind them.
func oldDockerArchive(t testing.TB, img v1.Image) string {
	t.Helper()
	cfg, err := img.RawConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	entry := dockerEntry{Config: "c0ffee.json", RepoTags: []string{"example.com/app:v1"}}
	var items []item
	for i, l := range layers {
		in, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		folder := strings.Repeat(string(rune('a'+i)), 8)
		items = append(items, dir(folder), reg(folder+"/VERSION", "1.0"), reg(folder+"/layer.tar", string(text)))
		entry.Layers = append(entry.Layers, folder+"/layer.tar")
	}
	items = append(items, reg(entry.Config, string(cfg)), reg("manifest.json", asJSON(t, []dockerEntry{entry})), reg("repositories", "{}"))
	return writeFile(t, tarOf(t, items))
}

type dockerEntry struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func writeFile(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.tar")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustOpen(t testing.TB, source, platform string) *Image {
	t.Helper()
	m, err := Open(context.Background(), source, platform, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// packing is how a layer is compressed.
type packing string

const (
	plain    packing = "tar"
	gzipped  packing = "tar+gzip"
	zstdding packing = "tar+zstd"
)

// Of packages below, which the tests reach and pass.
const (
	maxManifests = 1024
	maxDocument  = 4 << 20
	maxPlain     = 16 << 20  // from here on contents are compressed in memory
	blockSize    = 64 << 10  // of contents in memory
	maxContents  = 256 << 20 // of a file in a compressed layer
)

const (
	ociManifest = "application/vnd.oci.image.manifest.v1+json"
	ociIndex    = "application/vnd.oci.image.index.v1+json"
)

// blobPath is where a layout has a blob.
func blobPath(digest string) string { return "blobs/" + strings.Replace(digest, ":", "/", 1) }

func digestOf(b []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(b)) }

// digest is a SHA-256 as images write it.
type digest struct{ hash.Hash }

func newDigest() digest         { return digest{sha256.New()} }
func (d digest) String() string { return fmt.Sprintf("sha256:%x", d.Sum(nil)) }

// filesOf is the final file system as a list.
func filesOf(m *Image) []File {
	files := make([]File, m.Len())
	for i := range files {
		files[i] = m.File(i)
	}
	return files
}
