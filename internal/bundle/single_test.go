package bundle

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/bundle/flaw"
)

func TestSingle(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app")
	const text = "\x7fELF and more"
	if err := os.WriteFile(file, []byte(text), 0o750); err != nil {
		t.Fatal(err)
	}
	p, err := Single(file, "bootstrap")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if len(p.Entries) != 1 || p.Size != uint64(len(text)) || p.Unzipped != p.Size || p.Format != FormatDirectory {
		t.Fatalf("%+v", p)
	}
	if e := p.Entries[0]; e.Path != "bootstrap" || e.Mode != 0o750 || e.Size != p.Size || !e.ELF || e.Type != File {
		t.Errorf("%+v", e)
	}
	err = p.Visit(context.Background(), []int{0}, func(i int, r *io.SectionReader, err error) error {
		got, readErr := io.ReadAll(r)
		if i != 0 || string(got) != text || err != nil {
			t.Errorf("%d: %q, %v", i, got, err)
		}
		return readErr
	})
	if err != nil || p.Unchanged() != nil {
		t.Error(err, p.Unchanged())
	}
	if err := os.WriteFile(file, []byte("other"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := p.Unchanged(); !errors.Is(err, flaw.Changed) {
		t.Error(err)
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "missing"), t.TempDir()} {
		if _, err := Single(path, "a"); !errors.As(err, new(*flaw.Error)) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
