package image

import (
	"fmt"
	"runtime"
	"testing"
)

// TestMemoryOfFiles: of each file an image keeps about a hundred bytes and its path.
func TestMemoryOfFiles(t *testing.T) {
	const files = 100_000
	name := func(i int) string {
		return fmt.Sprintf("app/node_modules/package-%04d/lib/dist/file-%07d.js", i/500, i)
	}
	items := make([]item, files)
	for i := range items {
		items[i] = reg(name(i), "x")
	}
	source := writeFile(t, newOCI(t, tarOf(t, items)).archive())
	items = nil
	used := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := used()
	m := mustOpen(t, source, "")
	if each := int(used()-before) / files; each > 100+len(name(0)) {
		t.Errorf("%d bytes for each of %d files", each, files)
	}
	if at := m.Len() - 1; m.File(at).Path != name(files-1) {
		t.Errorf("the last one is %q", m.File(at).Path)
	}
}
