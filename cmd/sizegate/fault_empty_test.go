//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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
