//go:build unix

package upx

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestFindPipe: a pipe in the place of UPX is refused, and its writer not waited for.
func TestFindPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "upx")
	if err := syscall.Mkfifo(pipe, 0o700); err != nil {
		t.Fatal(err)
	}
	if tool, err := Find(t.Context(), pipe); err == nil {
		t.Errorf("%+v", tool)
	}
}
