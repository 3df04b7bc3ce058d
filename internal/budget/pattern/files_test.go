package pattern

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// tree makes files, folders (names that end in a slash) and symbolic links
// ("name -> target").
func tree(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(dir, name)
		link, target, isLink := strings.Cut(name, " -> ")
		if isLink {
			path = filepath.Join(dir, link)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case isLink:
			err = os.Symlink(target, path)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		default:
			err = os.WriteFile(path, nil, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	tree(t, dir,
		"dist/api/bootstrap", "dist/web/bootstrap", "dist/web/bootstrap.debug", "dist/web/deep/er/bootstrap", "dist/.hidden",
		"dist/empty/", "odd/[x]", "odd/x", "odd/a b", "odd/a\nb", "odd/-n", "odd/{y}", "odd/!z", "odd/é",
		"links/file -> ../dist/api/bootstrap", "links/folder -> ../dist/web", "links/nowhere -> gone", "links/up -> ..",
		"loop/self/self -> .", "loop/self/app", "loop/self/two -> ../self", "loop/me/me -> me")
	if err := syscall.Mkfifo(filepath.Join(dir, "dist/pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		paths   []string
		want    []string
		missing string
	}{
		{name: "literal", paths: []string{"dist/api/bootstrap"}, want: []string{"dist/api/bootstrap"}},
		{name: "spelling", paths: []string{"./dist//api/../web/bootstrap"}, want: []string{"dist/web/bootstrap"}},
		{name: "folder", paths: []string{"dist/web/"}, want: []string{"dist/web"}},
		{name: "literal that is not there", paths: []string{"dist/none"}, missing: "dist/none"},
		{name: "below a file", paths: []string{"dist/api/bootstrap/x"}, missing: "dist/api/bootstrap/x"},
		{name: "star", paths: []string{"dist/*/bootstrap"}, want: []string{"dist/api/bootstrap", "dist/web/bootstrap"}},
		{name: "star matches no folder", paths: []string{"dist/*"}, want: []string{"dist/.hidden"}},
		{name: "dot first", paths: []string{"./dist/a*/*"}, want: []string{"dist/api/bootstrap"}},
		{name: "two stars", paths: []string{"**/bootstrap"}, want: []string{"dist/api/bootstrap", "dist/web/bootstrap", "dist/web/deep/er/bootstrap"}},
		{name: "two stars in the middle", paths: []string{"dist/**/er/*"}, want: []string{"dist/web/deep/er/bootstrap"}},
		{name: "two stars match no folder too", paths: []string{"dist/web/**/bootstrap"}, want: []string{"dist/web/bootstrap", "dist/web/deep/er/bootstrap"}},
		{name: "braces", paths: []string{"dist/{api,web/deep/er,none}/boot*"}, want: []string{"dist/api/bootstrap", "dist/web/deep/er/bootstrap"}},
		{name: "class", paths: []string{"odd/[w-y]"}, want: []string{"odd/x"}},
		{name: "exclude", paths: []string{"dist/web/*", "!**/*.debug"}, want: []string{"dist/web/bootstrap"}},
		{name: "exclude first", paths: []string{"!./dist/web/bootstrap", "dist/web/*"}, want: []string{"dist/web/bootstrap.debug"}},
		{name: "exclude all", paths: []string{"dist/web/*", "!dist/**"}, missing: "dist/web/*"},
		{name: "exclude a literal", paths: []string{"dist/api/bootstrap", "!dist/api/*"}, missing: "dist/api/bootstrap"},
		{name: "exclude a name with brackets", paths: []string{"odd/?x?", "odd/x", "!odd/[x]"}, missing: "odd/?x?"},
		{name: "each must match", paths: []string{"dist/api/*", "none/*"}, missing: "none/*"},
		{name: "once", paths: []string{"dist/api/*", "dist/api/bootstrap", "./dist/*/bootstrap"}, want: []string{"dist/api/bootstrap", "dist/web/bootstrap"}},
		{name: "literal with brackets", paths: []string{"odd/[x]"}, want: []string{"odd/[x]"}},
		{name: "literal with braces", paths: []string{"odd/{y}"}, want: []string{"odd/{y}"}},
		{name: "escaped", paths: []string{`odd/\[x\]`}, want: []string{"odd/[x]"}},
		{name: "escaped exclamation mark", paths: []string{`odd/!*`}, want: []string{"odd/!z"}},
		{name: "odd names", paths: []string{"odd/*[!x\\]}z]"}, want: []string{"odd/-n", "odd/a\nb", "odd/a b", "odd/é"}},
		{name: "link to a file", paths: []string{"links/f*e"}, want: []string{"links/file"}},
		{name: "link to a folder, by star", paths: []string{"links/f*/bootstrap"}, want: []string{"links/folder/bootstrap"}},
		{name: "link to a folder, by two stars", paths: []string{"links/**"}, want: []string{"links/file"}},
		{name: "link to a folder, literal", paths: []string{"links/folder/**/er/*"}, want: []string{"links/folder/deep/er/bootstrap"}},
		{name: "link that leads nowhere", paths: []string{"links/nowhere"}, missing: "links/nowhere"},
		{name: "loop by two stars", paths: []string{"loop/self/**"}, want: []string{"loop/self/app"}},
		{name: "loop by star", paths: []string{"loop/s*/*/*/app"}, want: []string{"loop/self/self/self/app", "loop/self/self/two/app", "loop/self/two/self/app", "loop/self/two/two/app"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Files(dir, tt.paths, false)
			var want []string
			for _, w := range tt.want {
				want = append(want, filepath.Join(dir, w))
			}
			slices.Sort(want)
			var missing *Missing
			if errors.As(err, &missing) && missing.Pattern == tt.missing && tt.missing != "" && got == nil {
				return
			}
			if err != nil || tt.missing != "" || !slices.Equal(got, want) {
				t.Errorf("%q, %v\nwant %q, missing %q", got, err, want, tt.missing)
			}
		})
	}
}

func TestFilesAllowMissing(t *testing.T) {
	dir := t.TempDir()
	tree(t, dir, "a")
	paths := []string{"none", "no/*", "a"}
	if got, err := Files(dir, paths, true); err != nil || !slices.Equal(got, []string{filepath.Join(dir, "a")}) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestFilesSpelling: paths are those that a user of the folder would write.
func TestFilesSpelling(t *testing.T) {
	t.Chdir(t.TempDir())
	tree(t, ".", "work/dist/x", "other/y")
	absolute, err := filepath.Abs("other/y")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ dir, path, want string }{
		{".", "work/dist/*", "work/dist/x"},
		{"work", "dist/x", "work/dist/x"},
		{"./work", "./dist/?", "work/dist/x"},
		{"work", "../other/*", "other/y"},
		{"work", absolute, absolute},
		{"work", filepath.Dir(absolute) + "/*", absolute},
	}
	for _, tt := range tests {
		paths := []string{tt.path}
		if got, err := Files(tt.dir, paths, false); err != nil || !slices.Equal(got, []string{tt.want}) {
			t.Errorf("%q in %q: %q, %v, want %q", tt.path, tt.dir, got, err, tt.want)
		}
	}
}

func TestFilesErrors(t *testing.T) {
	dir := t.TempDir()
	tree(t, dir, "loop/me -> me")
	paths := []string{"loop/*"}
	if got, err := Files(dir, paths, true); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("a link to itself: %q, %v", got, err)
	}
}

// TestFilesClosed: a folder that cannot be read is no folder without files.
func TestFilesClosed(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("permissions do not bind root (run as another user)")
	}
	dir := t.TempDir()
	tree(t, dir, "closed/in/file", "open/file")
	closed := filepath.Join(dir, "closed/in")
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(closed, 0o755)
	for _, pattern := range []string{"**/file", "closed/*/file", "closed/in/file"} {
		paths := []string{pattern}
		if got, err := Files(dir, paths, true); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %q, %v", pattern, got, err)
		}
	}
}

func TestFilesBounds(t *testing.T) {
	dir := t.TempDir()
	tree(t, dir, "a/b")
	full := search{dir: dir, found: make(map[string]bool)}
	for i := range maxFiles {
		full.found[strconv.Itoa(i)] = true
	}
	if _, err := full.add("a/*"); err == nil || !strings.Contains(err.Error(), "matches more than 10000 files") {
		t.Errorf("many files: %v", err)
	}
	tired := search{dir: dir, found: make(map[string]bool), visited: maxVisited - 1}
	if _, err := tired.add("**"); err == nil || !strings.Contains(err.Error(), "more than 1000000 files to look at") {
		t.Errorf("many visited: %v", err)
	}
}
