package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/image/stored"
)

// ociParts is an OCI layout that a test damages before it is written.
type ociParts struct {
	t        testing.TB
	layers   [][]byte
	types    []string // media types, plain tar if there are none
	config   map[string]any
	manifest map[string]any
	index    map[string]any
	blobs    map[string][]byte // by path
}

func descriptorOf(kind string, b []byte) map[string]any {
	return map[string]any{"mediaType": kind, "digest": digestOf(b), "size": len(b)}
}

// newOCI makes the parts of an image. What is not made yet when the archive is
// written is made then, from what was made before it.
func newOCI(t testing.TB, layers ...[]byte) *ociParts {
	p := &ociParts{t: t, layers: layers, blobs: map[string][]byte{}}
	ids := []string{}
	for _, l := range layers {
		ids = append(ids, digestOf(l))
	}
	p.config = map[string]any{"os": "linux", "architecture": "amd64", "rootfs": map[string]any{"diff_ids": ids}}
	return p
}

func (p *ociParts) put(b []byte) string {
	d := digestOf(b)
	p.blobs[blobPath(d)] = b
	return d
}

func (p *ociParts) makeManifest() {
	list := []any{}
	for i, l := range p.layers {
		p.put(l)
		kind := "application/vnd.oci.image.layer.v1.tar"
		if i < len(p.types) {
			kind = p.types[i]
		}
		list = append(list, descriptorOf(kind, l))
	}
	cfg := []byte(asJSON(p.t, p.config))
	p.put(cfg)
	p.manifest = map[string]any{"schemaVersion": 2, "mediaType": ociManifest, "layers": list,
		"config": descriptorOf("application/vnd.oci.image.config.v1+json", cfg)}
}

func (p *ociParts) makeIndex() {
	text := []byte(asJSON(p.t, p.manifest))
	p.put(text)
	p.index = map[string]any{"schemaVersion": 2, "manifests": []any{descriptorOf(ociManifest, text)}}
}

func (p *ociParts) archive() []byte {
	if p.manifest == nil {
		p.makeManifest()
	}
	if p.index == nil {
		p.makeIndex()
	}
	items := []item{reg("oci-layout", `{"imageLayoutVersion":"1.0.0"}`), reg("index.json", asJSON(p.t, p.index))}
	for path, b := range p.blobs {
		items = append(items, reg(path, string(b)))
	}
	return tarOf(p.t, items)
}

func gzipOf(t testing.TB, b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bomb is a tar with a file of some more than 1 GiB of zeros. Decoders read
// members behind each other as one, so that each need not be made.
func bomb(t testing.TB, compress func(t testing.TB, b []byte) []byte) []byte {
	const count, size = 66, 16 << 20
	var head bytes.Buffer
	if err := tar.NewWriter(&head).WriteHeader(&tar.Header{Name: "zeros", Typeflag: tar.TypeReg, Size: count * size}); err != nil {
		t.Fatal(err)
	}
	return slices.Concat(compress(t, head.Bytes()), bytes.Repeat(compress(t, make([]byte, size)), count))
}

func zstdOf(t testing.TB, b []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(b, nil)
}

func TestHostile(t *testing.T) {
	small := tarOf(t, []item{reg("app", elfBody(100))})
	oci := func(change func(p *ociParts)) func(t *testing.T) []byte {
		return func(t *testing.T) []byte {
			p := newOCI(t, small)
			change(p)
			return p.archive()
		}
	}
	layer := func(items ...item) func(t *testing.T) []byte {
		return func(t *testing.T) []byte { return newOCI(t, tarOf(t, items)).archive() }
	}
	docker := func(manifest string, more ...item) func(t *testing.T) []byte {
		return func(t *testing.T) []byte { return tarOf(t, append(more, reg("manifest.json", manifest))) }
	}
	first := func(p *ociParts) map[string]any { return p.manifest["layers"].([]any)[0].(map[string]any) }
	for _, c := range []struct {
		name string
		make func(t *testing.T) []byte
		// fails is in the error; if it is "", warns is in a warning, if that is not
		// "" either.
		fails, warns string
		other        bool // does not look like an image
	}{
		{name: "empty file", make: func(*testing.T) []byte { return nil }, fails: "an empty file", other: true},
		{name: "no tar", make: func(*testing.T) []byte { return bytes.Repeat([]byte("no tar "), 500) }, fails: "no tar archive", other: true},
		{name: "short", make: func(*testing.T) []byte { return []byte("x") }, fails: "no tar archive", other: true},
		{name: "gzip around all", make: func(t *testing.T) []byte { return gzipOf(t, small) }, fails: "gunzip", other: true},
		{name: "another tar", make: func(*testing.T) []byte { return small }, fails: "without manifest.json", other: true},
		{name: "a web extension", make: docker(`{"manifest_version": 3}`), fails: "not a list of images", other: true},
		{name: "old docker", make: func(t *testing.T) []byte { return tarOf(t, []item{reg("repositories", "{}")}) }, fails: "before version 1.10", other: true},
		{name: "no images", make: docker(`[]`), fails: "names no image", other: true},
		{name: "broken JSON", make: docker(`[{"Config": `), fails: "is not the JSON"},
		{name: "two images", make: docker(`[{"Config":"a","RepoTags":["one:1"]},{"Config":"b","RepoTags":["two:2"]}]`), fails: "2 images: one:1, two:2"},
		{name: "config out of the archive", make: docker(`[{"Config":"../../etc/passwd","Layers":[]}]`), fails: "is missing"},
		{name: "absolute config", make: docker(`[{"Config":"/etc/passwd","Layers":[]}]`), fails: "is missing"},
		{name: "config is a link out", make: docker(`[{"Config":"c","Layers":[]}]`, symlink("c", "/etc/passwd")), fails: "is missing"},
		{name: "links in a circle", make: docker(`[{"Config":"a","Layers":[]}]`, symlink("a", "b"), symlink("b", "a")), fails: "is missing"},
		{name: "missing layer", make: docker(`[{"Config":"c","Layers":["x/layer.tar"]}]`, reg("c", `{"rootfs":{"diff_ids":["`+digestOf(nil)+`"]}}`)), fails: "is missing"},
		{name: "fewer diff IDs", make: docker(`[{"Config":"c","Layers":["l"]}]`, reg("c", `{}`), reg("l", "")), fails: "names 0 layers, and 1 are there"},
		{name: "millions of layers", make: docker(`[{"Config":"c","Layers":[` + strings.Repeat(`"",`, 1_000_000) + `""]}]`), fails: "more than 1024"},
		{name: "millions of images", make: docker(`[` + strings.Repeat(`{},`, 1_000_000) + `{}]`), fails: "more than 1024", other: true},
		{name: "long JSON", make: docker(strings.Repeat("[", maxDocument+1)), fails: "longer than 4 MiB", other: true},
		{name: "deep JSON", make: docker(strings.Repeat("[", 1<<20)), fails: "is not the JSON", other: true},
		{name: "millions of steps", make: oci(func(p *ociParts) { p.config["history"] = make([]struct{}, 1_000_000) }), fails: "more than 8192"},

		{name: "millions of directories without entries", make: func(t *testing.T) []byte {
			var items []item
			for i := range 10_100 { // 248 directories each
				items = append(items, reg(fmt.Sprint(i, strings.Repeat("/a", 248)), ""))
			}
			return newOCI(t, tarOf(t, items)).archive()
		}, fails: "more than 2500000 files and directories"},
		{name: "long paths of directories without entries", make: func(t *testing.T) []byte {
			var items []item
			for i := range 400 { // 249 directories of 3 kB each
				items = append(items, reg(fmt.Sprint(i, strings.Repeat("x", 3000), strings.Repeat("/a", 249)), ""))
			}
			return newOCI(t, tarOf(t, items)).archive()
		}, fails: "names of more than 256 MiB"},

		{name: "manifests of 36 MiB together", make: func(t *testing.T) []byte {
			p := newOCI(t, small)
			p.makeManifest()
			text := []byte(asJSON(t, p.manifest))
			var list []map[string]any
			for i := range 9 {
				long := append(bytes.Clone(text), bytes.Repeat([]byte(" "), 4<<20-len(text)-i)...)
				list = append(list, map[string]any{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": p.put(long), "size": len(long)})
			}
			items := []item{reg("oci-layout", "{}"), reg("index.json", asJSON(t, map[string]any{"schemaVersion": 2, "manifests": list}))}
			for path, b := range p.blobs {
				items = append(items, reg(path, string(b)))
			}
			return tarOf(t, items)
		}, fails: "manifests of more than 32 MiB"},
		{name: "digest is a path", make: oci(func(p *ociParts) {
			p.makeManifest()
			first(p)["digest"] = "sha256:../../../../etc/passwd"
		}), fails: "is no digest"},
		{name: "digest of another kind", make: oci(func(p *ociParts) {
			p.makeManifest()
			first(p)["digest"] = "md5:00"
		}), fails: "is not a sha256"},
		{name: "no digest", make: oci(func(p *ociParts) { p.makeManifest(); first(p)["digest"] = "" }), fails: "is no digest"},
		{name: "digest in capitals", make: oci(func(p *ociParts) {
			p.makeManifest()
			first(p)["digest"] = strings.ToUpper(digestOf(small))
		}), fails: "is not a sha256"},
		{name: "diff ID is none", make: oci(func(p *ociParts) { p.config["rootfs"] = map[string]any{"diff_ids": []string{"x"}} }), fails: "is no digest"},
		{name: "wrong diff ID", make: oci(func(p *ociParts) {
			p.config["rootfs"] = map[string]any{"diff_ids": []string{digestOf([]byte("other"))}}
		}), fails: "unpacked its digest is"},
		{name: "wrong layer", make: oci(func(p *ociParts) {
			p.makeManifest()
			b := bytes.Clone(small)
			b[600] ^= 1 // in the contents
			p.blobs[blobPath(digestOf(small))] = b
		}), fails: "its digest is"},
		{name: "wrong manifest", make: oci(func(p *ociParts) {
			p.makeManifest()
			p.makeIndex()
			text := asJSON(p.t, p.manifest)
			p.blobs[blobPath(digestOf([]byte(text)))] = []byte(text + " ")
		}), fails: "has the digest"},
		{name: "layer that is missing", make: oci(func(p *ociParts) { p.makeManifest(); delete(p.blobs, blobPath(digestOf(small))) }), fails: "is missing"},
		{name: "config that is missing", make: oci(func(p *ociParts) {
			p.makeManifest()
			delete(p.blobs, blobPath(p.manifest["config"].(map[string]any)["digest"].(string)))
		}), fails: "config"},
		{name: "manifest that is missing", make: oci(func(p *ociParts) {
			p.makeManifest()
			p.makeIndex()
			delete(p.blobs, blobPath(digestOf([]byte(asJSON(p.t, p.manifest)))))
		}), fails: "manifests are missing"},
		{name: "size too large", make: oci(func(p *ociParts) { p.makeManifest(); first(p)["size"] = 1 << 40 }), fails: "bytes, and 1099511627776 are said"},
		{name: "size too small", make: oci(func(p *ociParts) { p.makeManifest(); first(p)["size"] = 1 }), fails: "bytes, and 1 are said"},
		{name: "negative size", make: oci(func(p *ociParts) { p.makeManifest(); first(p)["size"] = -1 }), fails: "a blob of -1 bytes"},
		{name: "sum of sizes that overflows", make: oci(func(p *ociParts) { p.makeManifest(); first(p)["size"] = int64(math.MaxInt64) }), fails: "a blob of 9223372036854775807 bytes"},
		{name: "size that overflows", make: oci(func(p *ociParts) { p.makeManifest(); first(p)["size"] = 1e30 }), fails: "is not the JSON"},
		{name: "encrypted layer", make: oci(func(p *ociParts) { p.types = []string{"application/vnd.oci.image.layer.v1.tar+gzip+encrypted"} }), fails: "an encrypted layer"},
		{name: "unknown layer", make: oci(func(p *ociParts) { p.types = []string{"application/wasm"} }), fails: "unknown type"},
		{name: "artifact", make: oci(func(p *ociParts) {
			p.makeManifest()
			p.manifest["config"].(map[string]any)["mediaType"] = "application/vnd.cncf.helm.config.v1+json"
		}), fails: "an artifact and no container image"},
		{name: "manifest and index at once", make: oci(func(p *ociParts) { p.makeManifest(); p.manifest["manifests"] = []any{} }), fails: "both a manifest and an index"},
		{name: "schema 1", make: oci(func(p *ociParts) {
			p.makeManifest()
			p.manifest = map[string]any{"schemaVersion": 1, "fsLayers": []any{}}
		}), fails: "schema 1"},
		{name: "neither", make: oci(func(p *ociParts) { p.makeManifest(); p.manifest = map[string]any{"schemaVersion": 2} }), fails: "neither a manifest nor an index"},
		{name: "empty index", make: oci(func(p *ociParts) { p.index = map[string]any{"manifests": []any{}} }), fails: "an index without images"},
		{name: "index in itself", make: oci(func(p *ociParts) {
			// No index can hold its own digest; this is as near as it gets: two that
			// name each other by digests that are wrong for one of them.
			a := []byte(asJSON(p.t, map[string]any{"manifests": []any{map[string]any{"mediaType": ociIndex, "digest": digestOf([]byte("b"))}}}))
			p.blobs[blobPath(digestOf([]byte("b")))] = a
			p.put(a)
			p.index = map[string]any{"manifests": []any{descriptorOf(ociIndex, a)}}
		}), fails: "has the digest"},
		{name: "an index of one thousand indexes", make: oci(func(p *ociParts) {
			leaf := []byte(asJSON(p.t, map[string]any{"manifests": []any{}}))
			for range 1000 {
				p.put(leaf)
				leaf = []byte(asJSON(p.t, map[string]any{"manifests": []any{descriptorOf(ociIndex, leaf)}}))
			}
			p.put(leaf)
			p.index = map[string]any{"manifests": []any{descriptorOf(ociIndex, leaf)}}
		}), fails: "an index without images"},
		{name: "twice the indexes that are allowed", make: oci(func(p *ociParts) {
			leaf := []byte(asJSON(p.t, map[string]any{"manifests": []any{}}))
			for range 2 * maxManifests {
				p.put(leaf)
				leaf = []byte(asJSON(p.t, map[string]any{"manifests": []any{descriptorOf(ociIndex, leaf)}}))
			}
			p.put(leaf)
			p.index = map[string]any{"manifests": []any{descriptorOf(ociIndex, leaf)}}
		}), fails: "more than 1024 manifests"},
		{name: "foreign layer", make: oci(func(p *ociParts) {
			p.types = []string{"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}
			p.makeManifest()
			delete(p.blobs, blobPath(digestOf(small)))
		}), warns: "is not stored with the image"},

		{name: "layer is no tar", make: func(t *testing.T) []byte { return newOCI(t, bytes.Repeat([]byte("x"), 2048)).archive() }, fails: "not one of tar"},
		{name: "layer is cut off", make: func(t *testing.T) []byte { return newOCI(t, small[:530]).archive() }, fails: "is cut off"},
		{name: "gzip is cut off", make: func(t *testing.T) []byte { return newOCI(t, gzipOf(t, small)[:60]).archive() }, fails: "is cut off"},
		{name: "gzip with a wrong checksum", make: func(t *testing.T) []byte {
			b := gzipOf(t, small)
			b[len(b)-6] ^= 1
			return newOCI(t, b).archive()
		}, fails: "checksum"},
		{name: "bytes behind gzip", make: func(t *testing.T) []byte { return newOCI(t, append(gzipOf(t, small), "more and more"...)).archive() }, fails: "gzip"},
		{name: "gzip bomb", make: func(t *testing.T) []byte { return newOCI(t, bomb(t, gzipOf)).archive() }, fails: "a layer unpacks to more than 1024 MiB"},
		{name: "zstd bomb", make: func(t *testing.T) []byte { return newOCI(t, bomb(t, zstdOf)).archive() }, fails: "a layer unpacks to more than 1024 MiB"},
		{name: "zstd that wants much memory", make: func(t *testing.T) []byte {
			// A frame whose window is 2 GiB: the descriptor's exponent is 21.
			return newOCI(t, []byte("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00")).archive()
		}, fails: "window"},
		{name: "names that lead out", make: layer(reg("../../etc/passwd", "x"), reg("/etc/shadow", "y"), symlink("l", "../../../x"), hardlink("h", "../../etc/passwd")), warns: "a name with .."},
		{name: "devices", make: layer(item{name: "dev/sda", typ: tar.TypeBlock}, item{name: "pipe", typ: tar.TypeFifo})},
		{name: "hard links in a circle", make: layer(hardlink("a", "b"), hardlink("b", "a"), hardlink("c", "c")), warns: "a hard link to what is not in front of it"},
		{name: "long name", make: layer(reg(strings.Repeat("n/", 3000)+"f", "")), fails: "longer than 4096 bytes"},
		{name: "deep folders", make: layer(reg(strings.Repeat("d/", 300)+"f", "")), fails: "more than 256 folders deep"},
		{name: "escape sequences in names", make: layer(reg("a\x1b[31m\n::error::x", "")), warns: "control characters"},
		{name: "text turned around in names", make: layer(reg("a\u202egpj.sh", "")), warns: "control characters"},
		{name: "control characters beyond ASCII in names", make: layer(reg("a\u009b2J", "")), warns: "control characters"},
		{name: "markers of odd names", make: layer(reg(".wh.", ""), reg(".wh...", ""), reg("a/.wh..", ""), reg(".wh..wh..opq", ""), reg(".wh..wh.plnk/1.2", "x"), dir("."))},
		{name: "a marker with contents", make: layer(reg("x/.wh.y", "12345"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := writeFile(t, c.make(t))
			if is, err := stored.Recognize(path); is == c.other || err != nil {
				t.Errorf("recognized: %v, %v", is, err)
			}
			m, err := Open(context.Background(), path, "", nil)
			if err == nil {
				defer m.Close()
			}
			if c.fails == "" {
				if err != nil {
					t.Fatal(err)
				}
				if all := strings.Join(m.Warnings, "\n"); !strings.Contains(all, c.warns) || c.warns == "" && all != "" {
					t.Errorf("warnings %q, want %q", all, c.warns)
				}
				for _, f := range filesOf(m) {
					if strings.HasPrefix(f.Path, "/") || strings.Contains(f.Path, "..") {
						t.Errorf("a file at %s", f.Path)
					}
				}
				return
			}
			var known *fault.Error
			if !errors.As(err, &known) || !strings.Contains(err.Error(), c.fails) {
				t.Fatalf("%v; want %q", err, c.fails)
			}
			if strings.ContainsAny(err.Error(), "\n\r\x1b") || len(err.Error()) > 1000 || known.Hint == "" || strings.Contains(err.Error(), filepath.Dir(path)) {
				t.Errorf("not one line about the image: %q", err)
			}
		})
	}
}

// TestLayoutLinks: what a layout's links name outside of it is not opened.
func TestLayoutLinks(t *testing.T) {
	img := imageOf(t, plain, []item{reg("a", "b")})
	for _, target := range []string{"absolute", "relative"} {
		root := layoutOf(t, img)
		blobs := filepath.Join(root, "blobs", "sha256")
		entries, err := os.ReadDir(blobs)
		if err != nil {
			t.Fatal(err)
		}
		outside := t.TempDir()
		for _, e := range entries {
			from := filepath.Join(blobs, e.Name())
			to := filepath.Join(outside, e.Name())
			if err := os.Rename(from, to); err != nil {
				t.Fatal(err)
			}
			if target == "relative" {
				if to, err = filepath.Rel(blobs, to); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Symlink(to, from); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Open(context.Background(), root, "", nil); err == nil || !strings.Contains(err.Error(), "escapes") {
			t.Errorf("%s links: %v", target, err)
		}
	}
}

func TestNotImages(t *testing.T) {
	empty := t.TempDir()
	pack := writeFile(t, tarOf(t, []item{reg("bootstrap", "x"), reg("manifest.json", "{}")}))
	for _, path := range []string{empty, pack, os.Args[0]} {
		if is, err := stored.Recognize(path); is || err != nil {
			t.Errorf("%s: %v, %v", path, is, err)
		}
	}
	if _, err := stored.Recognize(filepath.Join(empty, "nothing")); err == nil {
		t.Error("a missing file is no error")
	}
	if _, err := Open(context.Background(), os.DevNull, "", nil); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
}

// TestCanceled: a context that is done ends the reading with its error.
func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var img v1.Image = imageOf(t, gzipped, []item{reg("a", "b")})
	if _, err := Open(ctx, layoutOf(t, img), "", nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
