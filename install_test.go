package sizegate_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// What https://go.dev/ref/mod#zip-files allows.
const (
	maxModule = 500 << 20 // bytes of all files
	maxFile   = 16 << 20  // bytes of go.mod and of LICENSE
)

// TestModuleFiles: the module has no file that the go command would refuse, so that
// it can be downloaded.
func TestModuleFiles(t *testing.T) {
	if problems := moduleProblems(t, moduleFiles(t)); len(problems) > 0 {
		t.Error(strings.Join(problems, "\n"))
	}
	dir := t.TempDir()
	t.Chdir(dir)
	bad := []string{"a/File.go", "a/file.go", "a/aux.txt", "a/b:c", "a/x~1", "a/x.", "a/ok.go", "é/ok"}
	for _, file := range bad {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if problems := moduleProblems(t, bad); len(problems) != 5 {
		t.Errorf("of files that are not allowed %d are found: %q", len(problems), problems)
	}
}

// moduleFiles is the files of the module: all of the tree that are in no module of
// their own.
func moduleFiles(t *testing.T) []string {
	files := checkout(t)
	var nested []string
	for _, file := range files {
		if dir, name := path.Split(file); name == "go.mod" && dir != "" {
			nested = append(nested, dir)
		}
	}
	return slices.DeleteFunc(files, func(file string) bool {
		return slices.ContainsFunc(nested, func(dir string) bool { return strings.HasPrefix(file, dir) }) || strings.Contains("/"+file, "/vendor/")
	})
}

// reserved are names that Windows has for devices, and short names that it makes.
var reserved = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)|~[0-9]+(\.|$)`)

// moduleProblems says what the go command would refuse.
func moduleProblems(t *testing.T, files []string) []string {
	t.Helper()
	var problems []string
	total := int64(0)
	folded := make(map[string]string)
	for _, file := range files {
		info, err := os.Lstat(file)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
		if !info.Mode().IsRegular() {
			problems = append(problems, file+" is no regular file: it is left out of the module")
		}
		if (file == "go.mod" || file == "LICENSE") && info.Size() > maxFile {
			problems = append(problems, fmt.Sprintf("%s has more than %d bytes", file, maxFile))
		}
		// Folders collide as files do.
		for name := file; name != "."; name = path.Dir(name) {
			if before, ok := folded[strings.ToLower(name)]; ok && before != name {
				problems = append(problems, fmt.Sprintf("%s and %s differ only in case", before, name))
			}
			folded[strings.ToLower(name)] = name
		}
		for element := range strings.SplitSeq(file, "/") {
			odd := strings.IndexFunc(element, func(r rune) bool {
				return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("!#$%&()+,-.=@[]^_{}~ ", r)
			}) >= 0
			if odd || element == "" || strings.HasSuffix(element, ".") || reserved.MatchString(element) {
				problems = append(problems, fmt.Sprintf("%s: %q cannot be part of a file's name in a module", file, element))
				break
			}
		}
	}
	if total > maxModule {
		problems = append(problems, fmt.Sprintf("the files have %d bytes, and a module at most %d", total, maxModule))
	}
	return problems
}

// TestGoInstall runs the README's go install against a module proxy made of this
// tree, and uses what it installs.
func TestGoInstall(t *testing.T) {
	const version = "v0.98.7"
	install := regexp.MustCompile("`(go install github.com/sizegate/sizegate/cmd/sizegate@latest)`").FindStringSubmatch(read(t, "README.md"))
	if install == nil {
		t.Fatal("README.md does not say how to install sizegate with go install")
	}
	proxy := t.TempDir()
	makeProxy(t, proxy, version)
	dependencies := moduleDownloads(t)

	empty, bin := t.TempDir(), t.TempDir()
	fileURL := func(dir string) string { return (&url.URL{Scheme: "file", Path: filepath.ToSlash(dir)}).String() }
	// -trimpath lets what was built once be used again. Without -modcacherw the
	// test could not remove its module cache.
	env := append(os.Environ(), "GOPROXY="+fileURL(proxy)+","+fileURL(dependencies)+",off", "GOBIN="+bin, "GOMODCACHE="+t.TempDir(),
		"GOFLAGS=-mod=mod -modcacherw -trimpath", "GOSUMDB=off", "GONOSUMDB=", "GONOPROXY=", "GOPRIVATE=", "GOTOOLCHAIN=local", "GOWORK=off", "GOENV=off", "GOOS=", "GOARCH=")
	command := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = empty, env
		var out, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, &stderr)
		}
		return out.String()
	}
	words := strings.Fields(install[1])
	command(words[0], words[1:]...)
	program := filepath.Join(bin, "sizegate")
	if got := command(program, "version"); !strings.HasPrefix(got, "sizegate "+version+"\n") {
		t.Errorf("what was installed says it is\n%swant %s", got, version)
	}
	file, err := filepath.Abs(rustProgram)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := command(program, "report", file); !strings.Contains(got, "\nfile "+grouped(uint64(info.Size()))+" B (") {
		t.Errorf("a report of %d bytes says\n%s", info.Size(), got)
	}
	if entries, err := os.ReadDir(empty); err != nil || len(entries) > 0 {
		t.Errorf("the empty folder has %d files, %v", len(entries), err)
	}
}

// makeProxy writes the module, with the files of this tree, as a proxy serves it.
func makeProxy(t *testing.T, proxy, version string) {
	t.Helper()
	dir := filepath.Join(proxy, filepath.FromSlash(module), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, file := range moduleFiles(t) {
		entry, err := w.Create(strings.TrimSuffix(module, "/") + "@" + version + "/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(read(t, file))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"list": version + "\n", version + ".info": `{"Version":"` + version + `","Time":"2026-01-02T03:04:05Z"}`,
		version + ".mod": read(t, "go.mod"), version + ".zip": packed.String(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// moduleDownloads is the folder with what the go command downloaded, which is laid
// out as a proxy. The test fails if it lacks what sizegate is built from.
func moduleDownloads(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "cache", "download")
	out, err = exec.Command("go", "list", "-deps", "-json=Module", "./cmd/sizegate").Output()
	if err != nil {
		t.Fatal(err)
	}
	lacks := make(map[string]bool)
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p struct {
			Module *struct {
				Path, Version string
				Main          bool
			}
		}
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if p.Module == nil || p.Module.Main {
			continue
		}
		// Capital letters are escaped in the cache, for file systems without them.
		escaped := regexp.MustCompile("[A-Z]").ReplaceAllStringFunc(p.Module.Path, func(s string) string { return "!" + strings.ToLower(s) })
		for _, end := range []string{".mod", ".zip"} {
			file := filepath.Join(dir, filepath.FromSlash(escaped), "@v", p.Module.Version+end)
			if _, err := os.Stat(file); err != nil {
				lacks[p.Module.Path+" "+p.Module.Version+" ("+end+")"] = true
			}
		}
	}
	if len(lacks) > 0 {
		var list []string
		for name := range lacks {
			list = append(list, name)
		}
		slices.Sort(list)
		t.Fatalf("the module cache %s lacks %s (run go mod download)", dir, strings.Join(list, ", "))
	}
	return dir
}
