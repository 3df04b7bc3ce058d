package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// buildEnvironment lets scripts use git and the Go command: without the user's
// settings of git, without the network, and with the build cache that there is.
func buildEnvironment(env *testscript.Env) error {
	for _, v := range []string{
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com",
		"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com",
		"GOFLAGS=-trimpath", "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=off", "GOENV=off", "CGO_ENABLED=0",
	} {
		name, value, _ := strings.Cut(v, "=")
		env.Setenv(name, value)
	}
	if _, err := exec.LookPath("go"); err != nil {
		return nil // the scripts that need it skip
	}
	out, err := exec.Command("go", "env", "-json", "GOROOT", "GOCACHE", "GOPATH").Output()
	if err != nil {
		return nil
	}
	var values map[string]string
	if err := json.Unmarshal(out, &values); err != nil {
		return err
	}
	for name, value := range values {
		env.Setenv(name, value)
	}
	return nil
}

// edit FILE OLD NEW replaces every OLD in a file, of which there must be one.
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s has no %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o644))
}

// everyFormat is everyformat CODE ARGS...: runs sizegate check with each of its
// formats, which must all end with that exit code and say nothing unsafe. An
// output file says the same as standard output.
func everyFormat(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: everyformat CODE ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	for _, format := range []string{"table", "json", "markdown", "github", "sarif"} {
		if got := exitCode(ts, slices.Concat([]string{"check", "-f", format}, args[1:])); got != want {
			ts.Fatalf("%s: exit code %d, want %d", format, got, want)
		}
		stdout := ts.ReadFile("stdout")
		switch format {
		case "table", "markdown":
			plain(ts, false, []string{"stdout"})
		case "json":
			var verdict struct {
				Schema string
				Passed bool
				Exit   int
			}
			ts.Check(json.Unmarshal([]byte(stdout), &verdict))
			if verdict.Schema != "sizegate.check/v1" || verdict.Exit != want || verdict.Passed != (want == 0) {
				ts.Fatalf("exit code %d, but JSON says %+v", want, verdict)
			}
		case "sarif":
			var log struct {
				Version string
				Runs    []struct{ Invocations []struct{ ExitCode int } }
			}
			ts.Check(json.Unmarshal([]byte(stdout), &log))
			if log.Version != "2.1.0" || len(log.Runs) != 1 || len(log.Runs[0].Invocations) != 1 || log.Runs[0].Invocations[0].ExitCode != want {
				ts.Fatalf("exit code %d, but SARIF says %+v", want, log)
			}
		case "github":
			errors := strings.Count("\n"+stdout, "\n::error ")
			if (errors > 0) != (want != 0) {
				ts.Fatalf("exit code %d with %d annotations of errors", want, errors)
			}
		}
		const file = "everyformat.out"
		if got := exitCode(ts, slices.Concat([]string{"check", "-f", format, "-o", file}, args[1:])); got != want {
			ts.Fatalf("%s with -o: exit code %d, want %d", format, got, want)
		}
		if ts.ReadFile("stdout") != "" || ts.ReadFile(file) != stdout {
			ts.Fatalf("%s: -o writes something else than standard output", format)
		}
	}
}

// checkDiff is checkdiff FILE: checks that each row of a JSON difference is right
// in itself, and that sections and owners each add up to the difference of the
// files. It reads JSON without the program's own types.
func checkDiff(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: checkdiff FILE")
	}
	type side struct {
		Size int64 `json:"file_size"`
	}
	type row struct {
		Name, Change    string
		Old, New, Delta int64
	}
	var diff struct {
		Schema                      string
		Old, New                    side
		Delta                       int64
		Sections, Owners, Functions []row
	}
	ts.Check(json.NewDecoder(bytes.NewReader([]byte(ts.ReadFile(args[0])))).Decode(&diff))
	if diff.Schema != "sizegate.diff/v1" || diff.Delta != diff.New.Size-diff.Old.Size {
		ts.Fatalf("%s: schema %q, delta %d of %d to %d", args[0], diff.Schema, diff.Delta, diff.Old.Size, diff.New.Size)
	}
	for name, rows := range map[string][]row{"sections": diff.Sections, "owners": diff.Owners, "functions": diff.Functions} {
		var old, new int64
		for _, r := range rows {
			old, new = old+r.Old, new+r.New
			sign := map[string]bool{
				"added": r.Old == 0, "removed": r.New == 0,
				"grown": r.Delta > 0, "shrunk": r.Delta < 0, "same": r.Delta == 0,
			}
			if !sign[r.Change] || r.Delta != r.New-r.Old || r.Old < 0 || r.New < 0 {
				ts.Fatalf("%s: %s: a row is wrong: %+v", args[0], name, r)
			}
		}
		// Sections are all of a file. The owners are, too, where everything that is
		// not code counts as unattributed; of functions no sum is promised.
		if name != "functions" && (old != diff.Old.Size || new != diff.New.Size) {
			ts.Fatalf("%s: %s add up to %d and %d, the files are %d and %d", args[0], name, old, new, diff.Old.Size, diff.New.Size)
		}
	}
}

// nothingLeft checks that no worktree of a base commit is left in the folder for
// temporary files.
func nothingLeft(ts *testscript.TestScript, neg bool, args []string) {
	left, err := filepath.Glob(filepath.Join(ts.Getenv("TMPDIR"), "sizegate-*"))
	ts.Check(err)
	if len(left) > 0 || neg || len(args) > 0 {
		ts.Fatalf("left behind: %q", left)
	}
}
