// Instructions counts the processor's instructions of three fixed workloads and
// holds them against the figures of bench/instructions.txt. Unlike time, they are
// nearly the same on every machine and every run, so a change that costs 5% is
// seen in a change of one line.
//
//	go run ./bench/instructions [-accept]
//
// What is counted needs the compiler and the input to be always the same: both
// sizegate and the programs it reads are built with one version of Go, which the go
// command fetches if it is another one. The output is in the format of Go's
// benchmarks (golang.org/design/14313-benchmark-format).
//
// More than 5% above the committed figure is an error. Where that is the price of
// something worth it, or after a gain, -accept writes the new figures to the file.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/sizegate/sizegate/bench/synthetic"
)

const (
	toolchain = "go1.26.8"
	committed = "bench/instructions.txt"
	tolerance = 0.05
	// The order in which goroutines run and the seeds of maps differ from run to
	// run, by up to 4% of all instructions: the least of some runs differs by less
	// than 1%.
	runs = 3
)

// workload is a command line of sizegate. %go is the go command as a file to read,
// %symbols a program of 100,000 functions of Rust.
type workload struct {
	name string
	args []string
}

var workloads = []workload{
	{"go-text", []string{"report", "-q", "-f", "json", "%go"}},
	{"go-whole", []string{"report", "-q", "--section", "all", "-f", "json", "%go"}},
	{"rust-functions", []string{"report", "-q", "--by", "function", "-f", "json", "%symbols"}},
}

func main() {
	accept := flag.Bool("accept", false, "write what was counted to "+committed)
	flag.Parse()
	if flag.NArg() != 0 {
		fmt.Fprintln(os.Stderr, "usage: go run ./bench/instructions [-accept]")
		os.Exit(2)
	}
	if err := run(*accept); err != nil {
		fmt.Fprintln(os.Stderr, "instructions:", err)
		os.Exit(1)
	}
}

func run(accept bool) error {
	dir, err := os.MkdirTemp("", "sizegate-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	sizegate, files, header, err := build(dir)
	if err != nil {
		return err
	}
	old, err := os.ReadFile(committed)
	if err != nil && !accept {
		return err
	}
	fmt.Print(header)
	text := bytes.NewBufferString(header)
	var worse []string
	if !accept && !bytes.HasPrefix(old, []byte(header)) {
		return fmt.Errorf("%s was counted with another compiler or input: count its commit and this one with -accept on one machine, and compare", committed)
	}
	for _, w := range workloads {
		n, err := least(sizegate, w, files)
		if err != nil {
			return err
		}
		line := fmt.Sprintf("BenchmarkInstructions/%s 1 %d instructions/op\n", w.name, n)
		text.WriteString(line)
		fmt.Print(line)
		if accept {
			continue
		}
		before, err := figure(old, w.name)
		if err != nil {
			return err
		}
		switch change := float64(n)/float64(before) - 1; {
		case change > tolerance:
			worse = append(worse, fmt.Sprintf("%s: %+.1f%% instructions, %d against %d (more than %.0f%%; if that is worth it: go run ./bench/instructions -accept)",
				w.name, 100*change, n, before, 100*tolerance))
		case change < -tolerance:
			fmt.Fprintf(os.Stderr, "%s: %+.1f%% instructions: keep the gain with go run ./bench/instructions -accept\n", w.name, 100*change)
		}
	}
	if accept {
		return os.WriteFile(committed, text.Bytes(), 0o644)
	}
	if len(worse) > 0 {
		return errors.New(strings.Join(worse, "\n"))
	}
	return nil
}

// build makes sizegate and its inputs. The header says what the figures are of.
func build(dir string) (sizegate string, files map[string]string, header string, err error) {
	sizegate = filepath.Join(dir, "sizegate")
	files = map[string]string{"%go": filepath.Join(dir, "go"), "%symbols": filepath.Join(dir, "symbols")}
	for out, path := range map[string]string{sizegate: "./cmd/sizegate", files["%go"]: "cmd/go"} {
		cmd := exec.Command("go", "build", "-trimpath", "-o", out, path)
		cmd.Env = append(os.Environ(), "GOTOOLCHAIN="+toolchain, "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOAMD64=v1", "GOFLAGS=-buildvcs=false")
		if text, err := cmd.CombinedOutput(); err != nil {
			return "", nil, "", fmt.Errorf("go build %s with %s: %w\n%s", path, toolchain, err, text)
		}
	}
	if err := synthetic.Symbols(files["%symbols"], 100_000); err != nil {
		return "", nil, "", err
	}
	header = "toolchain: " + toolchain + "\n"
	for _, name := range []string{"%go", "%symbols"} {
		data, err := os.ReadFile(files[name])
		if err != nil {
			return "", nil, "", err
		}
		header += fmt.Sprintf("%s-sha256: %x\n", name[1:], sha256.Sum256(data))
	}
	return sizegate, files, header, nil
}

// least is the least number of instructions of some runs.
func least(sizegate string, w workload, files map[string]string) (uint64, error) {
	least := uint64(0)
	for range runs {
		n, err := count(sizegate, w, files)
		if err != nil {
			return 0, err
		}
		if least == 0 || n < least {
			least = n
		}
	}
	return least, nil
}

var collected = regexp.MustCompile(`(?m)^==\d+== Collected : (\d+)$`)

// count is the instructions of one run: of one thread that is not interrupted, on a
// processor of the oldest kind, and without garbage collection, whose share is a matter
// of chance.
func count(sizegate string, w workload, files map[string]string) (uint64, error) {
	args := []string{"--tool=callgrind", "--callgrind-out-file=/dev/null", sizegate}
	for _, a := range w.args {
		if path, ok := files[a]; ok {
			a = path
		}
		args = append(args, a)
	}
	cmd := exec.Command("valgrind", args...)
	// sizegate leaves a memory limit and a GOGC alone that are set. With its own the
	// runtime looks for garbage at other moments and more or less often in each run, which
	// made 6% of difference. Which of a processor's extensions there are chooses other
	// code for copies, comparisons and hashes: up to 1.5%.
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off", "GOMEMLIMIT=1TiB", "GODEBUG=asyncpreemptoff=1,cpu.all=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("valgrind (Debian: apt install valgrind), %s: %w\n%s", w.name, err, stderr.Bytes())
	}
	m := collected.FindSubmatch(stderr.Bytes())
	if m == nil {
		return 0, fmt.Errorf("valgrind, %s: no count in\n%s", w.name, stderr.Bytes())
	}
	return strconv.ParseUint(string(m[1]), 10, 64)
}

// figure reads a committed figure.
func figure(text []byte, name string) (uint64, error) {
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		f := strings.Fields(s.Text())
		if len(f) == 4 && f[0] == "BenchmarkInstructions/"+name {
			return strconv.ParseUint(f[2], 10, 64)
		}
	}
	return 0, fmt.Errorf("%s has no figure for %s (go run ./bench/instructions -accept)", committed, name)
}
