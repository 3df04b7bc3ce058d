package sizegate_test

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elftest"
)

// A toy is a patch in testdata/toys that adds something whole, as "Where to add" in
// ARCHITECTURE.md says.
type toy struct {
	name   string
	adding string
	files  int // that the patch may touch
	// tests are arguments of go test: what notices that a part is missing.
	tests [][]string
	try   func(t *testing.T, dir string, run func(args ...string) string)
}

const rustProgram = "testdata/elf/rust-std-mixed-amd64"

var toys = []toy{
	{"metric", "a metric", 4, [][]string{{"./internal/budget/..."}, {"-run=TestReference", "./docs/generate"}}, tryMetric},
	{"format", "a format", 3, [][]string{{"-run=TestBadNamesInFiles", "./cmd/sizegate"}, {"-run=TestReference", "./docs/generate"}}, tryFormat},
	{"kind", "a kind of section", 4, [][]string{{"-run=TestNotes|TestSections", "./internal/elfscan"}, {"-run=TestReference", "./docs/generate"},
		{"-run=TestWordsOfJSON", "."}}, tryKind},
	{"language", "a language", 7, [][]string{{"./internal/attrib/dsym"}, {"-run=TestReference", "./docs/generate"},
		{"-run=TestImports|TestWordsOfJSON", "."}}, tryLanguage},
}

func TestToys(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git not found (Debian: apt install git)")
	}
	files := checkout(t)
	architecture := read(t, "ARCHITECTURE.md")
	for _, toy := range toys {
		t.Run(toy.name, func(t *testing.T) {
			patch, err := filepath.Abs(filepath.Join("testdata", "toys", toy.name+".patch"))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			for _, file := range files {
				copyFile(t, file, filepath.Join(dir, file))
			}
			git := func(args ...string) (string, error) {
				cmd := exec.Command("git", args...)
				cmd.Dir = dir
				// The copy is no repository, whatever it lies in, and whoever runs the test.
				cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
				cmd.Env = append(cmd.Env, "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			if out, err := git("apply", patch); err != nil {
				t.Fatalf("testdata/toys/%s.patch no longer applies: adding %s has changed (bring the patch and ARCHITECTURE.md up to date, see testdata/toys/README.md)\n%s",
					toy.name, toy.adding, out)
			}
			stat, err := git("apply", "--numstat", patch)
			if err != nil {
				t.Fatalf("%v\n%s", err, stat)
			}
			if touched := strings.Count(stat, "\n"); touched == 0 || touched > toy.files {
				t.Errorf("adding %s touches %d files, and at most %d are allowed:\n%s", toy.adding, touched, toy.files, stat)
			}
			where, _, _ := strings.Cut(architecture[strings.Index(architecture, "\n## Where to add")+1:], "\n## ")
			for line := range strings.Lines(stat) {
				file := strings.Fields(line)[2]
				if _, err := os.Stat(file); err == nil && file != "ARCHITECTURE.md" && !strings.Contains(where, "`"+file+"`") {
					t.Errorf("adding %s touches %s, and \"Where to add\" in ARCHITECTURE.md does not name it", toy.adding, file)
				}
			}
			goIn := func(args ...string) {
				t.Helper()
				cmd := exec.Command("go", args...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-trimpath", "GOPROXY=off") // with -trimpath copies share what was built
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("with the toy, go %s: %v\n%s", strings.Join(args, " "), err, out)
				}
			}
			program := filepath.Join(t.TempDir(), "sizegate")
			goIn("build", "-buildvcs=false", "-o", program, "./cmd/sizegate")
			for _, args := range toy.tests {
				goIn(append([]string{"test", "-timeout=5m", "-vet=off"}, args...)...)
			}
			toy.try(t, dir, func(args ...string) string {
				t.Helper()
				cmd := exec.Command(program, args...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "GITHUB_ACTIONS=", "SIZEGATE_UPX=no-upx")
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				if exit := new(exec.ExitError); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
					t.Fatalf("sizegate %s: %v\n%s", strings.Join(args, " "), err, &stderr)
				}
				return string(out)
			})
		})
	}
}

// checkout is the files of the tree: those that git knows or would take.
func checkout(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil || len(out) == 0 {
		t.Skipf("git ls-files: %v, %d bytes (this test needs a checkout: git clone https://github.com/sizegate/sizegate)", err, len(out))
	}
	var files []string
	for file := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
			continue // removed, and not yet from the index
		}
		files = append(files, file)
	}
	slices.Sort(files)
	return slices.Compact(files)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, data, info.Mode().Perm())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// function is a symbol of elftest.Program(0x1000, …).
func function(name string, at, size uint64) elftest.Symbol {
	return elftest.Symbol{Name: name, Type: elf.STT_FUNC, Bind: elf.STB_GLOBAL, Section: 1, Value: 0x1000 + at, Size: size}
}

// header is a line of readelf -SW.
type header struct {
	name, kind string
	size       uint64
}

func readelfSections(t *testing.T, file string) []header {
	t.Helper()
	if _, err := exec.LookPath("readelf"); err != nil {
		t.Skip("readelf not found (Debian: apt install binutils)")
	}
	out, err := exec.Command("readelf", "-SW", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []header
	line := regexp.MustCompile(`(?m)^ *\[ *\d+\] (\S+) +([A-Z_]+) +[0-9a-f]{16} [0-9a-f]+ ([0-9a-f]+) `)
	for _, m := range line.FindAllStringSubmatch(string(out), -1) {
		size, err := strconv.ParseUint(m[3], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, header{m[1], m[2], size})
	}
	return list
}

func tryMetric(t *testing.T, dir string, run func(args ...string) string) {
	want := uint64(0)
	for _, h := range readelfSections(t, rustProgram) {
		if h.kind == "REL" || h.kind == "RELA" || h.kind == "RELR" {
			want += h.size
		}
	}
	config := "version: 1\nbudgets:\n  - name: toy\n    path: " + rustProgram + "\n    limits: {relocations: 1 kB}\n"
	if err := os.WriteFile(filepath.Join(dir, "toy.yaml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	var check struct {
		Results []struct {
			Metric, Status string
			Value          uint64
		}
	}
	fromJSON(t, run("check", "-c", "toy.yaml", "-f", "json"), &check)
	if len(check.Results) != 1 || check.Results[0].Metric != "relocations" || check.Results[0].Value != want || check.Results[0].Status != "fail" {
		t.Errorf("%+v, want relocations of %d bytes to fail", check.Results, want)
	}
	if table := run("check", "-c", "toy.yaml"); !strings.Contains(table, fmt.Sprintf("toy.yaml:5: toy: relocations is %s B", grouped(want))) {
		t.Errorf("the table says\n%s", table)
	}
}

func tryFormat(t *testing.T, dir string, run func(args ...string) string) {
	f := elftest.Program(0x1000, bytes.Repeat([]byte{0xf4}, 40), function("first", 0, 16), function("a\ttab", 16, 20))
	if err := os.WriteFile(filepath.Join(dir, "toy.elf"), f.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	const want = "file\towner\towner_id\tname\tsection\taddress\tsize\n" +
		"toy.elf\t[native, source unknown]\t\tfirst\t.text\t4096\t16\n" +
		"toy.elf\t[native, source unknown]\t\ta\\x09tab\t.text\t4112\t20\n" +
		"toy.elf\t\t\t[padding]\t\t\t0\n" +
		"toy.elf\t\t\t[unattributed]\t\t\t4\n"
	if got := run("report", "-f", "tsv", "--by", "function", "toy.elf"); got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
}

func tryKind(t *testing.T, _ string, run func(args ...string) string) {
	var want, got []string
	for _, h := range readelfSections(t, rustProgram) {
		if h.kind == "NOTE" {
			want = append(want, h.name)
		}
	}
	for _, s := range reported(t, run("report", "-f", "json", rustProgram)).Sections {
		if s.Kind == "notes" {
			got = append(got, s.Name)
		}
	}
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("notes are %q, and readelf says %q", got, want)
	}
}

func tryLanguage(t *testing.T, dir string, run func(args ...string) string) {
	f := elftest.Program(0x1000, bytes.Repeat([]byte{0xf4}, 100), function("_D3std5stdio7writelnFZv", 0, 16), function("_D3std3fmtFZv", 16, 8),
		function("_D4vibe4http5serveFZv", 24, 32), function("main", 56, 44))
	if err := os.WriteFile(filepath.Join(dir, "toy.elf"), f.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	bin := reported(t, run("report", "-f", "json", "toy.elf"))
	got := make(map[string]uint64)
	for _, o := range bin.Owners {
		got[o.Name] = o.Size
	}
	if want := map[string]uint64{"std": 24, "vibe": 32, "[native, source unknown]": 44}; !reflect.DeepEqual(got, want) {
		t.Errorf("owners %v, want %v", got, want)
	}
	if want := []string{"c", "d"}; !slices.Equal(bin.Languages, want) {
		t.Errorf("languages %q, want %q", bin.Languages, want)
	}
}

// binary is what the toys look at in a report.
type binary struct {
	Languages []string
	Sections  []struct{ Name, Kind string }
	Owners    []struct {
		Name string
		Size uint64
	}
}

func reported(t *testing.T, text string) binary {
	t.Helper()
	var report struct{ Binaries []binary }
	fromJSON(t, text, &report)
	if len(report.Binaries) != 1 {
		t.Fatalf("%d binaries", len(report.Binaries))
	}
	return report.Binaries[0]
}

func fromJSON(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// grouped is n with commas between its thousands.
func grouped(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
