package measurer

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/variant"
)

type named struct {
	path     string
	contents []byte
}

func zipOf(t *testing.T, files []named) string {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.Create(f.path)
		if err == nil {
			_, err = w.Write(f.contents)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return written(t, "function.zip", out.Bytes())
}

func tarOf(t *testing.T, files []named) []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.path, Size: int64(len(f.contents)), Mode: 0o755}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.contents); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// imageOf is an image in docker's format with one layer.
func imageOf(t *testing.T, compressed bool, files []named) string {
	layer := tarOf(t, files)
	id := fmt.Sprintf("sha256:%x", sha256.Sum256(layer))
	if compressed {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		if _, err := z.Write(layer); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		layer = out.Bytes()
	}
	config, err := json.Marshal(map[string]any{"architecture": "amd64", "os": "linux", "rootfs": map[string]any{"type": "layers", "diff_ids": []string{id}}})
	if err != nil {
		t.Fatal(err)
	}
	manifest := []byte(`[{"Config": "c.json", "Layers": ["l.tar"]}]`)
	return written(t, "image.tar", tarOf(t, []named{{"c.json", config}, {"manifest.json", manifest}, {"l.tar", layer}}))
}

func written(t *testing.T, name string, text []byte) string {
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func asJSON(t *testing.T, b snapshot.Binary) string {
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestEqualFiles: files with the same contents are measured once, and have the figures
// that each has on disk.
func TestEqualFiles(t *testing.T) {
	program, err := os.ReadFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	other := append(bytes.Clone(program), 0) // a byte that no header names
	broken := append([]byte("\x7fELF"), bytes.Repeat([]byte("x"), 100)...)
	files := []named{{"bin/a", program}, {"bin/b", program}, {"lib/a", program}, {"other", other}, {"c", program}, {"d", program},
		{"broken1", broken}, {"broken2", broken}, {"broken3", broken}}
	all := func(*elfscan.Section) bool { return true }
	code := func(s *elfscan.Section) bool { return s.Kind == elfscan.Code }
	for _, test := range []struct {
		name     string
		section  func(*elfscan.Section) bool
		variants []variant.Name
		// How often it is measured: of those that can be, and those that cannot.
		inPackage, inImage int64
	}{
		{"code", code, nil, 2, 6},
		{"all", all, nil, 2, 3}, // of an image, the first of a size is not hashed
		{"zip", code, []variant.Name{variant.Stripped, variant.StrippedZip}, 5, 6},
	} {
		like := Target{Options: attrib.Options{View: attrib.Defined, Section: test.section}, Variants: test.variants}
		var measured atomic.Int64
		m := &Measurer{Stderr: io.Discard, Tools: Tools{Slots: make(chan struct{}, 2)}, Hash: true}
		m.Accept = func(*elfscan.Binary) error { measured.Add(1); return nil }
		// What is on disk, where no file is like another.
		var want []snapshot.Binary
		for _, f := range files[:6] {
			one := like
			dir := t.TempDir()
			one.Path = filepath.Join(dir, path.Base(f.path))
			one.Name = path.Base(f.path)
			if err := os.WriteFile(one.Path, f.contents, 0o755); err != nil {
				t.Fatal(err)
			}
			b, err := m.one(t.Context(), &one)
			if err != nil {
				t.Fatal(err)
			}
			b.Path = f.path
			want = append(want, b)
		}
		check := func(what string, got []snapshot.Binary, warnings []string, most int64) {
			t.Helper()
			if n := measured.Swap(0); n > most {
				t.Errorf("%s, %s: measured %d times, want %d", test.name, what, n, most)
			}
			byPath := make(map[string]snapshot.Binary)
			for _, b := range got {
				byPath[b.Path] = b
			}
			if len(got) != len(want) {
				t.Errorf("%s, %s: %d files, want %d", test.name, what, len(got), len(want))
			}
			for _, b := range want {
				if got, want := asJSON(t, byPath[b.Path]), asJSON(t, b); got != want {
					t.Errorf("%s, %s: %s is\n%s\nwant\n%s", test.name, what, b.Path, got, want)
				}
			}
			if text := strings.Join(warnings, "\n"); strings.Count(text, `"broken1" and 2 more: not analysed`) != 1 {
				t.Errorf("%s, %s: %q", test.name, what, text)
			}
		}
		measured.Store(0)
		p, err := m.Package(t.Context(), zipOf(t, files), like)
		if err != nil {
			t.Fatal(err)
		}
		check("zip", p.Binaries, p.Warnings, test.inPackage)
		for _, compressed := range []bool{false, true} {
			s, err := m.Image(t.Context(), imageOf(t, compressed, files), "", like, nil)
			if err != nil {
				t.Fatal(err)
			}
			check(fmt.Sprintf("image, compressed %v", compressed), s.Binaries, s.Warnings, test.inImage)
		}
	}
}

// TestTooManyELF refuses an image and a package with too many ELF files, however small.
func TestTooManyELF(t *testing.T) {
	files := make([]named, maxELF+1)
	for i := range files {
		files[i] = named{fmt.Sprint(i), []byte("\x7fELF" + fmt.Sprint(i))}
	}
	like := Target{Options: attrib.Options{View: attrib.Defined, Section: func(s *elfscan.Section) bool { return s.Kind == elfscan.Code }}}
	m := &Measurer{Stderr: io.Discard}
	const want = "more than 50000 ELF files (measure a part of it, or leave out what is not needed)"
	if _, err := m.Package(t.Context(), written(t, "function.tar", tarOf(t, files)), like); err == nil || err.Error() != want {
		t.Errorf("a package: %v", err)
	}
	for _, compressed := range []bool{false, true} {
		if _, err := m.Image(t.Context(), imageOf(t, compressed, files), "", like, nil); err == nil || err.Error() != want {
			t.Errorf("an image, compressed %v: %v", compressed, err)
		}
	}
}
