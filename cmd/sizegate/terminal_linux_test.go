package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/ptytest"
)

// ptyEnvironment is that of a terminal with all that sizegate uses. More is added
// to it.
func ptyEnvironment(more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"CI", "NO_COLOR", "COLUMNS", "LC_ALL", "LC_CTYPE", "GITHUB_ACTIONS"}, name)
	})
	return append(append(env, "TERM=xterm-256color", "LANG=en_US.UTF-8", "GORACE=atexit_sleep_ms=0"), more...)
}

// onTerminal runs sizegate to its end, and returns what is on the screen.
func onTerminal(t *testing.T, columns int, env []string, args ...string) (lines, colors []string) {
	t.Helper()
	program, err := exec.LookPath("sizegate")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = ptyEnvironment(env...)
	_, text := ptytest.New(t, columns).Start(cmd)()
	lines, colors, err = ptytest.Screen(text)
	if err != nil {
		t.Errorf("%q: %v", args, err)
	}
	return lines, colors
}

const terminalBudgets = `version: 1
budgets:
  - name: a-budget-with-a-name-that-is-long
    path: app
    limits: {file: 20 kB, stripped: {warn: 16 kB, error: 18 kB}, text: 7600, .rodata: 1 kB}
    packages: [{match: core, limit: 100 kB}, {match: openssl*, deny: true}]
`

// TestTerminalTables: no line of a table is wider than the terminal, only the
// eight colours and bold are used, and the sizes are those that a pipe gets.
func TestTerminalTables(t *testing.T) {
	dir := t.TempDir()
	app, err := os.ReadFile("../../testdata/elf/rust-v0-amd64")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"app": string(app), "budgets.yaml": terminalBudgets} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, args := range [][]string{
		{"report", "app"},
		{"report", "--by", "function", "app"},
		{"report", "--by", "function", "--filter", "alpha|core", "app"},
		{"report", "--by", "section", "--section", "all", "app"},
		{"report", "--by", "generic", "app"},
		{"report", "app", "app", "app", "app", "app", "app"},
		{"check"},
		{"diff", "app", "app"},
	} {
		for _, columns := range []int{40, 80, 132} {
			lines, colors := onTerminal(t, columns, nil, args...)
			table := ""
			for _, line := range lines {
				// A table begins with its heading, and ends with an empty line.
				switch {
				case line == "":
					table = ""
				case line == strings.ToUpper(line) && strings.Contains(line, "  "):
					table = line
				}
				if table != "" && utf8.RuneCountInString(line) > columns && (strings.HasPrefix(line, "total: ") || !strings.Contains(line, ": ")) {
					t.Errorf("%q, %d columns: %d are taken:\n%s\n%s", args, columns, utf8.RuneCountInString(line), table, line)
				}
			}
			for _, c := range colors {
				if !slices.Contains([]string{"0", "1", "31", "32", "33"}, c) {
					t.Errorf("%q: colour %s", args, c)
				}
			}
		}
	}
}

// TestTerminalPlain: what a terminal shows besides bars is what a pipe gets where
// no column has to give way.
func TestTerminalPlain(t *testing.T) {
	const app = "../../testdata/elf/rust-v0-amd64"
	t.Setenv("COLUMNS", "132")
	var piped bytes.Buffer
	if code := run(t.Context(), []string{"report", "-n", "5", app}, &piped, &piped); code != exitOK {
		t.Fatal(piped.String())
	}
	for _, test := range []struct {
		env          []string
		args         []string
		bars, colors bool
	}{
		{nil, nil, true, true},
		{[]string{"NO_COLOR=1"}, nil, true, false},
		{nil, []string{"--color", "never"}, true, false},
		{[]string{"LC_ALL=C"}, nil, false, true},
		{[]string{"LANG=de_DE.ISO-8859-1"}, nil, false, true},
		{[]string{"LANG=", "LC_CTYPE=C.utf8"}, nil, true, true},
		{[]string{"TERM=linux"}, nil, false, true},
		{[]string{"TERM=dumb"}, nil, false, false},
	} {
		lines, colors := onTerminal(t, 132, test.env, append([]string{"report", "-n", "5", app}, test.args...)...)
		bars := false
		for i, line := range lines {
			lines[i] = strings.TrimRight(line, " ▏▎▍▌▋▊▉█")
			bars = bars || lines[i] != line
		}
		if bars != test.bars || len(colors) > 0 != test.colors {
			t.Errorf("%q %q: bars %t, colours %q", test.env, test.args, bars, colors)
		}
		if got := strings.Join(lines, "\n") + "\n"; got != piped.String() {
			t.Errorf("%q %q: on a terminal\n%s\nthrough a pipe\n%s", test.env, test.args, got, piped.String())
		}
	}
}

// TestDrillDown holds the line above the table, and its sums, against each other
// and against the table of the whole file.
func TestDrillDown(t *testing.T) {
	const app = "../../testdata/elf/rust-v0-amd64"
	var out bytes.Buffer
	if code := run(t.Context(), []string{"report", "--by", "function", "--filter", "^(alpha|core)$", app}, &out, &out); code != exitOK {
		t.Fatal(out.String())
	}
	squeezed := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		"FUNCTION OWNER BYTES OF MATCHED SHARE ", " total: matched by --filter ", " … not matched by --filter ", " total: executable sections 7,594 100.0% ",
		" core ", " alpha#",
	} {
		if !strings.Contains(squeezed, want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	var kept, all, size, whole string
	_, line, _ := strings.Cut(squeezed, "--filter ^(alpha|core)$ keeps ")
	if _, err := fmt.Sscanf(line, "%s of %s functions: %s of %s B", &kept, &all, &size, &whole); err != nil {
		t.Fatalf("%v in %.80q", err, line)
	}
	if !strings.Contains(squeezed, " total: matched by --filter "+size+" 100.0% ") || whole != "7,594" || all != "66" && all == kept {
		t.Errorf("keeps %s of %s, %s of %s B\n%s", kept, all, size, whole, out.String())
	}
	if strings.Contains(squeezed, ".rodata") {
		t.Errorf("sections are shown:\n%s", out.String())
	}
}

// hangingUPX is a site whose upx waits for the end of the named pipe "go".
func hangingUPX(t *testing.T) *site {
	s := newSite(t)
	if err := syscall.Mkfifo(s.path("go"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.write("bin/upx", "#!/bin/sh\n[ \"$1\" = --version ] && echo 'upx 4.2.2' && exit 0\ncase \"$*\" in *-t*) exit 0;; esac\ncat \""+
		s.path("go")+"\" >/dev/null\ncat bootstrap >packed\n")
	return s
}

func (s *site) onTerminal(args ...string) *exec.Cmd {
	cmd := s.command(args...)
	cmd.Env = ptyEnvironment(slices.DeleteFunc(slices.Clone(s.env), func(v string) bool {
		return strings.HasPrefix(v, "CI=") || strings.HasPrefix(v, "LC_") || strings.HasPrefix(v, "LANG=") || strings.HasPrefix(v, "TERM=")
	})...)
	return cmd
}

// TestProgress: while upx runs a line says so, and at the end nothing is left of it.
func TestProgress(t *testing.T) {
	s := hangingUPX(t)
	term := ptytest.New(t, 60)
	cmd := s.onTerminal("report", "--no-cache", "--upx-level", "lzma", "-f", "benchfmt", "dist/app")
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	end := term.Start(cmd)
	term.Wait("measuring: dist/app | app: upx lzma (1 of 2)")
	if err := os.WriteFile(s.path("go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, text := end()
	lines, _, err := ptytest.Screen(text)
	if code != exitOK || err != nil || strings.Join(lines, "") != "" {
		t.Errorf("exit code %d, %v, left on the screen: %q", code, err, lines)
	}
	if !strings.Contains(stdout.String(), "upx") || strings.Contains(stdout.String(), "measuring") {
		t.Errorf("standard output is\n%s", stdout.String())
	}
}

// TestInterruptedTerminal presses Ctrl-C while upx runs.
func TestInterruptedTerminal(t *testing.T) {
	s := hangingUPX(t)
	before := s.files()
	term := ptytest.New(t, 80)
	end := term.Start(s.onTerminal("report", "--no-cache", "--upx-level", "lzma", "-o", "out.txt", "dist/app"))
	term.Wait("upx lzma")
	if err := term.Type(3); err != nil {
		t.Fatal(err)
	}
	code, text := end()
	lines, _, err := ptytest.Screen(strings.ReplaceAll(text, "^C", "")) // what the terminal echoes
	if code != exitFailed || err != nil || strings.Join(lines, "|") != "sizegate: interrupted (nothing was written)" {
		t.Errorf("exit code %d, %v, on the screen: %q", code, err, lines)
	}
	s.same("Ctrl-C", before)
}

// TestBuildProgress: a build says what it runs, on lines of its own.
func TestBuildProgress(t *testing.T) {
	s := hangingUPX(t)
	s.write("repo/build.yaml", "version: 1\nbudgets:\n  - {name: app, path: dist/app, build: cat ../go, limits: {file: 1 MB}}\n")
	term := ptytest.New(t, 100)
	end := term.Start(s.onTerminal("check", "--build", "-c", "build.yaml"))
	term.Wait("\rapp: cat ../go")
	if err := os.WriteFile(s.path("go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, text := end()
	lines, _, err := ptytest.Screen(text)
	if code != exitOK || err != nil || len(lines) < 3 || lines[0] != "sizegate: app: building in .: cat ../go" || lines[1] != "every limit holds" {
		t.Errorf("exit code %d, %v, on the screen: %q", code, err, lines)
	}
}
