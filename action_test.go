package sizegate_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// action is what is read of action.yml.
type action struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Using string
		Steps []actionStep
	}
}

type actionStep struct {
	ID, Uses, Shell, Run string
	Env                  map[string]string
}

func readAction(t *testing.T) *action {
	t.Helper()
	data, err := os.ReadFile("action.yml")
	if err != nil {
		t.Fatal(err)
	}
	a := new(action)
	if err := yaml.Unmarshal(data, a); err != nil {
		t.Fatal(err)
	}
	return a
}

// runner carries out the steps of action.yml as a runner of GitHub would.
type runner struct {
	action *action
	dir    string   // the working directory
	files  string   // the files of the run: GITHUB_OUTPUT and the like
	env    []string // NAME=value, over that of the test
}

func newRunner(t *testing.T) *runner {
	t.Helper()
	for tool, from := range map[string]string{"bash": "Debian: apt install bash", "go": "https://go.dev/dl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s not found (%s)", tool, from)
		}
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{action: readAction(t), dir: t.TempDir(), files: t.TempDir()}
	r.env = []string{
		"GITHUB_ACTIONS=true", "GITHUB_ACTION_PATH=" + here, "RUNNER_TEMP=" + filepath.Join(r.files, "temp"),
		"GITHUB_OUTPUT=" + filepath.Join(r.files, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(r.files, "summary"),
		"GITHUB_WORKSPACE=" + r.dir, "GOPROXY=off",
	}
	return r
}

var inputExpression = regexp.MustCompile(`^\$\{\{ inputs\.([a-z]+) \}\}$`)

// step carries out one step. The error is that of bash.
func (r *runner) step(t *testing.T, i int, inputs map[string]string) (output string, err error) {
	t.Helper()
	s := r.action.Runs.Steps[i]
	env := slices.Concat(os.Environ(), r.env)
	for name, value := range s.Env {
		m := inputExpression.FindStringSubmatch(value)
		if m == nil {
			t.Fatalf("env %s is %q", name, value)
		}
		input, ok := r.action.Inputs[m[1]]
		if !ok {
			t.Fatalf("env %s is of an unknown input: %q", name, value)
		}
		value = input.Default
		if given, ok := inputs[m[1]]; ok {
			value = given
		}
		env = append(env, name+"="+value)
	}
	script := filepath.Join(r.files, "script.sh")
	if err := os.WriteFile(script, []byte(s.Run), 0o600); err != nil {
		t.Fatal(err)
	}
	// How GitHub runs the shell "bash".
	cmd := exec.CommandContext(context.Background(), "bash", "--noprofile", "--norc", "-eo", "pipefail", script)
	cmd.Dir, cmd.Env = r.dir, env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// outputs reads GITHUB_OUTPUT as the runner does, and forgets it.
func (r *runner) outputs(t *testing.T) map[string]string {
	t.Helper()
	path := filepath.Join(r.files, "output")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	values := make(map[string]string)
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for len(lines) > 0 {
		name, end, several := strings.Cut(lines[0], "<<")
		if before, value, ok := strings.Cut(lines[0], "="); ok && (!several || len(before) < len(name)) {
			values[before], lines = value, lines[1:]
			continue
		}
		i := slices.Index(lines, end)
		if !several || i < 0 {
			t.Fatalf("GITHUB_OUTPUT has the line %q", lines[0])
		}
		values[name], lines = strings.Join(lines[1:i], "\n"), lines[i+1:]
	}
	return values
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	exit, ok := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return 0
	case !ok:
		t.Fatal(err)
	}
	return exit.ExitCode()
}

// TestActionForm: no input becomes part of a script, and what the action promises
// is there.
func TestActionForm(t *testing.T) {
	a := readAction(t)
	if got, want := slices.Sorted(maps.Keys(a.Inputs)), []string{"args", "base", "baseline", "config", "version"}; !slices.Equal(got, want) {
		t.Errorf("inputs %q, want %q", got, want)
	}
	if got, want := slices.Sorted(maps.Keys(a.Outputs)), []string{"exceeded", "passed", "report"}; !slices.Equal(got, want) {
		t.Errorf("outputs %q, want %q", got, want)
	}
	for name, o := range a.Outputs {
		if want := fmt.Sprintf("${{ steps.check.outputs.%s }}", name); o.Value != want {
			t.Errorf("output %s is %q, want %q", name, o.Value, want)
		}
	}
	if a.Runs.Using != "composite" || len(a.Runs.Steps) != 2 || a.Runs.Steps[1].ID != "check" {
		t.Fatalf("runs: using %q, %d steps", a.Runs.Using, len(a.Runs.Steps))
	}
	for i, s := range a.Runs.Steps {
		if strings.Contains(s.Run, "${{") || strings.Contains(s.Run, "eval") || s.Shell != "bash" || s.Uses != "" {
			t.Errorf("step %d: shell %q, uses %q, script\n%s", i, s.Shell, s.Uses, s.Run)
		}
	}
}

// TestAction runs the steps of the action for real.
func TestAction(t *testing.T) {
	r := newRunner(t)
	program, err := os.ReadFile("testdata/elf/c-basic-amd64") // 16,728 bytes
	if err != nil {
		t.Fatal(err)
	}
	const config = "version: 1\nbudgets:\n  - {name: app, path: app, limits: {file: %s}}\n"
	for name, text := range map[string]string{
		"app": string(program), "budgets.yaml": fmt.Sprintf(config, "17 kB"), "small.yaml": fmt.Sprintf(config, "16 kB"),
		"wrong.yaml": fmt.Sprintf(config, "17 M"), "a b's.yaml": fmt.Sprintf(config, "16 kB"), "other.yaml": fmt.Sprintf(config, "1 MB"),
		"nothing": "no program", "unreadable.yaml": strings.Replace(fmt.Sprintf(config, "1 B"), "path: app", "path: nothing", 1),
	} {
		if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// A job that builds for another machine, with flags of its own.
	r.env = append(r.env, "GOOS=windows", "GOARCH=arm64", "GOFLAGS=-mod=vendor")
	if out, err := r.step(t, 0, nil); err != nil {
		t.Fatalf("the action cannot be installed: %v\n%s", err, out)
	}

	for _, tt := range []struct {
		name           string
		inputs         map[string]string
		code           int
		passed, report string
		exceeded       string
		says           string // a part of the log
	}{
		{"fits", nil, 0, "true", "every limit holds", "0", "sizegate: every limit holds"},
		{"too large", map[string]string{"config": "small.yaml"}, 1, "false", "1 of 1 limit exceeded", "1", "::error file=small.yaml,line=3,"},
		{"wrong", map[string]string{"config": "wrong.yaml"}, 2, "false", "", "0", "wrong.yaml:3:"},
		{"no file", map[string]string{"config": "nosuch.yaml"}, 2, "false", "", "0", "nosuch.yaml"},
		{"not measured", map[string]string{"config": "unreadable.yaml"}, 3, "false", "could not be measured", "0", "could not be measured"},
		{"quotes", map[string]string{"config": "a b's.yaml"}, 1, "false", "exceeded", "1", "::error file=a b's.yaml,"},
		{"warn only", map[string]string{"config": "small.yaml", "args": "--warn-only"}, 0, "true", "exceeded, shown as warnings", "0", "::warning "},
		{"several args", map[string]string{"args": "  --warn-only\n--quiet  app ", "config": "small.yaml"}, 0, "true", "", "0", ""},
		{"a budget", map[string]string{"args": "nosuch"}, 2, "false", "", "0", `has no budget "nosuch"`},
		{"a glob", map[string]string{"args": "*"}, 2, "false", "", "0", `has no budget "*"`},
		{"no baseline yet", map[string]string{"baseline": "nosuch.json"}, 0, "true", "every limit holds", "0", ""},
		{"a bad baseline", map[string]string{"baseline": "nothing"}, 3, "false", "", "0", "sizegate: nothing: "},
		{"both", map[string]string{"baseline": "a", "base": "b"}, 2, "false", "", "0", "--baseline and --base"},
		{"a command in args", map[string]string{"args": "; touch harm; $(touch harm) `touch harm` && touch harm | touch harm >harm"}, 2, "false", "", "0", ""},
		{"a command in config", map[string]string{"config": "$(touch harm)"}, 2, "false", "", "0", "$(touch harm)"},
		{"a command in baseline", map[string]string{"baseline": "`touch harm`"}, 0, "true", "", "0", ""},
		{"a command in base", map[string]string{"base": "'; touch harm; '"}, 2, "false", "", "0", ""},
		{"a flag as configuration", map[string]string{"config": "--warn-only"}, 2, "false", "", "0", ""},
		{"an output in args", map[string]string{"args": "passed=true"}, 2, "false", "", "0", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := r.step(t, 1, tt.inputs)
			if code := exitCode(t, err); code != tt.code || !strings.Contains(out, tt.says) {
				t.Errorf("exit code %d, want %d with %q:\n%s", code, tt.code, tt.says, out)
			}
			got := r.outputs(t)
			if got["passed"] != tt.passed || got["exceeded"] != tt.exceeded || !strings.Contains(got["report"], tt.report) || tt.code == 2 && got["report"] != "" {
				t.Errorf("outputs %q, want passed %s, exceeded %s and a report with %q", got, tt.passed, tt.exceeded, tt.report)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(r.dir, "harm")); err == nil {
		t.Error("an input was carried out as a command")
	}
	summary, err := os.ReadFile(filepath.Join(r.files, "summary"))
	if err != nil || !strings.Contains(string(summary), "## ✅ sizegate: every limit holds") {
		t.Errorf("the summary is %.200q, %v", summary, err)
	}
}

// TestActionVersion: a version is installed as it is named, and nothing that it
// may hold is carried out. The Go command is one that says what it was asked for.
func TestActionVersion(t *testing.T) {
	r := newRunner(t)
	fake := filepath.Join(r.files, "bin")
	if err := os.MkdirAll(fake, 0o755); err != nil {
		t.Fatal(err)
	}
	const text = "#!/bin/sh\nfor a; do printf '<%s>' \"$a\"; done\nprintf ' GOOS=%s GOFLAGS=%s GOBIN=%s' \"$GOOS\" \"$GOFLAGS\" \"$GOBIN\"\n"
	if err := os.WriteFile(filepath.Join(fake, "go"), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(fake, "curl"), []byte("#!/bin/sh\nexit 22\n"), 0o755); err != nil { // there is no release
		t.Fatal(err)
	}
	r.env = append(r.env, "PATH="+fake+string(os.PathListSeparator)+os.Getenv("PATH"), "GOOS=plan9", "GOFLAGS=-mod=vendor")
	for _, version := range []string{"v0.1.0", "latest", "$(touch harm); touch harm"} {
		want := fmt.Sprintf("<install><-trimpath><github.com/sizegate/sizegate/cmd/sizegate@%s> GOOS= GOFLAGS= GOBIN=%s",
			version, filepath.Join(r.files, "temp", "sizegate-bin"))
		if out, err := r.step(t, 0, map[string]string{"version": version}); err != nil || out != want {
			t.Errorf("%q runs go as\n%s\nwant\n%s\n%v", version, out, want, err)
		}
	}
	if _, err := os.Stat(filepath.Join(r.dir, "harm")); err == nil {
		t.Error("the version was carried out as a command")
	}

	// Without Go the message says what to add.
	if err := os.Remove(filepath.Join(fake, "go")); err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"bash", "mkdir"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(fake, tool)); err != nil {
			t.Fatal(err)
		}
	}
	r.env = append(r.env, "PATH="+fake)
	if out, err := r.step(t, 0, nil); exitCode(t, err) != 3 || !strings.Contains(out, "actions/setup-go") {
		t.Errorf("without Go: %v\n%s", err, out)
	}
}

// TestActionRelease: a version that has a release is installed from it if its
// checksum is right, and built with Go if there is none.
func TestActionRelease(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("the release that is made here is for linux on amd64 and arm64 (run it there)")
	}
	const version = "v1.2.3"
	name := "sizegate_" + version + "_linux_" + runtime.GOARCH
	for _, tt := range []struct {
		name, sums string // of the release, %s for the right one
		version    string
		code       int
		says       string
		ran        string // by what was installed
	}{
		{"right", "0000  other.tar.gz\n%s  " + name + ".tar.gz\n", version, 0, "", "released"},
		{"wrong checksum", strings.Repeat("0", 64) + "  " + name + ".tar.gz\n", version, 3, "is not the file of the release", ""},
		{"no checksum", "%s  other.tar.gz\n", version, 3, "is not the file of the release", ""},
		{"no release", "", version, 0, "", "built"},
		{"no version of a release", "%s  " + name + ".tar.gz\n", "v1.2.3/../..", 0, "", "built"},
		{"latest", "%s  " + name + ".tar.gz\n", "latest", 0, "", "built"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRunner(t)
			bin, from := t.TempDir(), t.TempDir()
			script := func(path, text string) {
				if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Mkdir(filepath.Join(from, name), 0o755); err != nil {
				t.Fatal(err)
			}
			script(filepath.Join(from, name, "sizegate"), "echo released\n")
			if out, err := exec.Command("tar", "-C", from, "-czf", filepath.Join(from, name+".tar.gz"), name).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			archive, err := os.ReadFile(filepath.Join(from, name+".tar.gz"))
			if err != nil {
				t.Fatal(err)
			}
			if tt.sums != "" {
				sums := strings.ReplaceAll(tt.sums, "%s", fmt.Sprintf("%x", sha256.Sum256(archive)))
				if err := os.WriteFile(filepath.Join(from, "SHA256SUMS"), []byte(sums), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			// The last two arguments are the file to write and the address.
			script(filepath.Join(bin, "curl"), `while [ $# -gt 2 ]; do shift; done; exec cp "`+from+`/${2##*/}" "$1"`+"\n")
			script(filepath.Join(bin, "go"), `printf '#!/bin/sh\necho built\n' >"$GOBIN/sizegate"; chmod +x "$GOBIN/sizegate"`+"\n")
			r.env = append(r.env, "PATH="+bin+":"+os.Getenv("PATH"))
			out, err := r.step(t, 0, map[string]string{"version": tt.version})
			if code := exitCode(t, err); code != tt.code || !strings.Contains(out, tt.says) {
				t.Fatalf("exit code %d, want %d\n%s", code, tt.code, out)
			}
			if tt.ran == "" {
				return
			}
			ran, err := exec.Command(filepath.Join(r.files, "temp", "sizegate-bin", "sizegate")).CombinedOutput()
			if err != nil || strings.TrimSpace(string(ran)) != tt.ran {
				t.Errorf("what was installed: %v, %q, want %q\n%s", err, ran, tt.ran, out)
			}
		})
	}
}
