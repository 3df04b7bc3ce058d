package filestamp

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestFits(t *testing.T) {
	past := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	write := func(f *os.File, text string) error { _, err := f.WriteAt([]byte(text), 0); return err }
	for _, test := range []struct {
		name   string
		change func(path string, f *os.File) error
		want   bool
	}{
		{"nothing", func(string, *os.File) error { return nil }, true},
		{"written", func(_ string, f *os.File) error { return write(f, "new") }, false},
		{"longer", func(path string, f *os.File) error { return f.Truncate(9) }, false},
		// The systems on which a file has a time of its last change.
		{"written, with its time put back", func(path string, f *os.File) error {
			if err := write(f, "new"); err != nil {
				return err
			}
			return os.Chtimes(path, past, past)
		}, runtime.GOOS != "linux" && runtime.GOOS != "darwin"},
		{"removed", func(path string, _ *os.File) error { return os.Remove(path) }, true},
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, past, past); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		before, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		if err := test.change(path, f); err != nil {
			t.Fatal(err)
		}
		now, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		if got := Of(before).Fits(now); got != test.want {
			t.Errorf("%s: %t", test.name, got)
		}
		f.Close()
	}
	dir, err := os.Stat(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if Of(dir).Fits(dir) {
		t.Error("a folder fits")
	}
}
