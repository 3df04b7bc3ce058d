//go:build unix

package worktree

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// hang is a part of a shell script that says it is there and waits, with two
// children, for what never comes. All three keep $ALIVE open.
const hang = `exec 9>"$ALIVE"; cat "$NEVER" & echo ready >&9; cat "$NEVER"; exit 1`

// alive makes the named pipes of hang. When the script is there, call ends. The
// function that is returned takes what the work ends with, and waits for the end
// of all processes of the script.
func alive(t *testing.T) (await func(done <-chan error, call func())) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"ALIVE", "NEVER"} {
		path := filepath.Join(dir, name)
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(name, path)
	}
	return func(done <-chan error, call func()) {
		t.Helper()
		opened := make(chan *os.File, 1)
		go func() {
			// Opening waits for the script, which is the writer.
			f, _ := os.Open(filepath.Join(dir, "ALIVE"))
			opened <- f
		}()
		var f *os.File
		select {
		case f = <-opened:
			defer f.Close()
		case err := <-done:
			t.Fatalf("it ended at once: %v", err)
		}
		r := bufio.NewReader(f)
		if line, err := r.ReadString('\n'); err != nil || line != "ready\n" {
			t.Fatalf("%q, %v", line, err)
		}
		call()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
		// Only so that a process which lives on fails the test before its time
		// limit does.
		if err := f.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Log(err)
		}
		if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
			t.Errorf("a process lives on: %q, %v", rest, err)
		}
	}
}

func TestCancelCheckout(t *testing.T) {
	tests := []struct{ name, word, script string }{
		{"before add", "add", hang},
		{"after add", "add", `"$GIT" "$@"; ` + hang},
		{"before reset", "reset", hang},
		{"after reset", "reset", `"$GIT" "$@"; ` + hang},
		{"before submodule", "submodule", hang},
		{"after submodule", "submodule", `"$GIT" "$@"; ` + hang},
		{"in a submodule", "clone", hang},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			temp := setup(t)
			allowFiles(t)
			user, library := t.TempDir(), t.TempDir()
			newRepo(t, user)
			newRepo(t, library)
			git(t, user, "submodule", "--quiet", "add", library, "library")
			git(t, user, "commit", "--quiet", "-a", "-m", "with library")
			head := git(t, user, "rev-parse", "HEAD")
			before := state(t, user)
			if tt.word == "clone" {
				// Git looks for its own programs beside itself first, so that a
				// clone is stopped in the program that does the transport.
				t.Setenv("GIT_CONFIG_COUNT", "2")
				t.Setenv("GIT_CONFIG_KEY_1", "protocol.ext.allow")
				t.Setenv("GIT_CONFIG_VALUE_1", "always")
				write(t, temp, "../transport", "#!/bin/sh\n"+hang+"\n")
				git(t, user, "config", "submodule.library.url", "ext::"+filepath.Join(filepath.Dir(temp), "transport"))
				before = state(t, user)
			} else {
				fakeGit(t, tt.word, tt.script)
			}
			await := alive(t)
			r := find(t, user)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan error, 1)
			go func() {
				_, err := r.Checkout(ctx, head)
				done <- err
			}()
			await(done, cancel)
			same(t, before, state(t, user))
			empty(t, temp)
		})
	}
}

func TestCancelBuild(t *testing.T) {
	temp := setup(t)
	user := t.TempDir()
	base := newRepo(t, user)
	before := state(t, user)
	tree, err := find(t, user).Checkout(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	await := alive(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	var output string
	go func() {
		var err error
		output, err = Run(ctx, tree.dir(), "echo begun; "+hang)
		done <- err
	}()
	await(done, cancel)
	if output != "begun\n" {
		t.Errorf("output %q", output)
	}
	if err := tree.Close(); err != nil {
		t.Error(err)
	}
	same(t, before, state(t, user))
	empty(t, temp)
}

// TestCancelled: a context that has ended already has nothing begun.
func TestCancelled(t *testing.T) {
	temp := setup(t)
	user := t.TempDir()
	base := newRepo(t, user)
	r := find(t, user)
	before := state(t, user)
	why := errors.New("time is up")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	_, errFind := Find(ctx, user)
	_, errResolve := r.Resolve(ctx, "main")
	_, errBase := r.Base(ctx, os.Getenv)
	_, errCheckout := r.Checkout(ctx, base)
	_, errRun := Run(ctx, user, "echo x >made")
	for i, err := range []error{errFind, errResolve, errBase, errCheckout, errRun} {
		if !errors.Is(err, why) {
			t.Errorf("%d: %v", i, err)
		}
	}
	same(t, before, state(t, user))
	empty(t, temp)
}
