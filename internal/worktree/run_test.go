//go:build unix

package worktree

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestRun(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"GIT_DIR": "x", "GIT_WORK_TREE": "x", "GIT_INDEX_FILE": "x", "PWD": "/", "LC_ALL": "de_DE", "KEPT": "a  b", "WON": "caller",
		"GIT_TRACE_FILE": "kept",
	} {
		t.Setenv(name, value)
	}
	var lines strings.Builder
	for range 20000 {
		lines.WriteString("0123456789\n")
	}
	// 5957 lines of 11 bytes are the most in 65536.
	last := lines.String()[:5957*11]
	tests := []struct{ name, command, want, status string }{
		{"in order", "echo 1; echo 2 >&2; echo 3; printf 4 >&2", "1\n2\n3\n4", ""},
		{"nothing", "", "", ""},
		{"fails", "echo broken >&2; exit 7", "broken\n", "exit status 7"},
		{"signal", "kill -9 $$", "", "signal: killed"},
		{"no such program", "/no/such/program 2>/dev/null", "", "exit status 127"},
		{"no input", "cat", "", ""},
		{"no terminal", "(exec </dev/tty && echo terminal) 2>/dev/null; true", "", ""},
		{"folder", `pwd; printenv PWD`, dir + "\n" + dir + "\n", ""},
		{"environment", `echo "$GIT_DIR$GIT_WORK_TREE$GIT_INDEX_FILE,$GIT_TRACE_FILE,$LC_ALL,$KEPT,$WON,$NEW"`, ",kept,de_DE,a  b,caller,1=2\n", ""},
		{"long", "i=0; while [ $i -lt 200 ]; do printf '%s' \"$LINES100\"; i=$((i+1)); done", last, ""},
		{"long line", "head -c 200000 /dev/zero | tr '\\0' x", strings.Repeat("x", 64<<10), ""},
		{"long, fails", "head -c 200000 /dev/zero; echo; echo end; exit 1", "end\n", "exit status 1"},
		{"any bytes", `printf '\033[31m\377\000\r'`, "\x1b[31m\xff\x00\r", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := []string{"NEW=1=2", "LINES100=" + lines.String()[:1100]}
			out, err := Run(t.Context(), dir, tt.command, env...)
			if out != tt.want {
				t.Errorf("output of %d bytes %.100q, want %d bytes %.100q", len(out), out, len(tt.want), tt.want)
			}
			failed, ok := errors.AsType[*BuildError](err)
			switch {
			case tt.status == "" && err != nil:
				t.Error(err)
			case tt.status != "" && (!ok || *failed != BuildError{tt.command, tt.status, tt.want} || err.Error() != tt.command+": "+tt.status):
				t.Errorf("%v, want %s", err, tt.status)
			}
		})
	}
}

func TestRunErrors(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "file", "")
	for _, missing := range []string{"missing", "file"} {
		path := filepath.Join(dir, missing)
		if _, err := Run(t.Context(), path, "true"); err == nil || err.Error() != path+": no such folder to build in" {
			t.Error(err)
		}
	}
	if _, err := Run(t.Context(), dir, "exit 1 # \n\x1b[31m"); err == nil || err.Error() != "exit 1 # [31m: exit status 1" {
		t.Errorf("%q", err)
	}
	if _, err := Run(t.Context(), dir, "a\x00b"); err == nil || strings.ContainsRune(err.Error(), 0) {
		t.Errorf("%q", err)
	}
	t.Setenv("PATH", dir)
	if _, err := Run(t.Context(), dir, "true"); err == nil || err.Error() != "sh not found (build commands need a POSIX shell on PATH)" {
		t.Error(err)
	}
}

// TestBackground: what a build leaves running does not outlive it.
func TestBackground(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"alive", "never"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error, 1)
	go func() {
		_, err := Run(t.Context(), dir, `exec 9>alive; cat never >/dev/null 2>&1 & echo started >&9`)
		done <- err
	}()
	f, err := os.Open(filepath.Join(dir, "alive"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := bufio.NewReader(f)
	if line, err := r.ReadString('\n'); err != nil || line != "started\n" {
		t.Errorf("%q, %v", line, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := r.ReadByte(); err == nil {
		t.Error("more than one line")
	}
}
