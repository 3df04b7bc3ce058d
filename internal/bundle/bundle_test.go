package bundle_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sizegate/sizegate/internal/bundle"
)

// formats writes the same files as every kind of package.
func formats(t testing.TB, files map[string]string) map[bundle.Format]string {
	t.Helper()
	out := t.TempDir()
	dir := filepath.Join(out, "dir")
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var pieces []piece
	var items []item
	for i, name := range names {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[name]), 0o644); err != nil {
			t.Fatal(err)
		}
		make := plain
		if i%2 == 0 {
			make = deflated
		}
		pieces = append(pieces, make(name, files[name]))
		items = append(items, file(name, files[name]))
	}
	paths := map[bundle.Format]string{bundle.FormatDirectory: dir}
	archive := makeTar(t, items...)
	for f, data := range map[bundle.Format][]byte{
		bundle.FormatZip: makeZip(zipEnd{}, pieces...), bundle.FormatTar: archive,
		bundle.FormatTarGzip: gzipped(archive), bundle.FormatTarZstd: zstded(archive),
	} {
		paths[f] = filepath.Join(out, string(f))
		if err := os.WriteFile(paths[f], data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("../../testdata/elf/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestFormats: what is in a package does not depend on how it is packed.
func TestFormats(t *testing.T) {
	elf := fixture(t, "c-exec-amd64")
	files := map[string]string{
		"bootstrap": elf, "copy/of/bootstrap": elf, "other": elf[:len(elf)-1] + "!",
		"a.js": "same", "b.js": "same", "c.js": "not!", "d.js": "unlike any other",
		"empty1": "", "empty2": "",
		"app.js.map": "{}", "big.dat": strings.Repeat("0123456789", 100_000), "big2.dat": strings.Repeat("0123456789", 100_000),
	}
	wantDuplicates := "[a.js b.js] [big.dat big2.dat] [bootstrap copy/of/bootstrap]"
	for format, path := range formats(t, files) {
		t.Run(string(format), func(t *testing.T) {
			p := open(t, path)
			if p.Format != format {
				t.Errorf("format %s", p.Format)
			}
			total, seen := 0, 0
			var groups []string
			for n, g := range p.Duplicates {
				var names []string
				for _, i := range g {
					names = append(names, p.Entries[i].Path)
				}
				groups = append(groups, fmt.Sprint(names))
				if p.Sums[n] != sha256.Sum256([]byte(files[names[0]])) {
					t.Errorf("the hash of %s is %x", names, p.Sums[n])
				}
			}
			if got := strings.Join(groups, " "); got != wantDuplicates {
				t.Errorf("duplicates %s, want %s", got, wantDuplicates)
			}
			for _, e := range p.Entries {
				if e.Type == bundle.Directory {
					continue
				}
				seen++
				data := files[e.Path]
				total += len(data)
				if e.Size != uint64(len(data)) || e.ELF != strings.HasPrefix(data, "\x7fELF") {
					t.Errorf("%+v", e)
				}
			}
			if seen != len(files) || p.Unzipped != uint64(total) {
				t.Errorf("%d files of %d bytes, want %d of %d", seen, p.Unzipped, len(files), total)
			}
			if len(p.Debug) != 1 || p.Entries[p.Debug[0]].Path != "app.js.map" {
				t.Errorf("debug files %v", p.Debug)
			}
			if p.Unchanged() != nil || len(p.Warnings) > 0 {
				t.Errorf("%v, %q", p.Unchanged(), p.Warnings)
			}
			var want []string
			var positions []int
			for i, e := range p.Entries {
				if e.Type == bundle.File {
					positions = append(positions, i)
					want = append(want, e.Path)
				}
			}
			var visited []string
			err := p.Visit(t.Context(), positions, func(i int, r *io.SectionReader, err error) error {
				if err != nil {
					return err
				}
				visited = append(visited, p.Entries[i].Path)
				data, err := io.ReadAll(r)
				if err != nil || string(data) != files[p.Entries[i].Path] || r.Size() != int64(len(data)) {
					t.Errorf("%s: %d bytes of %d, %v", p.Entries[i].Path, len(data), r.Size(), err)
				}
				return nil
			})
			if err != nil || !slices.Equal(visited, want) {
				t.Errorf("visited %q, %v", visited, err)
			}
			stop := errors.New("enough")
			calls := 0
			err = p.Visit(t.Context(), positions, func(int, *io.SectionReader, error) error { calls++; return stop })
			if err != stop || calls != 1 {
				t.Errorf("%d calls, %v", calls, err)
			}
			if p.Visit(t.Context(), []int{1, 0}, nil) == nil {
				t.Error("positions in the wrong order are visited")
			}
		})
	}
}

func TestCategories(t *testing.T) {
	elf := fixture(t, "c-shared-amd64.so")
	tests := []struct {
		path, data string
		want       bundle.Category
		debug      bool
	}{
		{"bootstrap", elf, bundle.Native, false},
		{"bootstrap.sh", "#!/bin/sh\n", bundle.Program, false},
		{"run", "#!/bin/sh\n", bundle.Program, false},
		{"index.js", "", bundle.Program, false},
		{"INDEX.MJS", "", bundle.Program, false},
		{"app/__pycache__/a.cpython-312.pyc", "", bundle.Program, false},
		{"main.jar", "PK", bundle.Program, false},
		{"com/example/A.class", "", bundle.Program, false},
		{"lib/dependency.jar", "PK", bundle.Dependency, false},
		{"java/lib/dependency.jar", "PK", bundle.Dependency, false},
		{"lib/main.rb", "", bundle.Program, false},
		{"node_modules/a/index.js", "", bundle.Dependency, false},
		{"src/node_modules/.bin/x", "#!/usr/bin/env node\n", bundle.Dependency, false},
		{"node_modules/a/build/a.node", "no ELF", bundle.Native, false},
		{"node_modules/a/build/a.so", elf, bundle.Native, false},
		{"lone/node_modules", "a file", bundle.Other, false},
		{"my_node_modules/a.js", "", bundle.Program, false},
		{"python/lib/python3.12/site-packages/a.py", "", bundle.Dependency, false},
		{"x/site-packages/a.json", "{}", bundle.Dependency, false},
		{"python/lib/a.txt", "", bundle.Dependency, false},
		{"vendor/bundle/ruby/a.rb", "", bundle.Dependency, false},
		{"vendor/a.rb", "", bundle.Program, false},
		{"ruby/gems/3.2.0/a.rb", "", bundle.Dependency, false},
		{"lib.a", "!<arch>\nrest", bundle.Native, false},
		{"x.a", "not an archive", bundle.Other, false},
		{"x.deb", "!<arch>\nrest", bundle.Other, false},
		{"config.json", "{}", bundle.Data, false},
		{"page.HTML", "", bundle.Data, false},
		{"model.onnx", "", bundle.Data, false},
		{"inner.zip", "PK\x03\x04", bundle.Data, false},
		{"LICENSE", "text", bundle.Other, false},
		{".env", "A=1", bundle.Other, false},
		{"x.unknown", "", bundle.Other, false},
		{"a.js.map", "{}", bundle.Data, true},
		{"node_modules/a/a.css.map", "{}", bundle.Dependency, true},
		{"world.map", "{}", bundle.Data, false},
		{"bin.debug", elf, bundle.Native, true},
		{"note.debug", "text", bundle.Other, false},
		{"bin.dwp", elf, bundle.Native, true},
		{"a.pdb", "Microsoft C/C++ MSF 7.00\r\n", bundle.Other, true},
		{"b.pdb", "BSJB\x01\x00\x01\x00", bundle.Other, true},
		{"protein.pdb", "HEADER    OXYGEN TRANSPORT", bundle.Other, false},
		{"a.dSYM/Contents/Info.plist", "", bundle.Other, true},
		// What pip installs beside the program says so itself.
		{"requests/api.py", "", bundle.Dependency, false},
		{"requests/data,1.json", "", bundle.Dependency, false},
		{"requests/mine.py", "", bundle.Program, false},
		{"bin/tool", "#!python", bundle.Dependency, false},
		{"requests-2.0.dist-info/RECORD", "requests/api.py,sha256=x,1\r\n\"requests/data,1.json\",,\nbin/../bin/tool,,\n/index.js,,\n../../../escape.py,,\nnot/there.py,,\nrequests-2.0.dist-info/RECORD,,\n", bundle.Dependency, false},
		{"layer/pkg/a.py", "", bundle.Dependency, false},
		{"layer/pkg-1.dist-info/RECORD", "pkg/a.py,,\n\"broken", bundle.Other, false},
	}
	files := make(map[string]string)
	for _, tt := range tests {
		files[tt.path] = tt.data
	}
	for format, path := range formats(t, files) {
		p := open(t, path)
		category := make(map[string]bundle.Category)
		debug := make(map[string]bool)
		for i, e := range p.Entries {
			category[e.Path] = e.Category
			debug[e.Path] = slices.Contains(p.Debug, i)
			if !slices.Contains(bundle.Categories(), e.Category) {
				t.Errorf("%s has category %q", e.Path, e.Category)
			}
		}
		for _, tt := range tests {
			if got := category[tt.path]; got != tt.want || debug[tt.path] != tt.debug {
				t.Errorf("%s: %s is %q, debug %v; want %q, %v", format, tt.path, got, debug[tt.path], tt.want, tt.debug)
			}
		}
	}
}

func TestReplaced(t *testing.T) {
	two := []piece{plain("a", "first"), plain("b", "first"), plain("./a", "later!")}
	p := mustRead(t, makeZip(zipEnd{}, two...))
	if !p.Entries[0].Replaced || p.Entries[2].Replaced || p.Unzipped != 11 || p.Zipped != 16 || len(p.Duplicates) > 0 {
		t.Errorf("%+v", p)
	}
	dir := tar.Header{Name: "d/", Typeflag: tar.TypeDir, Mode: 0o755}
	p = mustRead(t, makeTar(t, item{dir, ""}, item{dir, ""}, file("d/f", "x"), item{tar.Header{Name: "h", Linkname: "d/f", Typeflag: tar.TypeLink}, ""}))
	if !p.Entries[0].Replaced || len(p.Warnings) > 0 || p.Entries[3].Target != "d/f" || p.Entries[3].Size != 0 {
		t.Errorf("%+v", p)
	}
}

func TestZipModes(t *testing.T) {
	tests := []struct {
		system byte
		attrs  uint32
		name   string
		typ    bundle.Type
		mode   os.FileMode
	}{
		{3, 0o100755 << 16, "f", bundle.File, 0o755},
		{3, 0o104755 << 16, "f", bundle.File, 0o755},
		{19, 0o100644 << 16, "f", bundle.File, 0o644},
		{3, 0, "f", bundle.File, 0},
		{3, 0o040755 << 16, "d/", bundle.Directory, 0o755},
		{3, 0o100755 << 16, "d/", bundle.Directory, 0o755},
		{3, 0o120777 << 16, "l", bundle.Symlink, 0o777},
		{3, 0o010644 << 16, "p", bundle.Special, 0o644},
		{0, 0x20, "f", bundle.File, 0},
		{0, 0x10, "d", bundle.Directory, 0},
		{0, 0, "d/", bundle.Directory, 0},
	}
	for _, tt := range tests {
		p := mustRead(t, makeZip(zipEnd{}, plain(tt.name, "").with(func(p *piece) { p.system, p.attrs = tt.system, tt.attrs })))
		if e := p.Entries[0]; e.Type != tt.typ || e.Mode != tt.mode {
			t.Errorf("system %d, attributes %#o, %s: %s, %o; want %s, %o", tt.system, tt.attrs>>16, tt.name, e.Type, e.Mode, tt.typ, tt.mode)
		}
	}
	p := mustRead(t, makeZip(zipEnd{}, plain("l", "to/there").with(func(p *piece) { p.attrs = 0o120777 << 16 })))
	if e := p.Entries[0]; e.Target != "to/there" || e.Size != 8 {
		t.Errorf("%+v", e)
	}
}

// TestGoZip: archive/zip is a second reader and a writer of the format.
func TestGoZip(t *testing.T) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := range 70_000 { // more than fit without zip64
		h := &zip.FileHeader{Name: fmt.Sprintf("d%d/f%d", i%100, i)}
		if i%1000 == 0 {
			h.Method = zip.Deflate
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(f, "%d", i)
	}
	if err := w.SetComment("a comment"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	p := mustRead(t, out.Bytes())
	want, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Entries) != len(want.File) {
		t.Fatalf("%d entries, want %d", len(p.Entries), len(want.File))
	}
	for i, f := range want.File {
		if e := p.Entries[i]; e.Path != f.Name || e.Size != f.UncompressedSize64 || e.Stored != f.CompressedSize64 {
			t.Fatalf("%+v, want %+v", e, f.FileHeader)
		}
	}
	checkSums(t, p, out.Len())
}

func TestDirectory(t *testing.T) {
	dir := linked(t, tree(t))
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := open(t, dir)
	var paths []string
	for _, e := range p.Entries {
		paths = append(paths, e.Path)
		info, err := os.Lstat(filepath.Join(dir, e.Path))
		if err != nil {
			t.Fatal(err)
		}
		size := uint64(info.Size())
		if !info.Mode().IsRegular() {
			size = 0
		}
		if e.Size != size || e.Mode != info.Mode().Perm() || e.Stored != 0 {
			t.Errorf("%+v, want %v", e, info)
		}
		if target, err := os.Readlink(filepath.Join(dir, e.Path)); err == nil && (e.Type != bundle.Symlink || e.Target != target) {
			t.Errorf("%+v, want a link to %s", e, target)
		}
	}
	count := 0
	if err := filepath.Walk(dir, func(string, os.FileInfo, error) error { count++; return nil }); err != nil {
		t.Fatal(err)
	}
	if len(paths) != count-1 || !slices.IsSorted(paths) {
		t.Errorf("%d entries, want %d, sorted: %q", len(paths), count-1, paths)
	}
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], `"pipe": a device, pipe or socket`) {
		t.Errorf("warnings %q", p.Warnings)
	}
	checkSums(t, p, int(p.Unzipped))
	fifo := slices.Index(paths, "pipe")
	if err := p.Visit(t.Context(), []int{fifo}, func(_ int, _ *io.SectionReader, err error) error { return err }); err == nil || !strings.Contains(err.Error(), "not a file but a device, a pipe or a socket") {
		t.Errorf("a pipe was opened: %v", err)
	}
}

// TestChanged: a file that is written to between two looks is told.
func TestChanged(t *testing.T) {
	files := map[string]string{"bootstrap": fixture(t, "c-exec-amd64"), "b": "b"}
	for format, path := range formats(t, files) {
		p := open(t, path)
		written := path
		if format == bundle.FormatDirectory {
			written = filepath.Join(path, "bootstrap")
		}
		later := time.Now().Add(time.Hour)
		if err := os.Chtimes(written, later, later); err != nil {
			t.Fatal(err)
		}
		err := p.Unchanged()
		if format == bundle.FormatDirectory {
			err = p.Visit(t.Context(), []int{slices.IndexFunc(p.Entries, func(e bundle.Entry) bool { return e.ELF })},
				func(_ int, _ *io.SectionReader, err error) error { return err })
		}
		if err == nil || !strings.Contains(err.Error(), "changed while it was read") {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "missing"): "no such file (check the path, or build it first)",
		pipe:                          "not a regular file",
		empty:                         "an empty file",
	} {
		_, err := bundle.Open(t.Context(), path)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for format, path := range formats(t, map[string]string{"a": "a", "b": "b"}) {
		if p, err := bundle.Open(ctx, path); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, %v", format, p, err)
		}
	}
}

// TestDeep: folders deeper than any path that the system takes at once.
func TestDeep(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	here := root
	for range 300 {
		if err := here.Mkdir("d", 0o755); err != nil {
			t.Fatal(err)
		}
		next, err := here.OpenRoot("d")
		here.Close()
		if err != nil {
			t.Fatal(err)
		}
		here = next
	}
	here.Close()
	if _, err := bundle.Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "more than 256 folders deep") {
		t.Error(err)
	}
}
