package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestParts holds the list of parts against what `go version -m` says of the program,
// and against the published schema of CycloneDX.
func TestParts(t *testing.T) {
	t.Chdir("..")
	path := filepath.Join(t.TempDir(), "sizegate")
	build := exec.Command("go", "build", "-o", path, "./cmd/sizegate")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := program{os: "linux", arch: "amd64"}
	var err error
	if p.contents, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	if p.info, err = buildinfo.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	known, err := readLicences()
	if err != nil {
		t.Fatal(err)
	}
	text, err := bill(p, "v1.2.3+4", known)
	if err != nil {
		t.Fatal(err)
	}

	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := cycloneSchema(t).Validate(document); err != nil {
		t.Errorf("the list does not follow the schema: %v", err)
	}

	type part struct {
		Ref                 string `json:"bom-ref"`
		Name, Version, Purl string
		Hashes              []struct{ Alg, Content string }
		Licenses            []json.RawMessage
	}
	var list struct {
		Metadata   struct{ Component part }
		Components []part
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(p.contents)
	if c := list.Metadata.Component; len(c.Hashes) != 1 || c.Hashes[0].Alg != "SHA-256" || c.Hashes[0].Content != hex.EncodeToString(sum[:]) {
		t.Errorf("the program's SHA-256 is %x, and the list says %v", sum, c.Hashes)
	} else if want := "pkg:golang/github.com/sizegate/sizegate@v1.2.3%2B4"; c.Purl != want {
		t.Errorf("the program is %s, want %s", c.Purl, want)
	}
	parts := make(map[string]part)
	for _, c := range list.Components {
		if len(c.Licenses) != 1 {
			t.Errorf("%s has %d licences", c.Name, len(c.Licenses))
		}
		parts[c.Name] = c
	}
	out, err := exec.Command("go", "version", "-m", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := 0
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) != 4 || f[0] != "dep" {
			continue
		}
		modules++
		c, ok := parts[f[1]]
		hash, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(f[3], "h1:"))
		if err != nil {
			t.Fatal(err)
		}
		purl := "pkg:golang/" + f[1] + "@" + strings.ReplaceAll(f[2], "+", "%2B")
		if !ok || c.Version != f[2] || c.Purl != purl || len(c.Hashes) != 1 || c.Hashes[0].Alg != "SHA-256" || c.Hashes[0].Content != hex.EncodeToString(hash) {
			t.Errorf("the list says %+v of %q", c, line)
		}
	}
	if modules < 10 || len(list.Components) != modules+1+len(vendored) {
		t.Errorf("%d parts for %d modules, the standard library and %d vendored", len(list.Components), modules, len(vendored))
	}
}

// cycloneSchema is the schema of version 1.7, as the module that writes it has it.
func cycloneSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir, err := moduleDirectory("github.com/CycloneDX/cyclonedx-go")
	if err != nil {
		t.Fatal(err)
	}
	const site = "http://cyclonedx.org/schema/"
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	add := func(name string, text []byte) {
		t.Helper()
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(site+name, document); err != nil {
			t.Fatal(err)
		}
	}
	for name, file := range map[string]string{"bom-1.7.schema.json": "", "spdx.schema.json": "", "jsf-0.82.schema.json": "jsf-0.82.schemax.json"} {
		if file == "" {
			file = name
		}
		text, err := os.ReadFile(filepath.Join(dir, "schema", file))
		if err != nil {
			t.Fatal(err)
		}
		add(name, text)
	}
	// The names of cryptographic algorithms, which are not in the module and not in our list.
	add("cryptography-defs.schema.json", []byte(`{"definitions": {"algorithmFamiliesEnum": {}, "ellipticCurvesEnum": {}}}`))
	schema, err := c.Compile(site + "bom-1.7.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
