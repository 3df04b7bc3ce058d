package auditable

import (
	"bytes"
	"compress/zlib"
	"io"
	"slices"
	"strings"
	"testing"
)

func deflate(t *testing.T, r io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(z, r); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadAuditable(t *testing.T) {
	data := deflate(t, strings.NewReader(`{"future": {"a": [1]}, "packages": [
		{"name": "adler", "version": "0.2.3", "source": "registry"},
		{"name": "cc", "version": "1.0.0", "source": "crates.io", "kind": "build", "dependencies": [0]},
		{"name": "mine", "version": "0.1.0-rc.1+x", "source": "local", "root": true, "kind": "runtime", "dependencies": [0, 1]},
		{"name": "other", "version": "2.0.0", "source": {"Other": "mirror"}}], "format": 8}`))
	want := []Dep{
		{Name: "adler", Version: "0.2.3", Source: "registry"},
		{Name: "cc", Version: "1.0.0", Source: "crates.io", Build: true},
		{Name: "mine", Version: "0.1.0-rc.1+x", Source: "local", Root: true},
		{Name: "other", Version: "2.0.0", Source: "mirror"},
	}
	got, err := Read(data)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	// A section may be longer than the stream in it.
	if got, err := Read(append(bytes.Clone(data), 0, 0, 0)); err != nil || len(got) != 4 {
		t.Errorf("padded: %+v, %v", got, err)
	}
	for n := range data {
		if _, err := Read(data[:n]); err == nil {
			t.Errorf("cut to %d of %d bytes: no error", n, len(data))
		}
	}
}

func TestReadAuditableErrors(t *testing.T) {
	for _, tt := range []struct{ json, want string }{
		{`[]`, "where { should be"},
		{`{}`, "no list of packages"},
		{`{"packages": 1}`, "where [ should be"},
		{`{"packages": [{}]}`, "package 0 has no name"},
		{`{"packages": [{"name": 1}]}`, "cannot unmarshal"},
		{`{"packages": [{"name": "a", "source": 1}]}`, "cannot unmarshal"},
		{`{"packages": []} x`, "invalid character"},
		{`{"packages": []} {}`, "data after"},
		{`{"packages": [` + strings.Repeat(`[`, 100_000), "exceeded max depth"},
		{``, "EOF"},
	} {
		_, err := Read(deflate(t, strings.NewReader(tt.json)))
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), ".dep-v0: ") {
			t.Errorf("%.40q: error %v, want %q", tt.json, err, tt.want)
		}
	}
	if _, err := Read([]byte("not zlib")); err == nil {
		t.Error("not zlib: no error")
	}
}

type spaces struct{}

func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

func TestReadAuditableBomb(t *testing.T) {
	r := io.MultiReader(io.LimitReader(spaces{}, maxSize), strings.NewReader(`{"packages": []}`))
	if _, err := Read(deflate(t, r)); err == nil || !strings.Contains(err.Error(), "8 MiB") {
		t.Errorf("error %v", err)
	}
}
