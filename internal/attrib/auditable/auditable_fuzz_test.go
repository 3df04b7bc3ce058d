package auditable

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

var auditableSeeds = []string{
	`{"packages":[{"name":"app","version":"0.1.0","source":"local","root":true,"dependencies":[1]},{"name":"serde","version":"1.0.1","source":"crates.io","kind":"build"}]}`,
	`{"format":1,"packages":[{"name":"a","version":"1","source":{"Other":"x"}}],"packages":[]}`,
	`{"packages":[{}]}`, `{"packages":{}}`, `[]`, `{"packages":[{"name":"\u001b[2J\n"}]}`, `{"x":[[[[[[]]]]]],"packages":[]} x`,
	`"\n::error::"`, // it once was in the error as it is
}

// checkAuditable holds what was read of a list against itself.
func checkAuditable(t *testing.T, deps []Dep, err error) {
	t.Helper()
	if err != nil {
		text := err.Error()
		if deps != nil || !strings.HasPrefix(text, ".dep-v0: ") || strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("%d packages and %q", len(deps), text)
		}
		return
	}
	for i, d := range deps {
		if d.Name == "" {
			t.Errorf("package %d has no name", i)
		}
	}
}

// FuzzReadAuditable reads any bytes as a section.
func FuzzReadAuditable(f *testing.F) {
	for _, text := range auditableSeeds {
		f.Add(deflated([]byte(text)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		deps, err := Read(data)
		checkAuditable(t, deps, err)
	})
}

// FuzzAuditableList compresses any text first, so that mutants get past the
// checksum, and holds the list against encoding/json's reading of the whole.
func FuzzAuditableList(f *testing.F) {
	for _, text := range auditableSeeds {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		deps, err := Read(deflated(text))
		checkAuditable(t, deps, err)
		if err != nil {
			return
		}
		if !json.Valid(text) {
			t.Fatalf("%q is no JSON", text)
		}
		var whole map[string]json.RawMessage
		if err := json.Unmarshal(text, &whole); err != nil || whole["packages"] == nil {
			t.Fatalf("%q is no list of packages: %v", text, err)
		}
		var list []json.RawMessage
		if bytes.Count(text, []byte("packages")) == 1 && json.Unmarshal(whole["packages"], &list) == nil && len(list) != len(deps) {
			t.Errorf("%d packages, not %d", len(deps), len(list))
		}
	})
}

func deflated(text []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(text) // memory does not fail
	z.Close()
	return b.Bytes()
}
