package display

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFitPath(t *testing.T) {
	for _, tt := range []struct {
		path  string
		width int
		want  string
	}{
		{"", 0, ""},
		{"a/b/c.so", 8, "a/b/c.so"},
		// The last folders first, then those at the start.
		{"py/library/numpy/core/umath.so", 29, "…/library/numpy/core/umath.so"},
		{"py/library/numpy/core/umath.so", 28, "py/…/numpy/core/umath.so"},
		{"py/library/numpy/core/umath.so", 24, "py/…/numpy/core/umath.so"},
		{"py/library/numpy/core/umath.so", 23, "…/numpy/core/umath.so"},
		{"py/library/numpy/core/umath.so", 20, "py/…/core/umath.so"},
		{"py/library/numpy/core/umath.so", 10, "…/umath.so"},
		{"/usr/lib/x86/umath.so", 18, "…/lib/x86/umath.so"},
		{"/usr/library/umath.so", 16, "/usr/…/umath.so"},
		{"lib/", 3, "…/"},
		// A first folder that fits where the last one does not.
		{"a/long-folder/umath.so", 14, "a/…/umath.so"},
		// Less than the file's name and a mark.
		{"python/lib/umath.so", 9, "…/um…h.so"},
		{"python/lib/umath.so", 8, "…/u…h.so"},
		{"python/lib/umath.so", 5, "…/…so"},
		{"python/lib/umath.so", 4, "u…so"}, // no room for the mark
		{"node_modules/a/<img src=x onerror=alert(1)>.js", 19, "…/<img …lert(1)>.js"},
		{"umath.so", 7, "um…h.so"},
		{"/umath.so", 8, "/um…h.so"},
		{"python/lib/umath.so", 2, "um"},
		{"漢字/漢字/漢.so", 10, "…/漢.so"},
		{"漢字/漢字/漢.so", 13, "…/漢字/漢.so"},
	} {
		if got := fitPath(tt.path, tt.width); got != tt.want {
			t.Errorf("fitPath(%q, %d) = %q, want %q", tt.path, tt.width, got, tt.want)
		}
	}
}

func TestFitPaths(t *testing.T) {
	for _, tt := range []struct {
		name        string
		width       int
		paths, want []string
	}{
		{"as they are", 20, []string{"a/b.so", "c/b.so"}, []string{"a/b.so", "c/b.so"}},
		{"told apart by the last folder", 19, []string{"node_modules/linux-x64/esbuild", "node_modules/linux-arm/esbuild"}, []string{"…/linux-x64/esbuild", "…/linux-arm/esbuild"}},
		{"told apart by the first folder", 18, []string{"x64/some/folders/lib/a.node", "arm/some/folders/lib/a.node"}, []string{"x64/…/lib/a.node", "arm/…/lib/a.node"}},
		// Only the first folder differs, and the last ones leave no room for it.
		{"the first folders in place of the last", 15, []string{"x64/some/lib-dir/a.so", "arm/some/lib-dir/a.so"}, []string{"x64/some/…/a.so", "arm/some/…/a.so"}},
		// A folder is cut where whole ones would look the same.
		{"a part of a folder", 14, []string{"linux-x64-package/a.so", "linux-arm-package/a.so"}, []string{"linux-x6…/a.so", "linux-ar…/a.so"}},
		{"the start of a long name", 11, []string{"multiarray.cpython.so", "statistics.cpython.so"}, []string{"mul…thon.so", "sta…thon.so"}},
		{"more of its start", 11, []string{"lib_multiarray.cpython.so", "lib_statistics.cpython.so"}, []string{"lib_mu…n.so", "lib_st…n.so"}},
		{"the same path twice", 8, []string{"lib/one/a.so", "lib/one/a.so"}, []string{"…/a.so", "…/a.so"}},
	} {
		got := slices.Clone(tt.paths)
		FitPaths(got, tt.width)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestFitPathsNeverWider: no cut is wider than asked, and none is an endless loop.
func TestFitPathsNeverWider(t *testing.T) {
	var paths []string
	pieces := []string{"/", "a", "漢", "lib", "e\u0301", "//", ".so"}
	for seed := range 300 {
		var path strings.Builder
		for n := seed; n > 0; n /= len(pieces) {
			path.WriteString(strings.Repeat(pieces[n%len(pieces)], 1+n%4))
		}
		paths = append(paths, path.String())
	}
	for width := range 20 {
		got := slices.Clone(paths)
		FitPaths(got, width)
		for i, short := range got {
			if Columns(short) > width || !utf8.ValidString(short) {
				t.Errorf("%q cut to %d: %q", paths[i], width, short)
			}
			if Columns(paths[i]) <= width && short != paths[i] {
				t.Errorf("%q fits %d, and became %q", paths[i], width, short)
			}
		}
	}
}

// TestPythonPackage is a package as pip makes it: names of one length, in one
// folder. 80 columns leave 40 for them.
func TestPythonPackage(t *testing.T) {
	var paths []string
	for _, name := range []string{"_multiarray_umath", "_multiarray_tests", "_simd", "_rational_tests", "_umath_tests"} {
		paths = append(paths, fmt.Sprintf("python/lib/python3.13/site-packages/numpy/_core/%s.cpython-313-aarch64-linux-gnu.so", name))
	}
	for _, width := range []int{40, 60} {
		got := slices.Clone(paths)
		FitPaths(got, width)
		different := make(map[string]bool)
		for i, short := range got {
			different[short] = true
			_, base, _ := strings.Cut(paths[i], "_core/")
			if len(base)+2 <= width && !strings.HasSuffix(short, "/"+base) {
				t.Errorf("%d columns: %q has not its name", width, short)
			}
		}
		if len(different) != len(paths) {
			t.Errorf("%d columns: %q", width, got)
		}
	}
}

func TestClipPath(t *testing.T) {
	long := strings.Repeat("\u0301/", 5000) + "name.so"
	if got := ClipPath(long, 20); len(got) > 20*bytesPerColumn+len("…") || !strings.HasSuffix(got, "/name.so") {
		t.Errorf("%q", got)
	}
	if got, want := ClipPath("a\x1b/b.so", 20), `a\x1b/b.so`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
