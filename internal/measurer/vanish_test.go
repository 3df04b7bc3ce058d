//go:build unix

package measurer

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// TestVanishing changes a file after it was opened and before it is read: what was
// opened is what is hashed and measured, or the file is said to have changed.
func TestVanishing(t *testing.T) {
	old, err := os.ReadFile("../../testdata/elf/rust-v0-amd64")
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile("../../testdata/elf/c-basic-amd64")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(path string) error
		want   string // part of the error, "" for what was opened
	}{
		{"left alone", func(string) error { return nil }, ""},
		{"removed", os.Remove, ""},
		{"replaced", func(path string) error {
			if err := os.WriteFile(path+".new", other, 0o600); err != nil {
				return err
			}
			return os.Rename(path+".new", path)
		}, ""},
		{"emptied", func(path string) error { return os.Truncate(path, 0) }, "changed while it was read"},
		{"truncated", func(path string) error { return os.Truncate(path, int64(len(old)/2)) }, "changed while it was read"},
		{"appended to", func(path string) error {
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("more")
			return errors.Join(err, f.Close())
		}, "changed while it was read"},
		{"written over", func(path string) error { return os.WriteFile(path, other, 0o600) }, "changed while it was read"},
		{"zeroed", func(path string) error { return os.WriteFile(path, make([]byte, len(old)), 0o600) }, "changed while it was read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "app")
			if err := os.WriteFile(path, old, 0o600); err != nil {
				t.Fatal(err)
			}
			// The clock of files is coarse: what is written at once can have the same time.
			past := time.Now().Add(-time.Hour)
			if err := os.Chtimes(path, past, past); err != nil {
				t.Fatal(err)
			}
			m := &Measurer{Stderr: io.Discard, Hash: true}
			m.Accept = func(*elfscan.Binary) error { return tt.change(path) }
			options := attrib.Options{View: attrib.Defined, Section: func(*elfscan.Section) bool { return true }}
			got := m.All(t.Context(), []Target{{Name: "app", Path: path, Options: options}})[0]
			if tt.want != "" {
				if got.Err == nil || !strings.Contains(got.Err.Error(), tt.want) {
					t.Errorf("the error is %v, want %q", got.Err, tt.want)
				}
				return
			}
			sum := sha256.Sum256(old)
			if got.Err != nil || got.Binary.SHA256 != hex.EncodeToString(sum[:]) || got.Binary.FileSize != uint64(len(old)) {
				t.Errorf("%v, %d bytes, %s", got.Err, got.Binary.FileSize, got.Binary.SHA256)
			}
		})
	}
}
