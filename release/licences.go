package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	ownLicence = "MIT"
	// table is where people read which licence each module has, and why it is used.
	table = "docs/dependencies.md"
)

// vendored is code of others that is in this repository.
var vendored = []struct{ name, version, licence, file string }{
	{"d3-hierarchy", "3.1.3", "ISC", "internal/page/assets/third_party/d3-hierarchy/LICENSE"},
}

// readLicences reads the table: the licence of each module, by its SPDX identifier.
func readLicences() (map[string]string, error) {
	data, err := os.ReadFile(table)
	if err != nil {
		return nil, err
	}
	known := make(map[string]string)
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || !strings.Contains(cells[1], "`") {
			continue
		}
		known[strings.Trim(cells[1], " `")] = strings.TrimSpace(cells[2])
	}
	return known, nil
}

// licences is the texts of the licences of all that is in the programs, as they ask
// for. A module that the table does not have is an error.
func licences(programs []program) ([]byte, error) {
	known, err := readLicences()
	if err != nil {
		return nil, err
	}
	versions := make(map[string]string)
	for _, p := range programs {
		for _, m := range p.info.Deps {
			versions[m.Path] = m.Version
		}
	}
	paths := make([]string, 0, len(versions))
	for path := range versions {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	var b bytes.Buffer
	fmt.Fprintf(&b, "sizegate contains the standard library of Go and the modules below.\n")
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	goLicence, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "LICENSE"))
	if err != nil {
		return nil, err
	}
	section(&b, "The Go standard library", "BSD-3-Clause", goLicence)
	for _, path := range paths {
		if known[path] == "" {
			return nil, fmt.Errorf("%s says nothing of %s (add a line for it)", table, path)
		}
		dir, err := moduleDirectory(path)
		if err != nil {
			return nil, err
		}
		text, err := licenceText(dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		section(&b, path+" "+versions[path], known[path], text)
	}
	for _, v := range vendored {
		text, err := os.ReadFile(v.file)
		if err != nil {
			return nil, err
		}
		section(&b, v.name+" "+v.version, v.licence, text)
	}
	return b.Bytes(), nil
}

func section(b *bytes.Buffer, what, licence string, text []byte) {
	fmt.Fprintf(b, "\n%s\n%s (%s)\n%[1]s\n\n%s\n", strings.Repeat("=", 80), what, licence, bytes.TrimSpace(text))
}

func moduleDirectory(path string) (string, error) {
	out, err := exec.Command("go", "list", "-m", "-json", path).Output()
	if err != nil {
		return "", fmt.Errorf("go list -m %s: %w", path, err)
	}
	var m struct{ Dir string }
	if err := json.Unmarshal(out, &m); err != nil {
		return "", err
	}
	if m.Dir == "" {
		return "", fmt.Errorf("the module %s is not there (go mod download)", path)
	}
	return m.Dir, nil
}

// licenceText is the licence of a module with the notice that belongs to it.
func licenceText(dir string) ([]byte, error) {
	var text []byte
	entries, err := fs.ReadDir(os.DirFS(dir), ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if strings.HasPrefix(name, "LICENSE") || strings.HasPrefix(name, "LICENCE") || strings.HasPrefix(name, "COPYING") || strings.HasPrefix(name, "NOTICE") {
			data, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				return nil, err
			}
			text = append(append(text, data...), '\n')
		}
	}
	if len(text) == 0 {
		return nil, errors.New("no file with its licence")
	}
	return text, nil
}
