package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/gate"
)

// TestUpdateUntouched checks that a file whose limits fit is not written again:
// init rounds as update does.
func TestUpdateUntouched(t *testing.T) {
	binary := inFolder(t)
	write(t, "app", binary)
	sizegate(t, exitOK, "init", "app")
	before, err := os.Stat(gate.ConfigName)
	if err != nil {
		t.Fatal(err)
	}
	if stdout, _ := sizegate(t, exitOK, "update"); stdout != "0 limits changed, 6 as they were\n" {
		t.Error(stdout)
	}
	after, err := os.Stat(gate.ConfigName)
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Error("the file was written")
	}
}

// TestUpdateComments checks that what init wrote about a program stays true: a file
// that is 1,000,000 bytes longer has the limit and the comment for that.
func TestUpdateComments(t *testing.T) {
	binary := inFolder(t)
	write(t, "app", binary)
	sizegate(t, exitOK, "init", "app")
	before, err := os.ReadFile(gate.ConfigName)
	if err != nil {
		t.Fatal(err)
	}
	now := fmt.Sprintf("  # %s B now", bytesize.Size(len(binary)).Grouped())
	if bytes.Count(before, []byte(now)) != 1 {
		t.Fatalf("no %q in\n%s", now, before)
	}
	write(t, "app", append(binary, make([]byte, 1_000_000)...))
	stdout, _ := sizegate(t, exitOK, "update")
	after, err := os.ReadFile(gate.ConfigName)
	if err != nil {
		t.Fatal(err)
	}
	now = fmt.Sprintf("  # %s B now", bytesize.Size(len(binary)+1_000_000).Grouped())
	if bytes.Count(after, []byte(now)) != 1 || !strings.Contains(stdout, "corrected\n") {
		t.Errorf("%sno %q in\n%s", stdout, now, after)
	}
	if want, got := bytes.Count(before, []byte("\n")), bytes.Count(after, []byte("\n")); want != got {
		t.Errorf("%d lines, want %d", got, want)
	}
}

// TestWriteInterrupted ends init and update by a signal: nothing changes.
func TestWriteInterrupted(t *testing.T) {
	binary := inFolder(t)
	write(t, "app", binary)
	sizegate(t, exitOK, "init", "app")
	want, err := os.ReadFile(gate.ConfigName)
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
	if got, err := os.ReadFile(gate.ConfigName); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, got\n%s", err, got)
	}
	if left, err := os.ReadDir("."); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
