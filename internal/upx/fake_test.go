//go:build unix

package upx

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// programs are what the test binary also is, told apart by the name that it is
// started under.
var programs = map[string]func(){
	"upx": func() { fakeMain(filepath.Dir(os.Args[0]), os.Args[1:]) },
}

func TestMain(m *testing.M) {
	if program := programs[filepath.Base(os.Args[0])]; program != nil {
		program()
	}
	os.Exit(m.Run())
}

// fake is what a program called upx does. It is read from the file "fake"
// beside the program, because nothing of the environment reaches it.
type fake struct {
	Version string // what --version prints
	Exit    int    // exit status of packing
	Write   int    // size of the packed file; none if 0
	Symlink bool   // the packed file is a link to the input
	Stdout  string // said when packing, after Noise bytes on either stream
	Stderr  string
	Noise   int
	Hang    bool   // packing does not end
	HangT   bool   // -t does not end
	Child   bool   // packing starts a process that does not end
	Signal  int    // packing is ended by this signal
	Test    int    // exit status of -t
	TestErr string // what -t says
}

// call is what a fake was started with.
type call struct {
	Args  []string
	Env   []string
	Stdin string // what standard input is and holds
	Dir   os.FileMode
	Input os.FileMode
	Names []string // in the directory
}

// fakeMain ends by syscall.Exit: os.Exit says something when coverage is
// measured, and waits for a second in a binary that looks for races.
func fakeMain(dir string, args []string) {
	must := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, "fake upx:", err)
			syscall.Exit(99)
		}
	}
	if slices.Equal(args, []string{"child"}) {
		hang(dir)
	}
	text, err := os.ReadFile(filepath.Join(dir, "fake"))
	must(err)
	var f fake
	must(json.Unmarshal(text, &f))
	if slices.Equal(args, []string{"--version"}) {
		if f.Hang {
			hang(dir)
		}
		fmt.Print(f.Version)
		syscall.Exit(0)
	}

	c := call{Args: args, Env: os.Environ()}
	in, err := io.ReadAll(os.Stdin)
	link, _ := os.Readlink("/proc/self/fd/0")
	c.Stdin = fmt.Sprintf("%s %q %v", link, in, err)
	if info, err := os.Stat("."); err == nil {
		c.Dir = info.Mode()
	}
	if info, err := os.Lstat("bootstrap"); err == nil {
		c.Input = info.Mode()
	}
	entries, _ := os.ReadDir(".")
	for _, e := range entries {
		c.Names = append(c.Names, e.Name())
	}
	line, err := json.Marshal(c)
	must(err)
	log, err := os.OpenFile(filepath.Join(dir, "calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	must(err)
	_, err = log.Write(append(line, '\n'))
	must(err)

	if slices.Contains(args, "-t") {
		if f.HangT {
			hang(dir)
		}
		fmt.Fprint(os.Stderr, f.TestErr)
		syscall.Exit(f.Test)
	}
	noise := bytes.Repeat([]byte("noise "), 1+f.Noise/6)[:f.Noise]
	os.Stdout.Write(noise)
	os.Stderr.Write(noise)
	fmt.Print(f.Stdout)
	fmt.Fprint(os.Stderr, f.Stderr)
	if f.Write > 0 {
		// A full disk is an error, not a signal.
		signal.Ignore(syscall.SIGXFSZ)
		if err := os.WriteFile("packed", bytes.Repeat([]byte{1}, f.Write), 0o755); err != nil {
			os.Remove("packed")
			fmt.Fprintln(os.Stderr, "upx: bootstrap: IOException: write error:", err)
			syscall.Exit(1)
		}
	}
	if f.Symlink {
		must(os.Symlink("bootstrap", "packed"))
	}
	if f.Child {
		child := exec.Command(os.Args[0], "child")
		child.Stderr = os.Stderr // keeps the pipe open
		out, err := child.StdoutPipe()
		must(err)
		must(child.Start())
		_, err = io.ReadFull(out, make([]byte, 1))
		must(err)
	}
	if f.Hang && f.Child {
		forever()
	}
	if f.Hang {
		hang(dir)
	}
	if f.Signal != 0 {
		must(syscall.Kill(os.Getpid(), syscall.Signal(f.Signal)))
		forever()
	}
	syscall.Exit(f.Exit)
}

// hang holds the named pipe "alive" open for writing, so that whoever reads it
// learns of the end of this process.
func hang(dir string) {
	if alive, err := os.OpenFile(filepath.Join(dir, "alive"), os.O_WRONLY, 0); err == nil {
		defer alive.Close()
		alive.WriteString("ready\n")
	}
	os.Stdout.WriteString(".")
	forever()
}

func forever() {
	r, w, err := os.Pipe()
	if err == nil {
		r.Read(make([]byte, 1))
	}
	runtime.KeepAlive(w)
	syscall.Exit(98)
}

// install writes a fake into a directory of its own and returns that.
func install(t *testing.T, f fake) *Tool {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "upx")); err != nil {
		t.Fatal(err)
	}
	change(t, dir, f)
	return &Tool{Path: filepath.Join(dir, "upx"), Version: "4.2.2"}
}

// wrap writes a script that starts the tool and waits for it.
func wrap(t *testing.T, tool *Tool) *Tool {
	t.Helper()
	wrapper := filepath.Join(filepath.Dir(tool.Path), "wrapper")
	if err := os.WriteFile(wrapper, []byte("#!/bin/sh\n\"${0%/*}/upx\" \"$@\"\nexit $?\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return &Tool{Path: wrapper, Version: tool.Version}
}

// with runs a test with a tool, and with a script that starts it.
func with(t *testing.T, f fake, test func(t *testing.T, tool *Tool)) {
	t.Run("upx", func(t *testing.T) { test(t, install(t, f)) })
	t.Run("script", func(t *testing.T) { test(t, wrap(t, install(t, f))) })
}

// change makes the fake in dir do something else from now on.
func change(t *testing.T, dir string, f fake) {
	t.Helper()
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "fake"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// calls are those of the fake so far, without --version.
func calls(t *testing.T, tool *Tool) []call {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(tool.Path), "calls"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var all []call
	for line := range strings.Lines(string(text)) {
		var c call
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// alive makes the named pipe of a fake that hangs.
func alive(t *testing.T, tool *Tool) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(tool.Path), "alive")
	os.Remove(path)
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// awaitReady returns once a fake hangs. What it returns reads as ended when that
// fake, and every other one, is gone.
func awaitReady(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path) // waits for a writer
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := io.ReadFull(f, make([]byte, len("ready\n"))); err != nil {
		t.Fatal(err)
	}
	return f
}

// awaitGone returns when no process has the named pipe open.
func awaitGone(t *testing.T, f *os.File) string {
	t.Helper()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// emptyTemp sets a temporary directory that must be empty in the end.
func emptyTemp(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Cleanup(func() { mustBeEmpty(t, dir) })
	return dir
}

func mustBeEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left in the temporary directory: %v, %v", left, err)
	}
}

// text is a write function for Pack.
func text(s string) *Input {
	return NewInput(func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	})
}

func TestFakes(t *testing.T) {
	const refuse = "upx: bootstrap: "
	tests := []struct {
		name   string
		fake   fake
		status Status
		size   uint64
		reason string
	}{
		{"packs", fake{Write: 321}, OK, 321, ""},
		{"packs with a warning", fake{Write: 321, Exit: 2, Stderr: refuse + "something odd"}, OK, 321, ""},
		{"packs and prints 10 MB", fake{Write: 5, Noise: 10 << 20}, OK, 5, ""},
		{"writes nothing", fake{}, Failed, 0, "UPX ended well but wrote no file"},
		{"writes a link", fake{Symlink: true}, Failed, 0, "UPX ended well but wrote no file"},
		{"already packed", fake{Exit: 2, Stderr: refuse + "AlreadyPackedException\n"}, Skipped, 0, "AlreadyPackedException"},
		{"warning without a file", fake{Exit: 2}, Skipped, 0, "exit status 2, no message"},
		{"not compressible", fake{Exit: 1, Stderr: refuse + "NotCompressibleException\n"}, Skipped, 0, "NotCompressibleException"},
		{"note before the message", fake{Exit: 1, Stdout: "note: use --android-shlib if appropriate\n", Stderr: "hint\n" + refuse + "NotCompressibleException\nmore\n"},
			Skipped, 0, "NotCompressibleException"},
		{"upx under another name", fake{Exit: 1, Stderr: "upx-ucl: bootstrap: OverlayException: file has overlay\n"}, Skipped, 0, "OverlayException: file has overlay"},
		{"can't pack", fake{Exit: 1, Stderr: refuse + "CantPackException: bad DT_HASH  nbucket=0x2\n"}, Skipped, 0, "CantPackException: bad DT_HASH nbucket=0x2"},
		{"unknown format", fake{Exit: 1, Stderr: refuse + "UnknownExecutableFormatException\n"}, Skipped, 0, "UnknownExecutableFormatException"},
		{"too small", fake{Exit: 1, Stderr: refuse + "IOException: file is too small -- skipped\n"}, Skipped, 0, "IOException: file is too small -- skipped"},
		{"disk error", fake{Exit: 1, Stderr: refuse + "IOException: write error: No space left on device\n"},
			Failed, 0, "exit status 1: IOException: write error: No space left on device"},
		{"out of memory", fake{Exit: 1, Stderr: refuse + "out of memory\n"}, Failed, 0, "exit status 1: out of memory"},
		{"error with a file", fake{Exit: 1, Write: 7, Stderr: "no idea\n"}, Failed, 0, "exit status 1: no idea"},
		{"declines, but the shell says so", fake{Exit: 127, Stderr: "sh: upx-ucl: not found\n"}, Failed, 0, "exit status 127: sh: upx-ucl: not found"},
		{"error without words", fake{Exit: 1}, Failed, 0, "exit status 1, no message"},
		{"killed", fake{Write: 9, Signal: int(syscall.SIGKILL)}, Failed, 0, "signal: killed, no message"},
		{"aborts", fake{Signal: int(syscall.SIGTERM), Stderr: "terminate called\n"}, Failed, 0, "signal: terminated: terminate called"},
		{"escape sequences", fake{Exit: 1, Stderr: refuse + "CantPackException: \x1b[31mred\x1b[0m\r\x07\u202e\u2028\xffend\n"},
			Skipped, 0, "CantPackException: [31mred [0m end"},
		{"a long message", fake{Exit: 1, Stderr: strings.Repeat("é", 100_000)}, Failed, 0, "exit status 1: " + strings.Repeat("é", 184) + "…"},
		{"the test fails", fake{Write: 9, Test: 1, TestErr: "\nupx: packed: Exception: checksum error\n"},
			Failed, 0, "upx -t: exit status 1: Exception: checksum error"},
		{"the test warns", fake{Write: 9, Test: 2}, Failed, 0, "upx -t: exit status 2, no message"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			emptyTemp(t)
			r := &Runner{Tool: install(t, tt.fake)}
			got, err := r.Pack(t.Context(), text("input"), Default, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got.Took <= 0 {
				t.Errorf("took %v", got.Took)
			}
			got.Took = 0
			if want := (Result{Status: tt.status, Size: tt.size, Reason: tt.reason}); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// TestSurroundings is what UPX gets to see.
func TestSurroundings(t *testing.T) {
	emptyTemp(t)
	t.Setenv("UPX", "--ultra-brute")
	t.Setenv("SECRET", "of the user")
	r := &Runner{Tool: install(t, fake{Write: 4})}
	kept := ""
	_, err := r.Pack(t.Context(), text("input"), LZMA, nil, func(packed string) error {
		content, err := os.ReadFile(packed)
		kept = string(content)
		return err
	})
	if err != nil || kept != "\x01\x01\x01\x01" {
		t.Errorf("kept %q, %v", kept, err)
	}
	got := calls(t, r.Tool)
	want := []string{
		"-q --no-color --no-progress --best --lzma -o packed bootstrap",
		"-q --no-color --no-progress -t packed",
	}
	if len(got) != len(want) {
		t.Fatalf("%d calls, want %d", len(got), len(want))
	}
	for i, c := range got {
		if args := strings.Join(c.Args, " "); args != want[i] {
			t.Errorf("arguments %q, want %q", args, want[i])
		}
		if c.Dir != os.ModeDir|0o700 || c.Input != 0o755 {
			t.Errorf("modes: directory %v, input %v", c.Dir, c.Input)
		}
		if runtime.GOOS == "linux" && c.Stdin != `/dev/null "" <nil>` {
			t.Errorf("standard input: %s", c.Stdin)
		}
		for _, e := range c.Env {
			name, _, _ := strings.Cut(e, "=")
			// PWD is exec's own.
			if !slices.Contains([]string{"PATH", "LC_ALL", "TMPDIR", "TMP", "TEMP", "PWD"}, name) {
				t.Errorf("in the environment: %s", e)
			}
		}
	}
	if names := strings.Join(got[0].Names, " "); names != "bootstrap" {
		t.Errorf("in the directory: %s", names)
	}
}

func TestUmask(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o777))
	hash, err := writeInput(t.Context(), filepath.Join(os.TempDir(), "none", "x"), text("x").write)
	if err == nil {
		t.Errorf("hash %x of a file that cannot be made", hash)
	}
	syscall.Umask(0o077)
	path := filepath.Join(t.TempDir(), "x")
	if _, err := writeInput(t.Context(), path, text("x").write); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o755 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestTimeout: a UPX that hangs is gone after the time limit, and so is what it
// started.
func TestTimeout(t *testing.T) {
	emptyTemp(t)
	tool := install(t, fake{Hang: true, Child: true})
	cache := openCache(t)
	// A machine may be so busy that the child has not started in time; then the
	// limit is raised.
	for limit := 500 * time.Millisecond; ; limit *= 2 {
		watch, err := os.OpenFile(alive(t, tool), os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		r := &Runner{Tool: tool, Timeout: limit, Cache: cache}
		got, err := r.Pack(t.Context(), text("input"), Default, nil, nil)
		if err != nil || got.Status != Failed || got.Reason != fmt.Sprintf("stopped at the time limit of %v", limit) {
			t.Fatalf("%+v, %v", got, err)
		}
		seen := awaitGone(t, watch)
		watch.Close()
		if seen == "ready\n" {
			break
		}
	}
	// That is not remembered.
	change(t, filepath.Dir(tool.Path), fake{Write: 3})
	got, err := (&Runner{Tool: tool, Cache: cache}).Pack(t.Context(), text("input"), Default, nil, nil)
	if err != nil || got.Status != OK || got.Cached {
		t.Errorf("after a timeout: %+v, %v", got, err)
	}
}

func TestCancel(t *testing.T) {
	tests := []struct {
		name string
		run  func(ctx context.Context, tool *Tool) error
		fake fake
	}{
		{"pack", func(ctx context.Context, tool *Tool) error {
			_, err := (&Runner{Tool: tool}).Pack(ctx, text("input"), Default, nil, nil)
			return err
		}, fake{Hang: true}},
		{"pack with a child", func(ctx context.Context, tool *Tool) error {
			_, err := (&Runner{Tool: tool}).Pack(ctx, text("input"), Default, nil, nil)
			return err
		}, fake{Hang: true, Child: true}},
		{"test", func(ctx context.Context, tool *Tool) error {
			_, err := (&Runner{Tool: tool}).Pack(ctx, text("input"), Default, nil, nil)
			return err
		}, fake{Write: 1, HangT: true}},
		{"find", func(ctx context.Context, tool *Tool) error {
			_, err := Find(ctx, tool.Path)
			return err
		}, fake{Hang: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			emptyTemp(t)
			tool := install(t, tt.fake)
			path := alive(t, tool)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- tt.run(ctx, tool) }()
			watch := awaitReady(t, path)
			cancel()
			if err := <-ended; !isCanceled(err) {
				t.Errorf("error %v", err)
			}
			awaitGone(t, watch)
		})
	}
}

func TestCanceledBefore(t *testing.T) {
	emptyTemp(t)
	tool := install(t, fake{Write: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (&Runner{Tool: tool}).Pack(ctx, text("input"), Default, nil, nil); !isCanceled(err) {
		t.Errorf("error %v", err)
	}
	// In the middle of the input.
	ctx, cancel = context.WithCancel(t.Context())
	_, err := (&Runner{Tool: tool}).Pack(ctx, NewInput(func(w io.Writer) error {
		for range 100 {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return err
			}
			cancel()
		}
		t.Error("all of the input was taken")
		return nil
	}), Default, nil, nil)
	if !isCanceled(err) {
		t.Errorf("error %v", err)
	}
	if n := len(calls(t, tool)); n > 0 {
		t.Errorf("%d calls", n)
	}
}

func TestErrors(t *testing.T) {
	mine := fmt.Errorf("mine")
	tool := install(t, fake{Write: 1})
	tests := []struct {
		name  string
		tool  *Tool
		in    *Input
		level Level
		keep  func(string) error
		want  string
	}{
		{"input", tool, NewInput(func(w io.Writer) error { io.WriteString(w, "some"); return mine }), Default, nil, "mine"},
		{"keep", tool, text("input"), Default, func(string) error { return mine }, "mine"},
		{"level", tool, text("input"), "11", nil, `unknown UPX level "11"`},
		{"no level", tool, text("input"), "", nil, `unknown UPX level ""`},
		{"upx is gone", &Tool{Path: filepath.Join(t.TempDir(), "upx"), Version: "4.2.2"}, text("input"), Default, nil, "no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			emptyTemp(t)
			got, err := (&Runner{Tool: tt.tool, Cache: openCache(t)}).Pack(t.Context(), tt.in, tt.level, nil, tt.keep)
			if err == nil || !strings.Contains(err.Error(), tt.want) || got != (Result{}) {
				t.Errorf("got %+v, %v; want the error %q", got, err, tt.want)
			}
		})
	}
	t.Run("temporary directory", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("TMPDIR", file)
		if _, err := (&Runner{Tool: tool}).Pack(t.Context(), text("input"), Default, nil, nil); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
			t.Errorf("error %v", err)
		}
	})
}

func TestFindFake(t *testing.T) {
	tests := []struct {
		name, prints, version, err string
	}{
		{"release", "upx 4.2.2\nUCL data compression library 1.03\n", "4.2.2", ""},
		{"short", "upx 3.95\n", "3.95", ""},
		{"between releases", "upx 5.0.0-git-a25c20\n", "5.0.0-git-a25c20", ""},
		{"described", "upx v4.2.3-7-g5bef9680\n", "4.2.3-7-g5bef9680", ""},
		{"CRLF", "upx 4.2.2\r\n", "4.2.2", ""},
		{"ten", "upx 10.0.0\n", "10.0.0", ""},
		{"too old", "upx 3.94\n", "", "is UPX 3.94 (3.95 or newer is needed)"},
		{"much too old", "upx 1.25\n", "", "is UPX 1.25 (3.95 or newer is needed)"},
		{"nothing", "", "", `is not UPX: its --version begins ""`},
		{"another upx", "upx version v0.4.8\n", "", `is not UPX: its --version begins "upx version v0.4.8"`},
		{"garbage", "\x1b[2J\x00upx \xff\n", "", `is not UPX: its --version begins "[2J upx"`},
		{"injection", "upx 4.2.2; rm -r\n", "", "is not UPX"},
		{"huge number", "upx 99999999999999999999.1\n", "", "is not UPX"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tool := install(t, fake{Version: tt.prints})
			got, err := Find(t.Context(), tool.Path)
			if tt.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), tool.Path+" "+tt.err) {
					t.Errorf("got %v, %v; want the error %q", got, err, tt.err)
				}
				return
			}
			if err != nil || *got != (Tool{tool.Path, tt.version}) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestFindPlaces(t *testing.T) {
	tool := install(t, fake{Version: "upx 4.2.2\n"})
	dir := filepath.Dir(tool.Path)
	find := func(path string) (string, error) {
		got, err := Find(t.Context(), path)
		if err != nil {
			return "", err
		}
		return got.Path, nil
	}

	t.Setenv("PATH", dir)
	for _, path := range []string{"", "upx", tool.Path} {
		if got, err := find(path); err != nil || got != tool.Path {
			t.Errorf("Find(%q): %q, %v", path, got, err)
		}
	}
	t.Chdir(filepath.Dir(dir))
	if got, err := find(filepath.Join(filepath.Base(dir), "upx")); err != nil || !filepath.IsAbs(got) {
		t.Errorf("relative: %q, %v", got, err)
	}

	t.Setenv("PATH", t.TempDir())
	_, err := find("")
	if err != errNotFound || err.Error() != "upx not found (Debian, Ubuntu: apt install upx-ucl; on bookworm from bookworm-backports)" {
		t.Errorf("none on PATH: %v", err)
	}
	// What is in the working directory was not asked for.
	t.Chdir(dir)
	for _, path := range []string{"", "."} {
		t.Setenv("PATH", path)
		if _, err := find(""); err != errNotFound {
			t.Errorf("PATH=%q: %v", path, err)
		}
	}

	plain := filepath.Join(t.TempDir(), "plain")
	script := filepath.Join(t.TempDir(), "script")
	for path, content := range map[string]string{plain: "x", script: "no program"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(script, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "missing"), dir, plain, script, "no-such-upx"} {
		if _, err := find(path); err == nil || !strings.HasPrefix(err.Error(), path+" does not run as upx: ") {
			t.Errorf("Find(%q): %v", path, err)
		}
	}
	if _, err := find("/bin/false"); err == nil || !strings.Contains(err.Error(), "does not run as upx") {
		t.Errorf("a program that fails: %v", err)
	}
}

func isCanceled(err error) bool { return errors.Is(err, context.Canceled) }
