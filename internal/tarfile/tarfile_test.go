package tarfile

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"testing"
)

// TestWalk finds the contents of entries by their places in the file.
func TestWalk(t *testing.T) {
	var file bytes.Buffer
	w := tar.NewWriter(&file)
	want := map[string]string{"a": "first", "../b": "second", "c": ""}
	for _, name := range []string{"a", "../b", "c"} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(want[name]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, want[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := file.Bytes()
	in := &Section{R: bytes.NewReader(data), Size: int64(len(data))}
	err := Walk(in, func(h *tar.Header, _ io.Reader) error {
		if got := string(data[in.At : in.At+h.Size]); got != want[h.Name] {
			t.Errorf("%s is %q, want %q", h.Name, got, want[h.Name])
		}
		delete(want, h.Name)
		return nil
	})
	if err != nil || len(want) > 0 {
		t.Errorf("%v, not met: %v", err, want)
	}
	bad := bytes.Repeat([]byte{'x'}, 1024)
	err = Walk(&Section{R: bytes.NewReader(bad), Size: 1024}, func(*tar.Header, io.Reader) error { return nil })
	if !errors.Is(err, tar.ErrHeader) {
		t.Errorf("a file that is no tar: %v", err)
	}
}

func TestClean(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		escapes    bool
	}{
		{"", "", false}, {".", "", false}, {"./a//b/", "a/b", false}, {"/a", "a", true}, {"../a", "a", true},
		{"a/../../b", "b", true}, {"..a", "..a", false},
	} {
		if p, escapes := Clean(tt.name); p != tt.path || escapes != tt.escapes {
			t.Errorf("%q: %q, %v", tt.name, p, escapes)
		}
	}
}

func TestUnprintable(t *testing.T) {
	for name, want := range map[string]bool{
		"": false, "a b/ä€𝄞": false, "a\xff\xfe": false, "a\u00a0": false, "a\u200d": false,
		"a\nb": true, "\x1b[31m": true, "a\x00": true, "a\x7f": true,
		"a\u0080": true, "a\u009b2J": true, // C1
		"\u061c": true, "a\u200e": true, "a\u202egpj.sh": true, "a\u2069": true, // direction
	} {
		if got := Unprintable(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
