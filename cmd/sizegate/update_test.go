package main

import (
	"bytes"
	"context"
	"os"
	"testing"
)

// TestUpdateUntouched checks that a file whose limits fit is not written again.
func TestUpdateUntouched(t *testing.T) {
	binary := inFolder(t)
	write(t, "app", binary)
	sizegate(t, exitOK, "init", "app")
	sizegate(t, exitOK, "update") // the limit as init rounds it may be another
	before, err := os.Stat(configName)
	if err != nil {
		t.Fatal(err)
	}
	if stdout, _ := sizegate(t, exitOK, "update"); stdout != "0 limits changed, 5 as they were\n" {
		t.Error(stdout)
	}
	after, err := os.Stat(configName)
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Error("the file was written")
	}
}

// TestWriteInterrupted ends init and update by a signal: nothing changes.
func TestWriteInterrupted(t *testing.T) {
	binary := inFolder(t)
	write(t, "app", binary)
	sizegate(t, exitOK, "init", "app")
	want, err := os.ReadFile(configName)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{{"init", "--force", "--headroom", "9%", "app"}, {"init", "-c", "new.yaml", "app"}, {"update", "--headroom", "9%"}} {
		var stdout, stderr bytes.Buffer
		if code := run(ctx, args, &stdout, &stderr); code != exitFailed || stdout.Len() > 0 || stderr.String() != "sizegate: interrupted (nothing was written)\n" {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", args, code, &stdout, &stderr)
		}
	}
	if got, err := os.ReadFile(configName); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, got\n%s", err, got)
	}
	if left, err := os.ReadDir("."); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
