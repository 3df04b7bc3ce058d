package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the tables in testdata/script as they are now")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sizegate": main})
}

// TestScript runs testdata/script/*.txtar. Beside testscript's own commands and
// those below, scripts have $ELF, $BAD and $PACKAGE, the folders of the fixtures,
// $REGISTRY, where images can be pushed to, and $NEWLINE, $ESCAPE, $LATIN1 and $RTL,
// which are parts of hostile names.
func TestScript(t *testing.T) {
	fixtures, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	host := startRegistry(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("ELF", filepath.Join(fixtures, "elf"))
			env.Setenv("BAD", filepath.Join(fixtures, "bad"))
			env.Setenv("PACKAGE", filepath.Join(fixtures, "package"))
			env.Setenv("REGISTRY", host)
			env.Setenv("NEWLINE", "a\n::error::b")
			env.Setenv("ESCAPE", "a\x1b]0;b\x07")
			env.Setenv("LATIN1", "caf\xe9")
			env.Setenv("RTL", "a\u202eb")
			// With -race every program that succeeds sleeps a second otherwise.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			return buildEnvironment(env)
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %s", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":       exits,
			"fixtures":    runOnFixtures,
			"badfiles":    badFiles,
			"plain":       plain,
			"narrow":      narrow,
			"mode":        mode,
			"noleftovers": noLeftovers,
			"checkjson":   scriptCheckJSON,
			"checkcsv":    scriptCheckCSV,
			"hostile":     writeHostile,
			"edit":        edit,
			"everyformat": everyFormat,
			"checkdiff":   checkDiff,
			"nothingleft": nothingLeft,

			"pack":            scriptPack,
			"hostilepackage":  writeHostilePackage,
			"checkpackage":    scriptCheckPackage,
			"checkpackagecsv": scriptCheckPackageCSV,

			"image":         scriptImage,
			"checkimage":    scriptCheckImage,
			"checkimagecsv": scriptCheckImageCSV,
			"hostileimage":  writeHostileImage,
			"checklambda":   scriptCheckLambda,
			"checkadvice":   scriptCheckAdvice,
			"checkcontents": scriptCheckContents,
		},
	})
}

// exits CODE ARGS... runs sizegate, which must end with that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := exitCode(ts, args[1:]); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func exitCode(ts *testscript.TestScript, args []string) int {
	err := ts.Exec("sizegate", args...)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	ts.Fatalf("%v", err)
	return -1
}

// elfFixtures lists the ELF files of testdata/elf.
func elfFixtures(ts *testscript.TestScript) []string {
	paths, err := filepath.Glob(filepath.Join(ts.Getenv("ELF"), "*"))
	ts.Check(err)
	paths = slices.DeleteFunc(paths, func(p string) bool { return strings.HasSuffix(p, ".tsv") })
	if len(paths) < 30 {
		ts.Fatalf("%d ELF files in %s", len(paths), ts.Getenv("ELF"))
	}
	return paths
}

// runOnFixtures is fixtures ARGS...: runs sizegate with all ELF fixtures behind the arguments.
func runOnFixtures(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: fixtures ARGS...")
	}
	ts.Check(ts.Exec("sizegate", slices.Concat(args, elfFixtures(ts))...))
}

// badFiles is badfiles FILE: runs sizegate on each file in $BAD, and holds it
// against the lines of FILE: a name, a tab, and a part of the message, empty
// where it is a deployment package.
func badFiles(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: badfiles FILE")
	}
	want := make(map[string]string)
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		name, text, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			ts.Fatalf("%s: no tab in %q", args[0], line)
		}
		want[name] = text
	}
	entries, err := os.ReadDir(ts.Getenv("BAD"))
	ts.Check(err)
	for _, e := range entries {
		text, ok := want[e.Name()]
		if !ok {
			ts.Fatalf("%s does not say what %s is", args[0], e.Name())
		}
		delete(want, e.Name())
		path := filepath.Join(ts.Getenv("BAD"), e.Name())
		code := exitCode(ts, []string{"report", path})
		if text == "" && code == exitOK { // no ELF file, but a package
			continue
		}
		stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
		if code != exitFailed || stdout != "" || strings.Count(stderr, "\n") != 1 ||
			!strings.HasPrefix(stderr, "sizegate: "+path+": "+text) || !strings.HasSuffix(stderr, ")\n") {
			ts.Fatalf("%s: exit code %d, stdout %q, stderr %q", e.Name(), code, stdout, stderr)
		}
	}
	for name := range want {
		ts.Fatalf("%s is not in %s", name, ts.Getenv("BAD"))
	}
}

// plain FILE... checks that text is there and safe to print: valid UTF-8, no control
// characters but line ends, nothing that turns the direction of text, and
// nothing that GitHub Actions would carry out.
func plain(ts *testscript.TestScript, neg bool, args []string) {
	for _, file := range args {
		text := ts.ReadFile(file)
		if text == "" || neg {
			ts.Fatalf("%s is empty", file)
		}
		for i, line := range strings.Split(text, "\n") {
			switch {
			case !utf8.ValidString(line):
				ts.Fatalf("%s:%d: not UTF-8: %.200q", file, i+1, line)
			case strings.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) >= 0:
				ts.Fatalf("%s:%d: not printable: %.200q", file, i+1, line)
			case strings.HasPrefix(strings.TrimSpace(line), "::"), strings.Contains(line, "##["):
				ts.Fatalf("%s:%d: a workflow command: %.200q", file, i+1, line)
			}
		}
	}
}

// narrow COLUMNS FILE checks that no line of the tables is wider; the heading
// above the first blank line may be. Only for text in which every character
// takes one column.
func narrow(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: narrow COLUMNS FILE")
	}
	columns, err := strconv.Atoi(args[0])
	ts.Check(err)
	_, tables, ok := strings.Cut(ts.ReadFile(args[1]), "\n\n")
	if !ok {
		ts.Fatalf("no table")
	}
	for line := range strings.Lines(tables) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > columns {
			ts.Fatalf("%d columns: %s", n, line)
		}
	}
}

// mode OCTAL FILE checks a file's permissions.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode OCTAL FILE")
	}
	info, err := os.Lstat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); !info.Mode().IsRegular() || got != args[0] {
		ts.Fatalf("%s is %s, want a file with mode %s", args[1], info.Mode(), args[0])
	}
}

// noLeftovers checks that no temporary file is left in the current folder.
func noLeftovers(ts *testscript.TestScript, neg bool, args []string) {
	left, err := filepath.Glob(filepath.Join(ts.MkAbs("."), ".sizegate-*"))
	ts.Check(err)
	if len(left) > 0 || neg || len(args) > 0 {
		ts.Fatalf("left behind: %q", left)
	}
}
