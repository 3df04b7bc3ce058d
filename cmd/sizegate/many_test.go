package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/output"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// TestNothingKept renders many files with large names: what is in use then does not
// depend on how many there were.
func TestNothingKept(t *testing.T) {
	const each = 1 << 18
	const held = 1 << 20 // of the output, in memory
	for _, format := range []string{"json", "csv", "markdown", "benchfmt"} {
		t.Run(format, func(t *testing.T) {
			f := &reportFlags{format: format, rendering: report.Options{Choice: breakdown.Choice{By: breakdown.ByPackage, Top: 20, Asked: func(*snapshot.Section) bool { return true }}}}
			t.Setenv("TMPDIR", t.TempDir())
			inUse := func(files int) int64 {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				out, err := output.New(io.Discard, "", nil, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer out.Discard()
				add, end, err := findReportFormat(f.format).files(f, out)
				if err != nil {
					t.Fatal(err)
				}
				for range files {
					b := snapshot.Binary{Name: "app", Path: "app", Owners: []snapshot.Owner{{Kind: "package", Name: strings.Repeat("x", each)}}}
					if err := add(&b); err != nil {
						t.Fatal(err)
					}
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
				runtime.KeepAlive(add)
				if err := end(); err != nil {
					t.Fatal(err)
				}
				return int64(after.HeapAlloc) - int64(before.HeapAlloc)
			}
			// What is held of the output may be more or less by the end.
			few, many := inUse(3), inUse(50)
			if many-few > 4*held {
				t.Errorf("%d bytes are in use after 3 files, %d after 50", few, many)
			}
		})
	}
}

// TestManyFiles compares one report of several files with reports of each.
func TestManyFiles(t *testing.T) {
	const other = "../../testdata/elf/c-basic-arm64"
	paths := []string{fixture, other, fixture}
	for _, by := range []string{"package", "module", "origin", "function", "generic", "section"} {
		for format, once := range map[string]int{"csv": 1, "markdown": 0, "benchfmt": 2} { // lines above all files
			written := func(paths ...string) string {
				t.Helper()
				var stdout, stderr bytes.Buffer
				if code := run(t.Context(), append([]string{"report", "--by", by, "-f", format}, paths...), &stdout, &stderr); code != exitOK {
					t.Fatalf("%s by %s: exit code %d, %s", format, by, code, &stderr)
				}
				return stdout.String()
			}
			want := ""
			for i, path := range paths {
				lines := slices.Collect(strings.Lines(written(path)))
				if i > 0 {
					lines = lines[once:]
				}
				want += strings.Join(lines, "")
			}
			if got := written(paths...); got != want {
				t.Errorf("%s by %s: the report of all is not that of each:\n%s\nwant\n%s", format, by, got, want)
			}
		}
	}
}

// cancelAt ends a command when it says the text.
type cancelAt struct {
	bytes.Buffer
	text   string
	cancel context.CancelFunc
}

func (c *cancelAt) Write(text []byte) (int, error) {
	if bytes.Contains(text, []byte(c.text)) {
		c.cancel()
	}
	return c.Buffer.Write(text)
}

// TestInterruptedLate ends a report of which much has been rendered.
func TestInterruptedLate(t *testing.T) {
	temp, folder := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	paths := slices.Repeat([]string{fixture}, 100)
	paths = append(paths, filepath.Join(folder, "none"), fixture)
	for _, format := range []string{"json", "csv", "markdown", "table", "benchfmt", "html"} {
		for _, to := range [][]string{nil, {"-o", filepath.Join(folder, "out")}} {
			ctx, cancel := context.WithCancel(t.Context())
			stderr := &cancelAt{text: "no such file", cancel: cancel}
			var stdout bytes.Buffer
			code := run(ctx, slices.Concat([]string{"report", "--section", "all", "--by", "function", "-f", format}, to, paths), &stdout, stderr)
			cancel()
			if code != exitFailed || stdout.Len() > 0 || !strings.HasSuffix(stderr.String(), "sizegate: interrupted (nothing was written)\n") {
				t.Errorf("%s %q: exit code %d, %d bytes of output, stderr %q", format, to, code, stdout.Len(), stderr)
			}
			nothingIn(t, temp, folder)
		}
	}
}

// TestFailingAmongMany: what could not be measured is said in the order of the command
// line, and is missing in what is written to standard output.
func TestFailingAmongMany(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	var want strings.Builder
	for i := range 40 {
		path := filepath.Join(dir, fmt.Sprintf("none-%02d", i))
		fmt.Fprintf(&want, "sizegate: %s: no such file (check the path, or build it first)\n", path)
		paths = append(paths, path, fixture)
	}
	lines := make(map[string]int)
	for _, format := range []string{"json", "csv", "markdown", "benchfmt"} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"report", "--by", "section", "-f", format}, paths...), &stdout, &stderr); code != exitFailed {
			t.Errorf("%s: exit code %d", format, code)
		}
		if stderr.String() != want.String() {
			t.Errorf("%s: stderr %q, want %q", format, &stderr, &want)
		}
		lines[format] = strings.Count(stdout.String(), map[string]string{"json": `"path": "../`, "csv": "[headers]", "markdown": "### ", "benchfmt": "goarch: "}[format])
		stdout.Reset()
		if code := run(t.Context(), []string{"report", "-q", "-f", format, paths[0], paths[2]}, &stdout, io.Discard); code != exitFailed || stdout.Len() > 0 {
			t.Errorf("%s of nothing: exit code %d, %q", format, code, &stdout)
		}
	}
	if wanted := map[string]int{"json": 40, "csv": 40, "markdown": 40, "benchfmt": 40}; !maps.Equal(lines, wanted) {
		t.Errorf("files: %v, want %v", lines, wanted)
	}
}

func nothingIn(t *testing.T, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}
