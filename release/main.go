// Release builds everything of a release from the commit that is checked out:
//
//	go run ./release -o DIRECTORY
//
// The directory gets, for each system, a .tar.gz with the program, a .deb for each
// architecture of Linux, an OCI archive with an image of the program alone for both,
// a list of the parts of each program (CycloneDX), and SHA256SUMS.
//
// The same commit gives the same bytes, wherever it is built: the compiler's version
// is fixed, -trimpath keeps directories out, no setting of the machine counts, and all
// times are that of the commit. The .deb files are made by dpkg-deb, whose version of
// xz must be the same too.
package main

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	out := flag.String("o", "", "the directory to write to; it must be new or empty")
	flag.Parse()
	if *out == "" || flag.NArg() != 0 {
		fmt.Fprintln(os.Stderr, "usage: go run ./release -o DIRECTORY")
		os.Exit(2)
	}
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release is what all parts of a release have in common.
type release struct {
	out      string // the directory
	version  string // as v1.2.3
	commit   string
	time     time.Time // of the commit
	programs []program
	texts    []text
	manual   []text // the pages of section 1
}

// text is a file that goes with the program.
type text struct {
	name     string
	contents []byte
}

func run(out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if old, err := os.ReadDir(out); err != nil || len(old) > 0 {
		return errors.Join(err, fmt.Errorf("%s is not empty (name a new directory)", out))
	}
	work, err := os.MkdirTemp("", "sizegate-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	r := &release{out: out}
	for _, step := range []func(work string) error{r.build, r.readTexts, r.archives, r.packages, r.image, r.parts} {
		if err := step(work); err != nil {
			return err
		}
	}
	return r.sums()
}

// readTexts reads what goes with the program: the licences of what is in it, and its
// manual.
func (r *release) readTexts(work string) error {
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		r.texts = append(r.texts, text{name, data})
	}
	licences, err := licences(r.programs)
	if err != nil {
		return err
	}
	r.texts = append(r.texts, text{"THIRD_PARTY_LICENSES.txt", licences})
	pages := filepath.Join(work, "man")
	if text, err := exec.Command("go", "run", "./docs/generate", "-man", pages, "-version", r.version).CombinedOutput(); err != nil {
		return fmt.Errorf("go run ./docs/generate: %w\n%s", err, text)
	}
	entries, err := os.ReadDir(pages)
	if err != nil {
		return err
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(pages, e.Name()))
		if err != nil {
			return err
		}
		r.manual = append(r.manual, text{e.Name(), data})
	}
	return nil
}

// sums writes the checksums in the format of sha256sum.
func (r *release) sums() error {
	entries, err := os.ReadDir(r.out)
	if err != nil {
		return err
	}
	var lines []string
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(r.out, e.Name()))
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("%x  %s\n", sha256.Sum256(data), e.Name()))
	}
	slices.SortFunc(lines, func(x, y string) int { return strings.Compare(x[66:], y[66:]) })
	return os.WriteFile(filepath.Join(r.out, "SHA256SUMS"), []byte(strings.Join(lines, "")), 0o644)
}
