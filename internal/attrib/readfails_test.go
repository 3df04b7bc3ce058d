package attrib

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// failing is a file of which no byte can be read any more after some reads.
type failing struct {
	io.ReaderAt
	left   atomic.Int64 // reads that succeed
	failed atomic.Int64 // reads that did not
}

var errDisk = errors.New("input/output error")

func (f *failing) ReadAt(p []byte, at int64) (int, error) {
	if f.left.Add(-1) < 0 {
		f.failed.Add(1)
		return 0, errDisk
	}
	return f.ReaderAt.ReadAt(p, at)
}

func contentsOf(t *testing.T, path string) *bytes.Reader {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(data)
}

// TestReadFails: wherever in the work a file cannot be read any more, as one that is
// cut short meanwhile, that is the error, and little is tried after it.
func TestReadFails(t *testing.T) {
	for name, path := range map[string]string{"go": newGoWorkspace(t).build(t, goBuild{arch: "amd64"}), "rust": "../../testdata/elf/rust-std-mixed-amd64"} {
		t.Run(name, func(t *testing.T) {
			file := contentsOf(t, path)
			run := func(reads int64) (*failing, error) {
				f := &failing{ReaderAt: file}
				f.left.Store(1 << 62)
				b, err := elfscan.New(f, file.Size())
				if err != nil {
					t.Fatal(err)
				}
				f.left.Store(reads)
				_, err = Attribute(b, Options{View: Defined, Section: everything})
				return f, err
			}
			const all = 1 << 40
			whole, err := run(all)
			if err != nil {
				t.Fatal(err)
			}
			total := all - whole.left.Load()
			for reads := int64(0); reads < total; reads += 1 + reads/20 {
				f, err := run(reads)
				// How many reads it takes depends on who looks at which gaps.
				if n := f.failed.Load(); (n > 0) != errors.Is(err, errDisk) || n > 1000 {
					t.Errorf("after %d of %d reads %d failed: error %v", reads, total, n, err)
				}
			}
		})
	}
}

// damaged is a file of which one section cannot be read.
type damaged struct {
	io.ReaderAt
	from, to int64        // where in the file that is
	failed   atomic.Int64 // reads of it
}

func (d *damaged) ReadAt(p []byte, at int64) (int, error) {
	if at < d.to && at+int64(len(p)) > d.from {
		d.failed.Add(1)
		return 0, errDisk
	}
	return d.ReaderAt.ReadAt(p, at)
}

// TestSectionReadFails: a section that alone cannot be read, as on a damaged disk, is an
// error, whatever it is needed for.
func TestSectionReadFails(t *testing.T) {
	comments := 0
	for _, path := range []string{newGoWorkspace(t).build(t, goBuild{arch: "amd64"}), "../../testdata/elf/rust-std-mixed-amd64",
		"../../testdata/elf/rust-v0-stripped-amd64", "../../testdata/elf/c-basic-arm64"} {
		file := contentsOf(t, path)
		intact, err := elfscan.New(file, file.Size())
		if err != nil {
			t.Fatal(err)
		}
		for i := range intact.Sections {
			s := &intact.Sections[i]
			d := &damaged{ReaderAt: file}
			b, err := elfscan.New(d, file.Size())
			if err != nil {
				t.Fatal(err)
			}
			d.from, d.to = int64(s.Offset), int64(s.Offset+s.FileSize)
			_, err = Attribute(b, Options{View: Defined, Section: everything})
			if n := d.failed.Load(); (n > 0) != errors.Is(err, errDisk) {
				t.Errorf("%s: %d reads of %s failed: error %v", filepath.Base(path), n, s.Name, err)
			}
			if s.Base == ".comment" && d.failed.Load() > 0 {
				comments++
			}
		}
	}
	if comments != 3 { // Go's linker writes none
		t.Errorf("%d sections .comment were read", comments)
	}
}
