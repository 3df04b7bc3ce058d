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
	"strings"
	"syscall"
	"testing"
)

func init() { programs["packer"] = packerMain }

// order is what the program packer is to do, on its standard input.
type order struct {
	Tool   Tool
	Input  string // a file
	Dir    string // for temporary files
	Cache  string // "": none
	Mount  string // options of a tmpfs on Dir, "": none
	Locked bool   // Dir becomes read-only in the middle of the input
	Limit  uint64 // of the size of files, 0: none
	Early  bool   // the limit is for the input too
}

// report is what came of it, on its standard output.
type report struct {
	Result Result
	Err    string
	Left   []string // in Dir
}

// packerMain packs one file in a process of its own, because a limit of the
// process, a mounted file system and a kill are no matter for the test binary.
func packerMain() {
	var o order
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, "packer:", err)
			syscall.Exit(1)
		}
	}
	fail(json.NewDecoder(os.Stdin).Decode(&o))
	input, err := os.ReadFile(o.Input)
	fail(err)
	fail(os.Setenv("TMPDIR", o.Dir))
	if o.Mount != "" {
		fail(syscall.Mount("tmpfs", o.Dir, "tmpfs", 0, o.Mount))
	}
	limit := func() {
		if o.Limit > 0 {
			fail(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: o.Limit, Max: o.Limit}))
		}
	}
	if o.Early {
		// Without this the kernel ends a process that reaches the limit.
		signal.Ignore(syscall.SIGXFSZ)
		limit()
	}
	r := &Runner{Tool: &o.Tool}
	if o.Cache != "" {
		r.Cache, err = OpenCache(o.Cache)
		fail(err)
	}
	var rep report
	hashed := r.Cache == nil
	rep.Result, err = r.Pack(context.Background(), NewInput(func(w io.Writer) error {
		// More than any buffer, so that it is in the file afterwards.
		_, err := w.Write(input)
		if hashed {
			limit()
		}
		hashed = true
		return err
	}), Fast, nil, nil)
	if err != nil {
		rep.Err = err.Error()
	}
	if o.Locked {
		// Now the cache has an entry; what comes of it if it cannot be written?
		fail(syscall.Mount("", o.Dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
		rep.Result, err = r.Pack(context.Background(), text(string(input)), Fast, nil, nil)
		fail(err)
		_, err := r.Pack(context.Background(), text("another input"), Fast, nil, nil)
		rep.Err = fmt.Sprint(err)
	}
	left, err := filepath.Glob(filepath.Join(o.Dir, "sizegate-upx-*"))
	fail(err)
	rep.Left = left
	fail(json.NewEncoder(os.Stdout).Encode(rep))
	syscall.Exit(0)
}

// packer starts that program.
func packer(t *testing.T, o order) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "packer")
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path)
	cmd.Stdin = bytes.NewReader(text)
	if o.Mount != "" {
		// A mount that only this process sees, and that ends with it.
		attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
		if id := os.Getuid(); id != 0 {
			attr.Cloneflags |= syscall.CLONE_NEWUSER
			attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
			attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
		}
		cmd.SysProcAttr = attr
	}
	return cmd
}

// obey runs the program. It skips where file systems cannot be mounted.
func obey(t *testing.T, o order) report {
	t.Helper()
	cmd := packer(t, o)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if o.Mount != "" && err != nil && (errors.Is(err, syscall.EPERM) || strings.Contains(stderr.String(), "operation not permitted")) {
		t.Skip("a tmpfs cannot be mounted here (run as root, or where user namespaces are allowed)")
	}
	var rep report
	if err == nil {
		err = json.Unmarshal(stdout.Bytes(), &rep)
	}
	if err != nil {
		t.Fatalf("%v\n%s%s", err, &stdout, &stderr)
	}
	return rep
}

// TestFullDisk: a disk that is full is an error for the input, which is written
// here, and a failure for the packed file, which UPX writes.
func TestFullDisk(t *testing.T) {
	const fixture = "../../testdata/elf/rust-std-mixed-amd64"
	info, err := os.Stat(fixture)
	if err != nil {
		t.Fatal(err)
	}
	tools := map[string]func(t *testing.T) *Tool{
		"fake": func(t *testing.T) *Tool { return install(t, fake{Write: 200_000}) },
		"real": realUPX,
	}
	for name, tool := range tools {
		tests := []struct {
			name   string
			order  order
			err    string
			reason string
		}{
			{"tmpfs, input", order{Mount: "size=64k"}, "no space left on device", ""},
			{"tmpfs, output", order{Mount: fmt.Sprintf("size=%d", info.Size()+40_000)}, "", "o space left on device"},
			{"limit, input", order{Limit: 100_000, Early: true}, "file too large", ""},
			{"limit, output", order{Limit: 100_000}, "", "file"},
		}
		for _, tt := range tests {
			t.Run(name+", "+tt.name, func(t *testing.T) {
				tt.order.Tool = *tool(t)
				tt.order.Input = fixture
				tt.order.Dir = t.TempDir()
				tt.order.Cache = t.TempDir()
				rep := obey(t, tt.order)
				if tt.err != "" && (!strings.Contains(rep.Err, tt.err) || rep.Result != (Result{})) {
					t.Errorf("%+v", rep)
				}
				if tt.err == "" && (rep.Err != "" || rep.Result.Status != Failed || !strings.Contains(rep.Result.Reason, tt.reason)) {
					t.Errorf("%+v", rep)
				}
				if len(rep.Left) > 0 {
					t.Errorf("left: %v", rep.Left)
				}
				if names := list(t, tt.order.Cache); len(names) > 0 {
					t.Errorf("remembered: %v", names)
				}
			})
		}
	}
}

// TestReadOnly: a cache that can only be read is read; a temporary directory
// that cannot be written is an error.
func TestReadOnly(t *testing.T) {
	o := order{
		Tool:  *install(t, fake{Write: 10}),
		Input: "../../testdata/elf/c-exec-amd64",
		Dir:   t.TempDir(),
		Mount: "size=1m", Locked: true,
	}
	o.Cache = filepath.Join(o.Dir, "cache")
	rep := obey(t, o)
	if !rep.Result.Cached || rep.Result.Size != 10 {
		t.Errorf("%+v is not from the cache", rep.Result)
	}
	if !strings.Contains(rep.Err, "TMPDIR") || !strings.Contains(rep.Err, "read-only") {
		t.Errorf("error %q", rep.Err)
	}
}

// TestKilled: UPX does not outlive the process that started it.
func TestKilled(t *testing.T) { with(t, fake{Hang: true}, killed) }

func killed(t *testing.T, tool *Tool) {
	path := alive(t, tool)
	cmd := packer(t, order{Tool: *tool, Input: "../../testdata/elf/c-exec-amd64", Dir: t.TempDir()})
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	watch := awaitReady(t, path)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, watch)
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Errorf("the packer ended with %v", err)
	}
}

// TestLeftBehind: what UPX started is gone even though UPX ended well.
func TestLeftBehind(t *testing.T) { with(t, fake{Write: 10, Child: true}, leftBehind) }

func leftBehind(t *testing.T, tool *Tool) {
	emptyTemp(t)
	path := alive(t, tool)
	watches := make(chan *os.File)
	go func() {
		watch, err := os.Open(path) // waits for a writer
		if err != nil {
			t.Error(err)
		}
		watches <- watch
	}()
	if got := pack(t, &Runner{Tool: tool}, "input", Default); got.Status != OK || got.Size != 10 {
		t.Errorf("%+v", got)
	}
	watch := <-watches
	defer watch.Close()
	if got := awaitGone(t, watch); got != "ready\n" {
		t.Errorf("the child said %q", got)
	}
}
