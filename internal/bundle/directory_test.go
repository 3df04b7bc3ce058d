package bundle

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/bundle/flaw"
)

// TestRemoved: files that are gone when they are looked at or read.
func TestRemoved(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("text"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	nodes, err := walk(t.Context(), root)
	if err != nil || len(nodes) != 2 {
		t.Fatalf("%v, %v", nodes, err)
	}
	d := &folder{root: root}
	for _, n := range nodes {
		n.entry.Path = n.name
		d.entries, d.stamps = append(d.entries, n.entry), append(d.stamps, n.stamp)
	}
	for _, n := range nodes {
		if err := os.Remove(filepath.Join(dir, n.name)); err != nil {
			t.Fatal(err)
		}
	}
	_, atStat := stat(root, "a")
	_, atOpen := d.open(1)
	_, atList := list(t.Context(), root, "folder", 10)
	for what, err := range map[string]error{"listed": atStat, "opened": atOpen, "entered": atList} {
		if !errors.As(err, new(*flaw.Error)) || !strings.Contains(err.Error(), "removed while the directory was read (run again when the build has finished)") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
