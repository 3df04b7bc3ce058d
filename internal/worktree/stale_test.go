//go:build unix

package worktree

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// other is another run: it checks HEAD out, says where, and waits for the end of
// its input.
func other(dir string) int {
	ctx := context.Background()
	r, err := Find(ctx, dir)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	head, err := r.Resolve(ctx, "HEAD")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	tree, err := r.Checkout(ctx, head)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(tree.dir())
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := tree.Close(); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// otherRun starts another run in a repository and returns its worktree and what
// ends it: by a signal that it cannot handle, or well.
func otherRun(t *testing.T, repo string) (tree string, end func(kill bool)) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "SIZEGATE_WORKTREE_TEST="+repo)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	ended := false
	end = func(kill bool) {
		if ended {
			return
		}
		ended = true
		if kill {
			cmd.Process.Kill()
		}
		stdin.Close()
		if err := cmd.Wait(); (err == nil) == kill {
			t.Errorf("the other run ended with %v", err)
		}
	}
	if err != nil || !filepath.IsAbs(line) {
		end(false)
		t.Fatalf("the other run says %q, %v", line, err)
	}
	t.Cleanup(func() { end(false) })
	return strings.TrimSuffix(line, "\n"), end
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// TestKilled: what a killed run left is removed by the next one, and what a live
// one has is not.
func TestKilled(t *testing.T) {
	temp := setup(t)
	user, foreign := t.TempDir(), t.TempDir()
	base := newRepo(t, user)
	newRepo(t, foreign)
	before, foreignBefore := state(t, user), state(t, foreign)
	record := func(repo, tree string) string { return filepath.Join(repo, ".git/worktrees", filepath.Base(tree)) }

	live, endLive := otherRun(t, user)
	dead, kill := otherRun(t, user)
	deadForeign, killForeign := otherRun(t, foreign)
	kill(true)
	killForeign(true)
	if !exists(filepath.Join(dead, "file")) || !exists(record(user, dead)) {
		t.Fatal("the killed run left nothing")
	}

	tree, err := find(t, user).Checkout(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	for path, want := range map[string]bool{
		filepath.Join(live, "file"): true, record(user, live): true,
		filepath.Dir(dead): false, record(user, dead): false,
		// The record in another repository goes with that one's next run.
		filepath.Dir(deadForeign): false, record(foreign, deadForeign): true,
	} {
		if exists(path) != want {
			t.Errorf("%s exists: %v", path, !want)
		}
	}
	if err := tree.Close(); err != nil {
		t.Error(err)
	}
	endLive(false)
	same(t, before, state(t, user))
	empty(t, temp)

	again, err := find(t, foreign).Checkout(t.Context(), git(t, foreign, "rev-parse", "HEAD"))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	same(t, foreignBefore, state(t, foreign))
	empty(t, temp)
}

// TestLeftBehind: of all that may lie about only what is ours goes.
func TestLeftBehind(t *testing.T) {
	temp := setup(t)
	user, outside := t.TempDir(), t.TempDir()
	base := newRepo(t, user)
	write(t, outside, "kept", "x")
	gone := filepath.Join(t.TempDir(), "gone")
	git(t, user, "worktree", "add", "--quiet", "--detach", gone)
	if err := os.RemoveAll(gone); err != nil {
		t.Fatal(err)
	}

	records := filepath.Join(user, ".git", "worktrees")
	want := map[string]bool{filepath.Join(records, "gone", "HEAD"): true}
	for _, dir := range []string{temp, records} {
		random := func(last string) string { return strings.Repeat("A", 25) + last }
		for name, stays := range map[string]bool{random("2/locked"): false, random("3/a/b"): false, random("1/x"): true, random("AA/x"): true, random("/x"): true,
			"mine/x": true, "2/x": true, "/x": true} {
			write(t, dir, prefix+name, "x")
			want[filepath.Join(dir, prefix+name)] = stays
		}
		file, linked := prefix+random("5"), prefix+random("6")
		write(t, dir, file, "a file")
		link(t, outside, filepath.Join(dir, linked))
		want[filepath.Join(dir, file)], want[filepath.Join(dir, linked, "kept")] = true, true
	}
	tree, err := find(t, user).Checkout(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	if err := tree.Close(); err != nil {
		t.Error(err)
	}
	for path, stays := range want {
		if exists(path) != stays {
			t.Errorf("%s exists: %v", path, !stays)
		}
	}
}
