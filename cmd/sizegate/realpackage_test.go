package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/flate"
	"github.com/sizegate/sizegate/internal/gate"
)

// needTools skips the test where a program is missing.
func needTools(t *testing.T, names ...string) {
	t.Helper()
	hints := map[string]string{"go": "https://go.dev/dl"}
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			hint := hints[name]
			if hint == "" {
				hint = "Debian: apt install " + name
			}
			t.Skipf("%s not found (%s)", name, hint)
		}
	}
}

// tool runs another program.
func tool(t *testing.T, dir string, env []string, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, &complaints)
	}
	return out
}

// unzipped is what unzip -v shows: a row for each entry, and last their sums.
func unzipped(t *testing.T, path string) []sizes {
	t.Helper()
	var rows []sizes
	rules := 0
	for line := range strings.Lines(string(tool(t, "", []string{"LC_ALL=C"}, "unzip", "-v", path))) {
		f := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "--------"):
			rules++
		case rules == 1:
			rows = append(rows, parsedSizes(t, f[0], f[2]))
		case rules == 2:
			rows = append(rows, parsedSizes(t, f[0], f[1]))
		}
	}
	if rules != 2 {
		t.Fatalf("unzip -v shows no table of %s", path)
	}
	return rows
}

type sizes struct{ Unzipped, Zipped uint64 }

func parsedSizes(t *testing.T, unzipped, zipped string) sizes {
	t.Helper()
	u, err := strconv.ParseUint(unzipped, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	z, err := strconv.ParseUint(zipped, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return sizes{u, z}
}

// packageJSON is what these tests read of a JSON report.
type packageJSON struct {
	sizes
	Size, Overhead uint64
	Categories     []struct {
		Name  string
		Files int
		sizes
	}
	Entries []struct {
		Path, Mode string
		sizes
	}
	Duplicates []struct {
		Paths  []string
		Wasted uint64
	}
	Debug    []string
	Binaries []struct{ Path, Arch string }
}

// category is one row of a report: files and bytes.
func (p *packageJSON) category(name string) (files int, s sizes) {
	for _, c := range p.Categories {
		if c.Name == name {
			return c.Files, c.sizes
		}
	}
	return 0, sizes{}
}

// zipReport is the report about a zip, held against unzip -v and the file's size.
func zipReport(t *testing.T, path string) *packageJSON {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"report", "-f", "json", path}, &stdout, &stderr); code != exitOK || stderr.Len() > 0 {
		t.Fatalf("report: exit code %d, %s", code, &stderr)
	}
	var all struct{ Packages []packageJSON }
	if err := json.Unmarshal(stdout.Bytes(), &all); err != nil || len(all.Packages) != 1 {
		t.Fatalf("%d packages, %v", len(all.Packages), err)
	}
	p := &all.Packages[0]
	want := unzipped(t, path)
	if len(want) != len(p.Entries)+1 {
		t.Fatalf("%d entries, unzip has %d", len(p.Entries), len(want)-1)
	}
	wrong := 0
	for i, e := range p.Entries {
		if e.sizes != want[i] && wrong < 10 {
			wrong++
			t.Errorf("%s: %d, unzip: %d", e.Path, e.sizes, want[i])
		}
	}
	if p.sizes != want[len(want)-1] {
		t.Errorf("in all %d, unzip: %d", p.sizes, want[len(want)-1])
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if size := uint64(info.Size()); p.Size != size || p.Zipped+p.Overhead != size {
		t.Errorf("size %d, zipped %d and overhead %d; the file has %d", p.Size, p.Zipped, p.Overhead, size)
	}
	return p
}

// verdict is one budget and how a check of it ends.
type verdict struct {
	name, budget string
	code         int
	want         []string // in the table
}

// checkAll holds the current folder's packages against budgets, each by itself.
func checkAll(t *testing.T, verdicts []verdict) {
	t.Helper()
	for _, v := range verdicts {
		t.Run(v.name, func(t *testing.T) {
			if err := os.WriteFile(gate.ConfigName, []byte("version: 1\nbudgets:\n  - {name: it, "+v.budget+"}\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), []string{"check", "-f", "table"}, &stdout, &stderr); code != v.code || stderr.Len() > 0 {
				t.Fatalf("exit code %d, want %d: %s%s", code, v.code, &stdout, &stderr)
			}
			words := strings.Join(strings.Fields(stdout.String()), " ")
			for _, want := range v.want {
				if !strings.Contains(words, want) {
					t.Errorf("%q is not in\n%s", want, &stdout)
				}
			}
		})
	}
}

// checkInit writes limits for a package, which it must hold.
func checkInit(t *testing.T, path string) {
	t.Helper()
	for _, args := range [][]string{{"init", "-c", "new.yaml", path}, {"check", "-c", "new.yaml"}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, &stdout, &stderr); code != exitOK {
			t.Errorf("%q: exit code %d: %s%s", args, code, &stdout, &stderr)
		}
	}
}

// handler is a program of a custom runtime: it asks for events and answers them.
const handler = `package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

const path = "/2018-06-01/runtime/invocation/"

func main() {
	for {
		_, id, err := call("GET", path+"next", "")
		if err == nil {
			_, _, err = call("POST", path+id+"/response", "{}")
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func call(method, path, body string) (answer, id string, err error) {
	host := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	c, err := net.Dial("tcp", host)
	if err != nil {
		return "", "", err
	}
	defer c.Close()
	fmt.Fprintf(c, "%s %s HTTP/1.0\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", method, path, host, len(body), body)
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", "", err
		}
		line = strings.TrimSpace(line)
		if line == "" {
			break
		}
		if key, value, _ := strings.Cut(line, ":"); strings.EqualFold(key, "Lambda-Runtime-Aws-Request-Id") {
			id = strings.TrimSpace(value)
		}
	}
	all, err := io.ReadAll(r)
	return string(all), id, err
}
`

// TestGoFunction is about a function's zip as builds make it, and as it goes wrong.
func TestGoFunction(t *testing.T) {
	needTools(t, "go", "zip", "unzip")
	t.Chdir(t.TempDir())
	if err := os.WriteFile("main.go", []byte(handler), 0o644); err != nil {
		t.Fatal(err)
	}
	build := []string{"GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS=", "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=off"}
	tool(t, ".", build, "go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", "dist/bootstrap", "main.go")
	for name, args := range map[string][]string{
		"root.zip":   {"-j", "root.zip", "dist/bootstrap"},
		"stored.zip": {"-0j", "stored.zip", "dist/bootstrap"},
		"folder.zip": {"-r", "folder.zip", "dist"},
	} {
		tool(t, ".", nil, "zip", append([]string{"-q"}, args...)...)
		p := zipReport(t, name)
		info, err := os.Stat("dist/bootstrap")
		if err != nil {
			t.Fatal(err)
		}
		files, native := p.category("native")
		if files != 1 || native.Unzipped != uint64(info.Size()) || len(p.Binaries) != 1 || p.Binaries[0].Arch != "arm64" || len(p.Debug)+len(p.Duplicates) > 0 {
			t.Errorf("%s: %d native files of %d bytes, %v, debug files %q, duplicates %v", name, files, native.Unzipped, p.Binaries, p.Debug, p.Duplicates)
		}
		checkInit(t, name)
		if err := os.Remove("new.yaml"); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod("dist/bootstrap", 0o644); err != nil {
		t.Fatal(err)
	}
	tool(t, ".", nil, "zip", "-qj", "plain.zip", "dist/bootstrap")

	checkAll(t, []verdict{
		{"holds", "path: root.zip, preset: aws-lambda-zip, arch: arm64, limits: {zipped: 5 MB, category:native: 10 MB}", exitOK,
			[]string{"every limit holds", "it preset pass", "it unzipped"}},
		{"stored", "path: stored.zip, preset: aws-lambda-zip, packages: [{match: net, limit: 5 MB}, {match: net/http, deny: true}]", exitOK,
			[]string{"every limit holds", "stored.zip/bootstrap text of net ", "stored.zip/bootstrap deny net/http 0 0"}},
		{"too large", "path: root.zip, preset: aws-lambda-zip, limits: {zipped: 100 kB, \"file:boot*\": 200 kB}", exitExceeded,
			[]string{"2 of 4 limits exceeded", "over the limit of 100 kB (100,000 B)", "it file:boot*"}},
		{"another architecture", "path: root.zip, preset: aws-lambda-zip, arch: amd64", exitExceeded,
			[]string{`"bootstrap": built for arm64, and the function is amd64`}},
		{"in a folder", "path: folder.zip, preset: aws-lambda-zip", exitExceeded,
			[]string{`"bootstrap": not at the root of the package, only dist/bootstrap`}},
		{"not executable", "path: plain.zip, preset: aws-lambda-zip", exitExceeded,
			[]string{`"bootstrap": not executable: its mode is 0644 (chmod 755 before it is packed)`}},
		{"denied", "path: root.zip, packages: [{match: net, deny: true}]", exitExceeded, []string{"1 of 1 limit exceeded"}},
	})
}

// A package as npm install leaves it: this many modules with a module inside each,
// and this many sources in both.
const (
	modules      = 200
	sources      = 20
	sourceSize   = 40_000
	addonEvery   = 50
	moduleFiles  = 2 * (sources + 2) // with package.json and LICENSE
	wantUnzipped = 2 * modules * sources * sourceSize
)

// writeModules writes such a package, and returns how many files of it are addons.
func writeModules(t *testing.T, path string) (addons int) {
	t.Helper()
	addon, err := os.ReadFile("../../testdata/elf/c-shared-arm64.so")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriterSize(f, 1<<20)
	w := zip.NewWriter(out)
	w.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	add := func(name string, method uint16, data []byte) {
		to, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err == nil {
			_, err = to.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	lines := make([][]byte, 100)
	for i := range lines {
		lines[i] = fmt.Appendf(nil, "export const %x = require(%q).%x(%d);\n", random.Uint32(), "./"+strconv.Itoa(i), random.Uint64(), i)
	}
	license := bytes.Repeat([]byte("Permission is hereby granted. "), 100)
	add("index.mjs", zip.Deflate, []byte("import './node_modules/m0/0.js';\n"))
	var source []byte
	for m := range modules {
		outer := fmt.Sprintf("node_modules/m%d/", m)
		for _, dir := range []string{outer, outer + "node_modules/@scope/inner/"} {
			add(dir+"package.json", zip.Deflate, fmt.Appendf(nil, `{"name": %q}`, dir))
			add(dir+"LICENSE", zip.Deflate, license)
			for n := range sources {
				source = fmt.Appendf(source[:0], "// %s%d\n", dir, n)
				for len(source) < sourceSize {
					source = append(source, lines[random.IntN(len(lines))]...)
				}
				name := dir + strconv.Itoa(n) + ".js"
				if n == sources-1 {
					name += ".map"
				}
				method := zip.Store // with the race detector unpacking takes a minute
				if n == 0 {
					method = zip.Deflate
				}
				add(name, method, source)
			}
		}
		if m%addonEvery == 0 {
			add(outer+"build/Release/addon.node", zip.Deflate, append(slices.Clone(addon), byte(m))) // each another
			addons++
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return addons
}

// TestNodeModules is about a zip of more than 300 MB unzipped in thousands of files.
func TestNodeModules(t *testing.T) {
	if testing.Short() {
		t.Skip("-short is given, and this packs more than 300 MB (run it without)")
	}
	needTools(t, "unzip")
	dir := t.TempDir()
	addons := writeModules(t, filepath.Join(dir, "function.zip"))
	t.Chdir(dir)
	p := zipReport(t, "function.zip")
	if p.Unzipped < wantUnzipped || wantUnzipped < 300_000_000 {
		t.Errorf("%d bytes unzipped, want %d and 300 MB", p.Unzipped, wantUnzipped)
	}
	for name, want := range map[string]int{"program": 1, "native": addons, "dependencies": modules * moduleFiles, "data": 0, "other": 0} {
		if files, _ := p.category(name); files != want {
			t.Errorf("%d files are %s, want %d", files, name, want)
		}
	}
	if len(p.Binaries) != addons || len(p.Debug) != 2*modules {
		t.Errorf("%d ELF files, want %d; %d debug files, want %d", len(p.Binaries), addons, len(p.Debug), 2*modules)
	}
	if len(p.Duplicates) != 1 || len(p.Duplicates[0].Paths) != 2*modules || p.Duplicates[0].Wasted != 3000*(2*modules-1) {
		t.Errorf("%d groups of duplicates, want the licenses alone", len(p.Duplicates))
	}
	checkInit(t, "function.zip")
	_, native := p.category("native")
	checkAll(t, []verdict{
		{"holds", "path: function.zip, limits: {zipped: 320 MB, unzipped: 400 MB, \"file:**/LICENSE\": 1.2 MB, category:native: " + fmt.Sprint(native.Unzipped) + "}", exitOK,
			[]string{"every limit holds", "it file:**/LICENSE 1,200,000 1,200,000 0 (0.0%) pass"}},
		{"one byte", "path: function.zip, limits: {category:native: " + fmt.Sprint(native.Unzipped-1) + ", unzipped: 400 MB}", exitExceeded,
			[]string{"1 of 2 limits exceeded", "1 B over the limit", "node_modules/m0/build/Release/addon.node"}},
		{"Lambda", "path: function.zip, preset: aws-lambda-zip, runtime: nodejs22.x, arch: arm64", exitExceeded,
			[]string{"over the limit of 250 MiB (262,144,000 B)", "it debug-file warn"}},
	})
}
