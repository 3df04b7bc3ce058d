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
	"strings"
	"testing"
)

// TestVisitAgain: programs that were not kept are unpacked again.
func TestVisitAgain(t *testing.T) {
	want := map[string]string{"a": elfBody(70_000), "b": elfBody(300_000), "c": elfBody(20), "d": "text"}
	m := mustOpen(t, layoutOf(t, imageOf(t, zstdding, []item{reg("b", want["b"]), reg("d", want["d"]), reg("a", want["a"])}, []item{reg("c", want["c"])})), "")
	if len(m.layers[0].kept) != 2 || len(m.layers[1].kept) != 1 {
		t.Errorf("%d and %d are kept", len(m.layers[0].kept), len(m.layers[1].kept))
	}
	delete(m.layers[0].kept, 2) // a
	checkContents(t, m, want)
	m.layers[0].kept = nil
	checkContents(t, m, want)
	stop := errors.New("stop")
	calls := 0
	err := m.Visit(context.Background(), []int{1, 0, 0}, func(int, *io.SectionReader, error) error { calls++; return stop })
	if err != stop || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

// TestKept: what is kept is bounded in all.
func TestKept(t *testing.T) {
	var l limits
	l.kept.Store(maxKept - 100)
	text := gzipOf(t, tarOf(t, []item{reg("a", elfBody(101)), reg("b", elfBody(60)), reg("c", elfBody(60))}))
	u, err := l.read(context.Background(), &blob{size: int64(len(text)), open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(text)), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(u.kept) != 1 || len(u.kept[1]) != 60 {
		t.Errorf("%d files are kept", len(u.kept))
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
			err := m.Visit(context.Background(), []int{0, 1}, func(i int, r *io.SectionReader, err error) error {
				if m.Files[i].Path == "big" {
					if err == nil || !strings.Contains(err.Error(), `"big": 268435457 bytes unpacked`) {
						t.Errorf("a file beyond the limit: %v", err)
					}
					return nil
				}
				if err != nil {
					return err
				}
				if got, err := io.ReadAll(r); err != nil || string(got) != want {
					t.Errorf("%s: other contents, %v", format, err)
				}
				return nil
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
	if m.layers[0] != m.layers[1] || m.layers[1] != m.layers[2] {
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

func ExampleImage_Efficiency() {
	fmt.Println((&Image{SmallestBytes: 3, AllBytes: 4}).Efficiency(), (&Image{}).Efficiency())
	// Output: 0.75 1
}
