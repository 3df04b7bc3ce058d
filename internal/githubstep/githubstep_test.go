//go:build unix

package githubstep

import (
	"bytes"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
)

// TestPipes: a pipe that nobody reads is said, and not waited for.
func TestPipes(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GITHUB_STEP_SUMMARY", pipe)
	t.Setenv("GITHUB_OUTPUT", pipe)
	var stderr bytes.Buffer
	Tell(&stderr, &budget.Verdict{}, true)
	if strings.Count(stderr.String(), "cannot be written") != 2 {
		t.Errorf("%q", stderr.String())
	}
}
