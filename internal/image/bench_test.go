package image

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// benchSize is the bytes of the layers together.
const benchSize = 1 << 30

// bulk gives bytes that deflate to about two fifths, as programs do: pieces of
// a few kilobytes that come again and again.
type bulk struct {
	r    *rand.Rand
	word [12 << 10]byte
}

func (b *bulk) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		at := b.r.Intn(len(b.word) - 32)
		n += copy(p[n:], b.word[at:at+4+b.r.Intn(12)])
	}
	return len(p), nil
}

// writeLayer writes a tar of size bytes with files of many sizes; one in ten is
// an ELF file.
func writeLayer(b *testing.B, w io.Writer, size int64, seed int64) {
	source := &bulk{r: rand.New(rand.NewSource(seed))}
	source.r.Read(source.word[:])
	t := tar.NewWriter(w)
	for i := 0; size > 0; i++ {
		n := min(size, 1<<(10+source.r.Intn(13)))
		size -= n
		if err := t.WriteHeader(&tar.Header{Name: fmt.Sprintf("usr/%d/%d/file", seed, i), Typeflag: tar.TypeReg, Size: n, Mode: 0o644}); err != nil {
			b.Fatal(err)
		}
		if i%10 == 0 && n > 4 {
			if _, err := io.WriteString(t, "\x7fELF"); err != nil {
				b.Fatal(err)
			}
			n -= 4
		}
		if _, err := io.CopyN(t, source, n); err != nil {
			b.Fatal(err)
		}
	}
	if err := t.Close(); err != nil {
		b.Fatal(err)
	}
}

// benchImage writes an archive in docker's own format, and the layers beside it.
func benchImage(b *testing.B, compressed bool, layers int) (archive string, parts []string) {
	folder := b.TempDir()
	entry := dockerEntry{Config: "config.json"}
	var ids []string
	for i := range layers {
		path := filepath.Join(folder, fmt.Sprintf("%d.tar", i))
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		sum := newDigest()
		if compressed {
			z := gzip.NewWriter(f)
			writeLayer(b, io.MultiWriter(z, sum), benchSize/int64(layers), int64(i))
			err = z.Close()
		} else {
			writeLayer(b, io.MultiWriter(f, sum), benchSize/int64(layers), int64(i))
		}
		if err != nil {
			b.Fatal(err)
		}
		f.Close()
		ids = append(ids, sum.String())
		parts = append(parts, path)
		entry.Layers = append(entry.Layers, filepath.Base(path))
	}
	cfg := asJSON(b, map[string]any{"os": "linux", "architecture": "amd64", "rootfs": map[string]any{"diff_ids": ids}})
	archive = filepath.Join(folder, "image.tar")
	f, err := os.Create(archive)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	w := tar.NewWriter(f)
	add := func(name string, size int64, r io.Reader) {
		if err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: size, Mode: 0o644}); err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(w, r); err != nil {
			b.Fatal(err)
		}
	}
	for _, p := range parts {
		in, err := os.Open(p)
		if err != nil {
			b.Fatal(err)
		}
		info, err := in.Stat()
		if err != nil {
			b.Fatal(err)
		}
		add(filepath.Base(p), info.Size(), in)
		in.Close()
	}
	for name, text := range map[string]string{"config.json": cfg, "manifest.json": asJSON(b, []dockerEntry{entry})} {
		add(name, int64(len(text)), strings.NewReader(text))
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return archive, parts
}

// tool times a program that reads files, the best of three runs.
func tool(b *testing.B, name string, args ...string) time.Duration {
	if _, err := exec.LookPath(name); err != nil {
		b.Skipf("%s not found (Debian: apt install coreutils gzip)", name)
	}
	var best time.Duration
	for range 3 {
		begin := time.Now()
		if err := exec.Command(name, args...).Run(); err != nil {
			b.Fatal(err)
		}
		if took := time.Since(begin); best == 0 || took < best {
			best = took
		}
	}
	return best
}

// BenchmarkOpen reads images of 1 GiB and says how long that takes compared with
// sha256sum of the archive, or gzip -dc of the layers.
func BenchmarkOpen(b *testing.B) {
	for _, c := range []struct {
		name       string
		compressed bool
		layers     int
	}{{"plain-1", false, 1}, {"plain-5", false, 5}, {"gzip-1", true, 1}, {"gzip-5", true, 5}} {
		b.Run(c.name, func(b *testing.B) {
			archive, layers := benchImage(b, c.compressed, c.layers)
			var reference time.Duration
			if c.compressed {
				reference = tool(b, "gzip", append([]string{"-dc"}, layers...)...)
			} else {
				reference = tool(b, "sha256sum", archive)
			}
			b.SetBytes(benchSize)
			b.ReportAllocs()
			for b.Loop() {
				m, err := Open(context.Background(), archive, "", nil)
				if err != nil {
					b.Fatal(err)
				}
				m.Close()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(reference), "x-tool")
		})
	}
}
