package image

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/sizegate/sizegate/internal/image/fault"
)

// opener makes a function that opens an archive. Whatever that is, the sums of what
// comes out were checked, and everything that is listed can be visited. All archives
// are written to one file: a folder for each takes time.
func opener(f *testing.F) func(t *testing.T, b []byte) {
	path := filepath.Join(f.TempDir(), "image.tar")
	return func(t *testing.T, b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		openFile(t, path)
	}
}

func openFile(t *testing.T, path string) {
	t.Helper()
	m, err := Open(context.Background(), path, "", nil)
	if err != nil {
		var known *fault.Error
		if !errors.As(err, &known) || strings.ContainsAny(err.Error(), "\n\r\x1b") || strings.Contains(err.Error(), "bug") {
			t.Fatalf("not an error for users: %q", err)
		}
		return
	}
	defer m.Close()
	var all []int
	for i, f := range filesOf(m) {
		all = append(all, i)
		if i > 0 && m.File(i-1).Path >= f.Path || strings.HasPrefix(f.Path, "/") {
			t.Fatalf("%q is not in order, or not below the root", f.Path)
		}
	}
	err = m.Visit(context.Background(), all, func(i int, r *io.SectionReader, err error) {
		if err != nil {
			return
		}
		if _, err = io.Copy(io.Discard, r); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// FuzzLayer fuzzes a layer of an image that has another one below.
func FuzzLayer(f *testing.F) {
	f.Add(tarOf(f, []item{reg("a", "b"), reg(".wh.c", ""), hardlink("d", "a"), symlink("e", "a"), reg("f/.wh..wh..opq", "")}))
	f.Add(gzipOf(f, tarOf(f, []item{dir("f"), reg("f/a", elfBody(20))})))
	f.Add([]byte("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00"))
	below := tarOf(f, []item{reg("a", "aa"), reg("c", "cc"), dir("f"), reg("f/g", "h")})
	openBytes := opener(f)
	f.Fuzz(func(t *testing.T, layer []byte) {
		text := layer
		if z, err := gzip.NewReader(bytes.NewReader(layer)); err == nil {
			if text, err = io.ReadAll(io.LimitReader(z, 1<<20)); err != nil {
				text = layer
			}
		}
		p := newOCI(t, below, layer)
		p.config["rootfs"] = map[string]any{"diff_ids": []string{digestOf(below), digestOf(text)}}
		openBytes(t, p.archive())
	})
}

// FuzzManifest fuzzes the index, the manifest and the config.
func FuzzManifest(f *testing.F) {
	layer := tarOf(f, []item{reg("a", "aa")})
	p := newOCI(f, layer)
	p.archive()
	f.Add([]byte(asJSON(f, p.index)), []byte(asJSON(f, p.manifest)), []byte(asJSON(f, p.config)))
	f.Add([]byte(`{"manifests":[{"digest":"sha256:"}]}`), []byte(`{"config":{}}`), []byte(`{"history":[{}]}`))
	openBytes := opener(f)
	f.Fuzz(func(t *testing.T, index, manifest, cfg []byte) {
		p := newOCI(t, layer)
		p.put(layer)
		p.put(manifest)
		p.put(cfg)
		items := []item{reg("oci-layout", "{}"), reg("index.json", string(index))}
		for path, b := range p.blobs {
			items = append(items, reg(path, string(b)))
		}
		openBytes(t, tarOf(t, items))
		// The same as docker writes it, so that nothing needs a digest.
		openBytes(t, tarOf(t, []item{reg("manifest.json", string(index)), reg("c", string(cfg)), reg("l", string(layer))}))
		openBytes(t, tarOf(t, []item{reg("manifest.json", `[{"Config":"c","Layers":["l"]}]`), reg("c", string(cfg)), reg("l", string(layer))}))
	})
}

// FuzzArchive fuzzes all of an archive.
func FuzzArchive(f *testing.F) {
	f.Add(oldDocker(f, [][]item{{reg("a", "b")}, {reg(".wh.a", "")}}))
	f.Add(newOCI(f, tarOf(f, []item{reg("a", "b")})).archive())
	f.Fuzz(opener(f))
}
