// Package auditable reads the list of packages that cargo-auditable embeds in the
// programs it builds, in the section .dep-v0.
package auditable

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Dep is one package in the list that cargo-auditable embeds.
type Dep struct {
	Name    string // of the Cargo package, with its hyphens
	Version string // semantic version
	Source  string // crates.io, git, local, registry, or another word
	Root    bool   // the package that was built
	Build   bool   // used by build scripts and procedural macros alone: not in the binary
}

// maxSize caps the decompressed size, in bytes.
const maxSize = 8 << 20

// Read reads the content of a section .dep-v0: JSON compressed with zlib. The
// format is specified in github.com/rust-secure-code/cargo-auditable, PARSING.md
// and cargo-auditable.schema.json. Every format revision is read alike, as the
// schema asks for. The order is the section's.
func Read(data []byte) ([]Dep, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf(".dep-v0: %w", err)
	}
	// All at once: a json.Decoder that gets its input in small pieces takes
	// quadratic time over long white space.
	text, err := io.ReadAll(io.LimitReader(z, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf(".dep-v0: %w", err)
	}
	if len(text) > maxSize {
		return nil, errors.New(".dep-v0: larger than 8 MiB when decompressed")
	}
	deps, err := decodePackages(json.NewDecoder(bytes.NewReader(text)))
	if err != nil {
		return nil, fmt.Errorf(".dep-v0: %w", err)
	}
	return deps, nil
}

// decodePackages goes through the object itself: a list of many empty packages
// would take far more memory decoded than it has bytes.
func decodePackages(d *json.Decoder) ([]Dep, error) {
	if err := expect(d, json.Delim('{')); err != nil {
		return nil, err
	}
	var deps []Dep
	found := false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		if key != "packages" || found {
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return nil, err
			}
			continue
		}
		found = true
		if deps, err = decodeList(d); err != nil {
			return nil, err
		}
	}
	if err := expect(d, json.Delim('}')); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		if err == nil {
			err = errors.New("data after the object")
		}
		return nil, err
	}
	if !found {
		return nil, errors.New("no list of packages")
	}
	return deps, nil
}

func decodeList(d *json.Decoder) ([]Dep, error) {
	if err := expect(d, json.Delim('[')); err != nil {
		return nil, err
	}
	var deps []Dep
	for d.More() {
		var p struct {
			Name    string `json:"name"`
			Version string `json:"version"`
			Source  source `json:"source"`
			Kind    string `json:"kind"`
			Root    bool   `json:"root"`
		}
		if err := d.Decode(&p); err != nil {
			return nil, err
		}
		if p.Name == "" {
			return nil, fmt.Errorf("package %d has no name", len(deps))
		}
		deps = append(deps, Dep{p.Name, p.Version, string(p.Source), p.Root, p.Kind == "build"})
	}
	return deps, expect(d, json.Delim(']'))
}

func expect(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err == nil && t != want {
		found := fmt.Sprint(t)
		if text, ok := t.(string); ok {
			found = fmt.Sprintf("%.40q", text) // it can have line ends, and any length
		}
		err = fmt.Errorf("%s where %v should be", found, want)
	}
	return err
}

// source is a string, or an object {"Other": string} as the schema has it for
// sources that are not in its list.
type source string

func (s *source) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		var other struct{ Other string }
		if err := json.Unmarshal(b, &other); err != nil {
			return err
		}
		*s = source(other.Other)
		return nil
	}
	return json.Unmarshal(b, (*string)(s))
}
