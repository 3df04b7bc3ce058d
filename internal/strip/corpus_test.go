package strip_test

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/strip"
)

var corpus = flag.String("corpus", "", "compare with GNU strip on the ELF files whose names are the lines of this `file`")

// stripCommand returns GNU strip for the architecture, or what is missing.
func stripCommand(arch elfscan.Arch) (string, error) {
	name, pkg := "strip", "binutils"
	if arch == elfscan.ARM64 {
		name, pkg = "aarch64-linux-gnu-strip", "binutils-aarch64-linux-gnu"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s not found (Debian: apt install %s)", name, pkg)
	}
	return path, nil
}

// outcome is how one file compares.
type outcome struct {
	path         string
	ours, theirs uint64
	differ       int64 // bytes that are not the same, -1 if the sizes differ
	first        int   // offset of the first of them
	problem      string
}

func (o outcome) String() string {
	if o.problem != "" {
		return fmt.Sprintf("%s: %s", o.path, o.problem)
	}
	return fmt.Sprintf("%s: %d, strip %d, difference %d, %d bytes differ from %#x", o.path, o.ours, o.theirs, int64(o.ours-o.theirs), o.differ, o.first)
}

func firstLine(message []byte) string {
	line, _, _ := strings.Cut(string(message), "\n")
	return line
}

// compareFile strips the file both ways. ok is false if both refuse it.
func compareFile(path, dir string, mode strip.Mode) (o outcome, ok bool) {
	o.path = path
	b, err := elfscan.Open(path)
	if err != nil {
		return o, false
	}
	defer b.Close()
	command, err := stripCommand(b.Arch)
	if err != nil {
		o.problem = err.Error()
		return o, true
	}
	option := "--strip-all"
	if mode == strip.Debug {
		option = "--strip-debug"
	}
	target := filepath.Join(dir, "stripped")
	os.Remove(target)
	message, stripError := exec.Command(command, option, "-o", target, path).CombinedOutput()
	want, err := os.ReadFile(target)
	if stripError != nil || err != nil {
		if _, err := strip.Size(b, mode); err == nil {
			o.problem = "only GNU strip refuses it: " + firstLine(message)
			return o, true
		}
		return o, false
	}
	o.theirs = uint64(len(want))
	if len(message) > 0 {
		o.path += " (strip says: " + firstLine(message) + ")"
	}
	if o.ours, err = strip.Size(b, mode); err != nil {
		o.problem = err.Error()
		return o, true
	}
	o.differ = -1
	var got bytes.Buffer
	if err := strip.Write(&got, b, mode); err != nil {
		o.path += " (Write: " + err.Error() + ")"
		return o, true
	}
	if uint64(got.Len()) != o.ours {
		o.problem = fmt.Sprintf("Size is %d, Write wrote %d", o.ours, got.Len())
	}
	if o.ours == o.theirs {
		o.differ = 0
		for i, c := range got.Bytes() {
			if c != want[i] {
				if o.differ++; o.differ == 1 {
					o.first = i
				}
			}
		}
	}
	return o, true
}

// TestCorpus prints how sizes and bytes compare with GNU strip's over a list
// of files. It is run by hand: see bench/strip-corpus.sh.
func TestCorpus(t *testing.T) {
	if *corpus == "" {
		t.Skip("no -corpus given (a file with names of ELF files)")
	}
	list, err := os.Open(*corpus)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	var files []string
	for lines := bufio.NewScanner(list); lines.Scan(); {
		files = append(files, lines.Text())
	}
	for _, mode := range []strip.Mode{strip.All, strip.Debug} {
		var mu sync.Mutex
		var results []outcome
		var wait sync.WaitGroup
		queue := make(chan string)
		for range 2 {
			dir := t.TempDir()
			wait.Go(func() {
				for path := range queue {
					if o, ok := compareFile(path, dir, mode); ok {
						mu.Lock()
						results = append(results, o)
						mu.Unlock()
					}
				}
			})
		}
		for _, path := range files {
			queue <- path
		}
		close(queue)
		wait.Wait()
		slices.SortFunc(results, func(a, b outcome) int { return strings.Compare(a.path, b.path) })
		equal, same, near, worst := 0, 0, 0, 0.0
		for _, o := range results {
			if o.problem != "" || o.differ != 0 {
				t.Log(o)
			}
			if o.problem != "" {
				continue
			}
			off := float64(max(o.ours, o.theirs)-min(o.ours, o.theirs)) / float64(o.theirs)
			worst = max(worst, off)
			if o.ours == o.theirs {
				equal++
			}
			if o.differ == 0 {
				same++
			}
			if off <= 0.001 {
				near++
			}
		}
		percent := func(n int) float64 { return 100 * float64(n) / float64(max(len(results), 1)) }
		t.Logf("mode %d: %d files, size equal %d (%.2f%%), bytes equal %d (%.2f%%), within 0.1%% %d (%.2f%%), worst %.4f%%",
			mode, len(results), equal, percent(equal), same, percent(same), near, percent(near), 100*worst)
	}
}
