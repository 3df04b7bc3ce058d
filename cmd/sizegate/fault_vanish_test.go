//go:build unix

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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
			m := &measurer{env: &environment{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}, tools: &toolFlags{}, hash: true}
			m.accept = func(*elfscan.Binary) error { return tt.change(path) }
			options := attrib.Options{View: attrib.Defined, Section: func(*elfscan.Section) bool { return true }}
			got := m.all(t.Context(), []target{{name: "app", path: path, options: options}})[0]
			if tt.want != "" {
				if got.err == nil || !strings.Contains(got.err.Error(), tt.want) {
					t.Errorf("the error is %v, want %q", got.err, tt.want)
				}
				return
			}
			sum := sha256.Sum256(old)
			if got.err != nil || got.binary.SHA256 != hex.EncodeToString(sum[:]) || got.binary.FileSize != uint64(len(old)) {
				t.Errorf("%v, %d bytes, %s", got.err, got.binary.FileSize, got.binary.SHA256)
			}
		})
	}
}

// TestEmptyFiles: a file of no bytes is never a measure of 0.
func TestEmptyFiles(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	config := filepath.Join(dir, "budgets.yaml")
	for path, text := range map[string]string{empty: "", config: "version: 1\nbudgets:\n  - {name: app, path: empty, limits: {file: 1 MB}}\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		args []string
		code int
		text string
	}{
		{[]string{"report", empty}, exitFailed, "an empty file"},
		{[]string{"report", "-f", "json", empty}, exitFailed, "an empty file"},
		{[]string{"check", "-c", config, "-o", filepath.Join(dir, "out")}, exitFailed, "an empty file"},
		{[]string{"check", "-c", empty}, exitUsage, "the file is empty"},
		{[]string{"update", "-c", empty}, exitUsage, "the file is empty"},
		{[]string{"check", "-c", config, "--baseline", empty}, exitFailed, "an empty file"},
		{[]string{"diff", empty, fixture}, exitFailed, "an empty file"},
		{[]string{"diff", fixture, empty}, exitFailed, "an empty file"},
		{[]string{"init", "-c", filepath.Join(dir, "new.yaml"), empty}, exitFailed, "an empty file"},
		{[]string{"lambda", empty}, exitFailed, "an empty file"},
		{[]string{"advise", empty}, exitFailed, "an empty file"},
		{[]string{"report", "--debug-file", empty, fixture}, exitFailed, "an empty file"},
	}
	for _, tt := range tests {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), tt.args, &stdout, &stderr); code != tt.code || stdout.Len() > 0 {
			t.Errorf("%q: exit code %d, stdout %q", tt.args, code, &stdout)
		}
		oneError(t, strings.Join(tt.args, " "), stderr.String(), tt.text)
	}
}
