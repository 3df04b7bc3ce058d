package compare

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/snapshot"
)

func TestMatch(t *testing.T) {
	report := func(list ...string) *snapshot.Report {
		r := &snapshot.Report{}
		for _, s := range list {
			name, path, _ := strings.Cut(s, "@")
			r.Binaries = append(r.Binaries, snapshot.Binary{Name: name, Path: path})
		}
		return r
	}
	for _, test := range []struct {
		name       string
		baseline   *snapshot.Report
		find, path string
		only       bool
		want       int // position, -1 for none
	}{
		{"no baseline", nil, "a", "p/a", true, -1},
		{"empty", report(), "a", "p/a", true, -1},
		{"by name", report("b@p/a", "a@q/a"), "a", "p/a", false, 1},
		{"by name and path", report("a@p/x", "a@p/a", "a@p/y"), "a", "p/a", false, 1},
		{"several of the name, none of the path", report("a@p/x", "a@p/y"), "a", "p/a", false, -1},
		{"several of the name, the path elsewhere", report("a@p/x", "a@p/y", "b@p/a"), "a", "p/a", false, 2},
		{"by path", report("x@p/x", "y@p/a"), "a", "p/a", false, 1},
		{"path written otherwise", report("x@p/x", "y@./p//a"), "a", "p/a", false, 1},
		{"no path is no match", report("x@", "y@q"), "a", "", false, -1},
		{"the only one", report("x@p/x"), "a", "p/a", true, 0},
		{"the only one of a baseline, of several now", report("x@p/x"), "a", "p/a", false, -1},
		{"one of several", report("x@p/x", "y@p/y"), "a", "p/a", true, -1},
	} {
		got := Match(test.baseline, test.find, test.path, test.only)
		at := -1
		if got != nil {
			at = slices.IndexFunc(test.baseline.Binaries, func(b snapshot.Binary) bool { return b.Name == got.Name && b.Path == got.Path })
		}
		if at != test.want {
			t.Errorf("%s: %d, want %d", test.name, at, test.want)
		}
	}
}

func TestComparable(t *testing.T) {
	for _, test := range []struct {
		old, new      snapshot.Binary
		before, after string
		want          []string // a part of each reason
	}{
		{old: snapshot.Binary{Compiler: "go1.26.8", Arch: "arm64"}, new: snapshot.Binary{Compiler: "go1.26.8", Arch: "arm64"}, before: "v1.2.0", after: "v1.3.0"},
		{old: snapshot.Binary{Compiler: "go1.25.1"}, new: snapshot.Binary{Compiler: "go1.26.0"}, want: []string{"built by go1.25.1, this file by go1.26.0"}},
		{old: snapshot.Binary{Arch: "amd64"}, new: snapshot.Binary{Arch: "arm64"}, want: []string{"for amd64, this file for arm64"}},
		{old: snapshot.Binary{View: "instantiated"}, new: snapshot.Binary{}, want: []string{"with --view instantiated, this file with defined"}},
		{old: snapshot.Binary{View: "source"}, new: snapshot.Binary{View: "source"}},
		{old: snapshot.Binary{Compiler: ""}, new: snapshot.Binary{Compiler: "go1.26.0"}},
		{before: "v0.1.0", after: "v1.0.0", want: []string{"sizegate v0, this file by v1"}},
		{before: "v1.9.0", after: "v10.0.0", want: []string{"sizegate v1, this file by v10"}},
		{before: "(devel)", after: "v1.0.0"},
		{before: "v1.0.0", after: ""},
		{before: "devel", after: "v2.0.0"},
		{before: "v1x", after: "v2.0.0"},
		{old: snapshot.Binary{Compiler: "a", Arch: "b"}, new: snapshot.Binary{Compiler: "c", Arch: "d"}, before: "v1", after: "v2", want: []string{"a", "b", "v1"}},
	} {
		got := Comparable(&test.old, &test.new, test.before, test.after)
		if !slices.EqualFunc(got, test.want, strings.Contains) {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// TestCompareVersions takes versions that are in order.
func TestCompareVersions(t *testing.T) {
	list := []string{"", "0.8.9", "0.8.10", "0.16.1", "1.0.0", "1.0.0-rc.2", "1.0.0-rc.10", "1.9.0", "1.10.0", "99999999999999999999999999.0", "go1.9", "go1.25.1", "v0.1.0"}
	for i, a := range list {
		for j, b := range list {
			if got := compareVersions(a, b); got != cmp.Compare(i, j) {
				t.Errorf("compareVersions(%q, %q) = %d", a, b, got)
			}
		}
	}
}

func TestCompatible(t *testing.T) {
	for _, test := range []struct{ version, want string }{
		{"1.4.0", "1"}, {"v2.0.1", "2"}, {"0.16.1", "0.16"}, {"0.16", "0.16"}, {"10.0", "10"},
		{"", ""}, {"1", ""}, {"go1.26.0", ""}, {".5", ""}, {"=> ../x", ""}, {"x.1", ""},
	} {
		if got := compatible(test.version); got != test.want {
			t.Errorf("compatible(%q) = %q, want %q", test.version, got, test.want)
		}
	}
}
