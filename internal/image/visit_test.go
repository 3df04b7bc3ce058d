package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// TestVisitPacked: layers that are compressed are unpacked again for what is asked.
func TestVisitPacked(t *testing.T) {
	want := map[string]string{"a": elfBody(70_000), "b": elfBody(300_000), "c": elfBody(20), "d": "text", "e": elfBody(maxPlain + 100)}
	for _, p := range []packing{gzipped, zstdding} {
		m := mustOpen(t, layoutOf(t, imageOf(t, p, []item{reg("b", want["b"]), reg("d", want["d"]), reg("e", want["e"]), reg("a", want["a"])}, []item{reg("c", want["c"])})), "")
		checkContents(t, m, want)
		var names []string
		err := m.Visit(context.Background(), []int{1, 1}, func(i int, _ *io.SectionReader, _ error) { names = append(names, m.File(i).Path) })
		if err != nil || !slices.Equal(names, []string{"b"}) {
			t.Errorf("%q, %v", names, err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := m.Visit(ctx, []int{0, 1, 2}, func(int, *io.SectionReader, error) {}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// TestAnalyse: the ELF files of layers that are compressed are met once while the
// image is opened, hidden ones too, and no others.
func TestAnalyse(t *testing.T) {
	lower := []item{reg("hidden", elfBody(100)), reg("twice", elfBody(200)), reg("twice", elfBody(201)), reg("text", "text"), reg("large", elfBody(maxPlain+1)), hardlink("link", "hidden")}
	upper := []item{reg("hidden", elfBody(300)), reg("app", elfBody(blockSize))}
	for _, p := range []packing{plain, gzipped, zstdding} {
		var mu sync.Mutex
		met := make(map[Contents]string)
		m, err := Open(context.Background(), layoutOf(t, imageOf(t, p, lower, upper, upper)), "", func(at Contents, path string, r *io.SectionReader) {
			got, err := io.ReadAll(r)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || string(got) != elfBody(len(got)) || met[at] != "" {
				t.Errorf("%s: %s: %d bytes, %v, before: %q", p, path, len(got), err, met[at])
			}
			met[at] = fmt.Sprintf("%s %d", path, len(got))
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { m.Close() })
		if p == plain {
			if len(met) != 0 {
				t.Errorf("files of plain layers were met: %v", met)
			}
			continue
		}
		if len(met) != 6 {
			t.Errorf("%s: %d files were met: %v", p, len(met), met)
		}
		// The file that was hidden remains as link.
		want := map[string]string{"app": "app 65536", "hidden": "hidden 300", "large": "large 16777217", "link": "hidden 100", "twice": "twice 201"}
		for i, f := range filesOf(m) {
			if f.Type == Regular && f.ELF {
				if got := met[m.Contents(i)]; got != want[f.Path] {
					t.Errorf("%s: %s is %q, want %q", p, f.Path, got, want[f.Path])
				}
				delete(want, f.Path)
			}
		}
		if len(want) > 0 {
			t.Errorf("%s: missing: %v", p, want)
		}
	}
}

// TestAnalyseDamaged: what was met before the damage is analysed to its end, and the
// image is refused.
func TestAnalyseDamaged(t *testing.T) {
	layer := tarOf(t, []item{reg("a", elfBody(100_000)), reg("b", elfBody(maxPlain+100_000))})
	whole := gzipOf(t, layer)
	for _, blob := range [][]byte{whole[:len(whole)-20], gzipOf(t, layer[:200_000]), gzipOf(t, layer[:5000])} {
		p := newOCI(t, blob)
		p.config["rootfs"] = map[string]any{"diff_ids": []string{digestOf(layer)}}
		var running atomic.Int32
		_, err := Open(context.Background(), writeFile(t, p.archive()), "", func(_ Contents, _ string, r *io.SectionReader) {
			running.Add(1)
			defer running.Add(-1)
			io.Copy(io.Discard, r)
		})
		if err == nil || !strings.Contains(err.Error(), "cut off") || running.Load() != 0 {
			t.Errorf("%v, %d running", err, running.Load())
		}
	}
}

// TestSparse: a sparse file counts with its holes, and is read with them, unless
// that is too much.
func TestSparse(t *testing.T) {
	if out, err := exec.Command("tar", "--version").Output(); err != nil || !bytes.Contains(out, []byte("GNU tar")) {
		t.Skip("GNU tar not found (Debian: apt install tar)")
	}
	const size = 1 << 20
	folder := t.TempDir()
	f, err := os.Create(filepath.Join(folder, "app"))
	if err != nil {
		t.Fatal(err)
	}
	want := elfBody(5000) + strings.Repeat("\x00", size-5000)
	if _, err := f.WriteString(want[:5000]); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := os.WriteFile(filepath.Join(folder, "big"), []byte(elfBody(5000)), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(folder, "big"), maxContents+1); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"gnu", "posix"} {
		layer, err := exec.Command("tar", "--format="+format, "--sparse", "--hole-detection=raw", "-C", folder, "-cf", "-", "app", "big").Output()
		if err != nil {
			t.Fatal(err)
		}
		if len(layer) > size/2 {
			t.Fatalf("%s: tar stored the hole: %d bytes", format, len(layer))
		}
		for _, blob := range [][]byte{layer, gzipOf(t, layer)} {
			p := newOCI(t, blob)
			p.config["rootfs"] = map[string]any{"diff_ids": []string{digestOf(layer)}}
			m := mustOpen(t, writeFile(t, p.archive()), "")
			if m.Unpacked != size+maxContents+1 || m.Final != m.Unpacked {
				t.Errorf("%s: %d bytes", format, m.Unpacked)
			}
			err := m.Visit(context.Background(), []int{0, 1}, func(i int, r *io.SectionReader, err error) {
				if m.File(i).Path == "big" {
					if err == nil || !strings.Contains(err.Error(), `"big": 268435457 bytes unpacked`) {
						t.Errorf("a file beyond the limit: %v", err)
					}
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := io.ReadAll(r); err != nil || string(got) != want {
					t.Errorf("%s: other contents, %v", format, err)
				}
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
}

// TestRepeatedLayer: a blob that is named several times counts each time, and is
// read once.
func TestRepeatedLayer(t *testing.T) {
	layer := []item{reg("app", elfBody(100))}
	m := mustOpen(t, layoutOf(t, imageOf(t, gzipped, layer, layer, layer)), "")
	if len(m.Layers) != 3 || m.Unpacked != 300 || m.Final != 100 || m.Hidden != 200 || m.Wasted != 300 {
		t.Errorf("%d layers, %d unpacked, %d hidden, %d wasted", len(m.Layers), m.Unpacked, m.Hidden, m.Wasted)
	}
	if m.layers[0].Layer != m.layers[1].Layer || m.layers[1].Layer != m.layers[2].Layer {
		t.Error("the blob was read more than once")
	}
	checkContents(t, m, map[string]string{"app": elfBody(100)})
}

// TestMarkerLast: markers are for the layers below, wherever in the tar they are.
func TestMarkerLast(t *testing.T) {
	for _, last := range []bool{false, true} {
		layer := []item{reg("d/.wh.a", ""), reg("d/a/new", "12")}
		if last {
			layer[0], layer[1] = layer[1], layer[0]
		}
		m := mustOpen(t, layoutOf(t, imageOf(t, plain, []item{dir("d"), dir("d/a"), reg("d/a/old", "1")}, layer)), "")
		if got := remaining(m); got != "d/a/new 2" {
			t.Errorf("marker last: %v: %s", last, got)
		}
	}
}
