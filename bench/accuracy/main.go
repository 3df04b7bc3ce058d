// Accuracy measures how many bytes of files `sizegate report --section all`
// leaves without an owner, and how many bloaty and go-size-analyzer do, and
// writes a Markdown table of it between the marks of docs/accuracy.md.
//
//	go run ./bench/accuracy [-write docs/accuracy.md] MANIFEST
//
// Each line of the manifest is NAME, LIMIT, FILE and maybe DEBUGFILE, with tabs
// between them. LIMIT is the largest share in percent that may have no owner, "-"
// where the file has no names that would tell. bench/accuracy.sh makes the
// manifest. A tool that is not installed has no figures in the table; a share
// above its limit is an error after the table is written.
package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
)

const (
	begin = "<!-- figures: bench/accuracy.sh -->\n"
	end   = "<!-- end of figures -->\n"
)

// input is one line of the manifest.
type input struct {
	name  string
	limit float64 // share, negative for none
	file  string
	debug string // "" for none
}

func main() {
	write := flag.String("write", "", "the Markdown file whose table is replaced; standard output without it")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: go run ./bench/accuracy [-write FILE] MANIFEST")
		os.Exit(2)
	}
	if err := run(*write, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "accuracy:", err)
		os.Exit(1)
	}
}

func run(write, manifest string) error {
	inputs, err := readManifest(manifest)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "sizegate-accuracy-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	sizegate := filepath.Join(dir, "sizegate")
	if out, err := exec.Command("go", "build", "-o", sizegate, "./cmd/sizegate").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	var table strings.Builder
	fmt.Fprintln(&table, "| file | bytes | sizegate | of it inferred | bloaty `-d symbols` | go-size-analyzer |")
	fmt.Fprintln(&table, "| --- | ---: | ---: | ---: | ---: | ---: |")
	var over []string
	for _, in := range inputs {
		size, unknown, inferred, err := measure(sizegate, in)
		if err != nil {
			return err
		}
		share := float64(unknown) / float64(size)
		if in.limit >= 0 && share > in.limit {
			over = append(over, fmt.Sprintf("%s: %.2f%% without an owner, at most %.0f%% may be", in.name, 100*share, 100*in.limit))
		}
		fmt.Fprintf(&table, "| %s | %d | %s | %s | %s | %s |\n", in.name, size, percent(unknown, size), percent(inferred, size),
			rival(bloaty, in, size), rival(goSizeAnalyzer, in, size))
	}
	fmt.Fprintf(&table, "\n%s\n", strings.Join(versions(), ", "))
	if write == "" {
		fmt.Print(table.String())
	} else if err := replace(write, table.String()); err != nil {
		return err
	}
	if len(over) > 0 {
		return errors.New(strings.Join(over, "\n"))
	}
	return nil
}

func readManifest(path string) ([]input, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var inputs []input
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != 3 && len(f) != 4 {
			return nil, fmt.Errorf("%s:%d: want NAME, LIMIT, FILE and maybe DEBUGFILE with tabs between them", path, i+1)
		}
		in := input{name: f[0], limit: -1, file: f[2]}
		if f[1] != "-" {
			limit, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: the limit is no number", path, i+1)
			}
			in.limit = limit / 100
		}
		if len(f) == 4 {
			in.debug = f[3]
		}
		inputs = append(inputs, in)
	}
	return inputs, nil
}

// measure returns the bytes of the file, those without an owner, and those whose
// owner is inferred. Headers, gaps between sections and padding are none of them.
func measure(sizegate string, in input) (size, unknown, inferred uint64, err error) {
	args := []string{"report", "-q", "-f", "json", "--section", "all", "--variants", "none"}
	if in.debug != "" {
		args = append(args, "--debug-file", in.debug)
	}
	out, err := exec.Command(sizegate, append(args, in.file)...).Output()
	if err != nil {
		return 0, 0, 0, fmt.Errorf("sizegate %s: %w", in.file, err)
	}
	var report struct {
		Binaries []struct {
			FileSize uint64 `json:"file_size"`
			Sections []struct{ Unattributed uint64 }
			Owners   []struct {
				Size       uint64
				Confidence string
			}
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return 0, 0, 0, err
	}
	b := report.Binaries[0]
	for _, s := range b.Sections {
		unknown += s.Unattributed
	}
	for _, o := range b.Owners {
		if o.Confidence == "inferred" {
			inferred += o.Size
		}
	}
	return b.FileSize, unknown, inferred, nil
}

// rival is the share that another tool names nobody for, as text.
func rival(unknown func(input) (uint64, error), in input, size uint64) string {
	n, err := unknown(in)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "not installed"
	case errors.Is(err, errOther):
		return ""
	case err != nil:
		return "fails"
	}
	return percent(n, size)
}

var errOther = errors.New("is for other files")

// bloaty returns the bytes in rows that are no name: [section .rodata],
// [ELF Section Headers], [Unmapped].
func bloaty(in input) (uint64, error) {
	args := []string{"-d", "symbols", "-n", "0", "--csv"}
	if in.debug != "" {
		args = append(args, "--debug-file="+in.debug)
	}
	out, err := exec.Command("bloaty", append(args, in.file)...).Output()
	if err != nil {
		return 0, err
	}
	r := csv.NewReader(bytes.NewReader(out))
	r.LazyQuotes = true
	rows, err := r.ReadAll()
	if err != nil {
		return 0, err
	}
	var unknown uint64
	for _, row := range rows[1:] {
		n, err := strconv.ParseUint(row[len(row)-1], 10, 64)
		if err != nil {
			return 0, err
		}
		if strings.HasPrefix(row[0], "[") {
			unknown += n
		}
	}
	return unknown, nil
}

// goSizeAnalyzer returns the bytes of sections that no package has.
func goSizeAnalyzer(in input) (uint64, error) {
	if !strings.Contains(in.name, ", Go") {
		return 0, errOther
	}
	out, err := exec.Command("gsa", "-f", "json", "--compact", "-o", "/dev/stdout", in.file).Output()
	if err != nil {
		return 0, err
	}
	var report struct {
		Sections []struct {
			FileSize  uint64 `json:"file_size"`
			KnownSize uint64 `json:"known_size"`
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return 0, err
	}
	var unknown uint64
	for _, s := range report.Sections {
		unknown += s.FileSize - min(s.KnownSize, s.FileSize)
	}
	return unknown, nil
}

// versions says which tools the figures are of.
func versions() []string {
	list := []string{"sizegate of this revision"}
	if out, err := exec.Command("bloaty", "--version").Output(); err == nil {
		list = append(list, strings.TrimSpace(string(out)))
	}
	if path, err := exec.LookPath("gsa"); err == nil {
		version := ""
		if out, err := exec.Command("go", "version", "-m", path).Output(); err == nil {
			for _, line := range strings.Split(string(out), "\n") {
				if f := strings.Fields(line); len(f) > 2 && f[0] == "mod" {
					version = " " + f[2]
				}
			}
		}
		list = append(list, "go-size-analyzer"+version)
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		list = append(list, info.GoVersion)
	}
	return list
}

func percent(n, of uint64) string { return fmt.Sprintf("%.2f%%", 100*float64(n)/float64(of)) }

// replace puts the table between the marks of the file.
func replace(path, table string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(data), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s: the marks %q and %q are missing", path, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return os.WriteFile(path, []byte(head+begin+"\n"+table+"\n"+end+tail), 0o644)
}
