package output

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
)

// TestOutput writes little and much, in large pieces and in small ones, with a
// temporary folder and without one.
func TestOutput(t *testing.T) {
	const line = "0123456789abcdef0123456789ABCDEF"
	short, long := strings.Repeat(line, 10), strings.Repeat(line, 3*maxHeld/len(line)+1)
	tests := []struct {
		name   string
		text   string
		piece  int // bytes of a piece
		noTemp bool
		onDisk bool // of what is for standard output
	}{
		{"nothing", "", 1, false, false},
		{"short", short, 7, false, false},
		{"long at once", long, len(long), false, true},
		{"long in pieces", long, 1000, false, true},
		{"at the limit", long[:maxHeld], maxHeld, false, true},
		{"below the limit", long[:maxHeld-1], maxHeld, false, false},
		{"no temporary folder", long, 1000, true, false},
	}
	for _, tt := range tests {
		for _, path := range []string{"", "out"} {
			t.Run(tt.name+" to "+path, func(t *testing.T) {
				temp, folder := t.TempDir(), t.TempDir()
				t.Setenv("TMPDIR", temp)
				if tt.noTemp {
					t.Setenv("TMPDIR", filepath.Join(temp, "none"))
				}
				if path != "" {
					path = filepath.Join(folder, path)
				}
				var stdout bytes.Buffer
				out, err := New(&stdout, path, nil, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer out.Discard()
				for text := []byte(tt.text); len(text) > 0; {
					n, err := out.Write(text[:min(tt.piece, len(text))])
					if err != nil || n != min(tt.piece, len(text)) {
						t.Fatalf("%d, %v", n, err)
					}
					text = text[n:]
				}
				if stdout.Len() > 0 {
					t.Errorf("%d bytes were written before they were delivered", stdout.Len())
				}
				if held := out.held.Len(); held >= maxHeld && !tt.noTemp {
					t.Errorf("%d bytes are held in memory", held)
				}
				if spilled, err := os.ReadDir(temp); err != nil || (len(spilled) > 0) != (tt.onDisk && path == "") {
					t.Errorf("in the temporary folder: %v, %v", spilled, err)
				}
				if err := out.Deliver(); err != nil {
					t.Fatal(err)
				}
				got := stdout.String()
				if path != "" {
					data, err := os.ReadFile(path)
					if err != nil || got != "" {
						t.Errorf("%d bytes on standard output, %v", len(got), err)
					}
					got = string(data)
				}
				if got != tt.text {
					t.Errorf("%d bytes were delivered, want %d", len(got), len(tt.text))
				}
				if path != "" {
					if err := os.Remove(path); err != nil {
						t.Error(err)
					}
				}
				nothingIn(t, temp, folder)
			})
		}
	}
}

// brokenWriter takes nothing.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// TestOutputDiscarded: what was not delivered leaves nothing behind, and neither does
// what nobody took.
func TestOutputDiscarded(t *testing.T) {
	temp, folder := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	for _, path := range []string{"", filepath.Join(folder, "out")} {
		out, err := New(io.Discard, path, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(make([]byte, 3*maxHeld))
		out.Discard()
		out.Discard()
		nothingIn(t, temp, folder)
	}
	out, err := New(brokenWriter{}, "", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(make([]byte, 3*maxHeld))
	if err := out.Deliver(); err == nil || err == ErrReaderGone || !strings.Contains(err.Error(), "the result is not complete") {
		t.Errorf("the error is %v", err)
	}
	nothingIn(t, temp, folder)
}

// waitingWriter is a pipe that nobody reads.
type waitingWriter chan struct{}

func (w waitingWriter) Write(p []byte) (int, error) {
	<-w
	return len(p), nil
}

// TestNobodyReads: a signal ends a command whose output nobody reads, and not one whose
// output is on its way.
func TestNobodyReads(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	for _, size := range []int{1, 3 * maxHeld} {
		for _, read := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				stdout, interrupted := make(waitingWriter), make(chan struct{})
				out, err := New(stdout, "", nil, interrupted)
				if err != nil {
					t.Fatal(err)
				}
				out.Write(make([]byte, size))
				close(interrupted)
				if read {
					go close(stdout)
				}
				if err := out.Deliver(); read && err != nil || !read && err != errUnread {
					t.Errorf("%d bytes, read: %v: the error is %v", size, read, err)
				}
				if !read {
					close(stdout)
				}
			})
		}
		nothingIn(t, temp)
	}
}

func nothingIn(t *testing.T, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}
