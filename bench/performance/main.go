// Performance holds sizegate's time and memory against other programs that read
// the same files, against itself on more of them, and against files that grow, and
// says where a target is missed. The programs run in turn, round by round, so that
// a change of the machine's speed meets all of them; ratios are of medians.
//
//	go run ./bench/performance [-rounds N] [-many DIRECTORY] [-growth] [-write docs/performance.md] FILE...
//
// With -many the ELF files below a directory are measured alone and in one
// command, with -growth files are made that have up to 10 million symbols. Missed
// targets are an error after everything is written.
// bench/performance.sh collects the files and calls this with all of it.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

const (
	begin = "<!-- figures: bench/performance.sh -->\n"
	end   = "<!-- end of figures -->\n"
)

// bench is one run of all measurements.
type bench struct {
	sizegate string // the program
	dir      string // for what is made
	rounds   int
	w        io.Writer // Markdown
	missed   []string
}

func main() {
	rounds := flag.Int("rounds", 9, "how often each program runs, after one run that is not counted")
	many := flag.String("many", "", "the directory of many ELF files that are measured alone and in one command")
	growth := flag.Bool("growth", false, "measure files that grow")
	write := flag.String("write", "", "the Markdown file whose figures are replaced; standard output without it")
	flag.Parse()
	if *rounds < 1 || flag.NArg() == 0 && *many == "" && !*growth {
		fmt.Fprintln(os.Stderr, "usage: go run ./bench/performance [-rounds N] [-many DIRECTORY] [-growth] [-write FILE] FILE...")
		os.Exit(2)
	}
	if err := run(*rounds, flag.Args(), *many, *growth, *write); err != nil {
		fmt.Fprintln(os.Stderr, "performance:", err)
		os.Exit(1)
	}
}

func run(rounds int, files []string, many string, growth bool, write string) error {
	dir, err := os.MkdirTemp("", "sizegate-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var text bytes.Buffer
	b := &bench{sizegate: filepath.Join(dir, "sizegate"), dir: dir, rounds: rounds, w: &text}
	if write == "" {
		b.w = os.Stdout
	}
	// As it is released. With cgo it is linked with libc too, which takes 0.7 ms of
	// each start.
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.sizegate, "./cmd/sizegate")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	fmt.Fprintf(b.w, "%s, %s, %d cores, medians of %d rounds. %s\n", time.Now().Format(time.DateOnly), processor(), runtime.NumCPU(), rounds, strings.Join(versions(), ", "))
	if len(files) > 0 {
		err = b.compare(files)
	}
	if err == nil && many != "" {
		err = b.many(many)
	}
	if err == nil && growth {
		err = b.growth()
	}
	if err == nil && write != "" {
		err = replace(write, text.String())
	}
	if err == nil && len(b.missed) > 0 {
		err = errors.New("missed:\n" + strings.Join(b.missed, "\n"))
	}
	return err
}

// judge returns what a table says of a target: the figure may be at most limit.
func (b *bench) judge(what string, figure, limit float64) string {
	if figure <= limit {
		return "yes"
	}
	b.missed = append(b.missed, fmt.Sprintf("%s: %.3f, at most %.3f", what, figure, limit))
	return "**no**"
}

// replace puts the figures between the marks of a Markdown file.
func replace(path, figures string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(data), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s: the lines %q and %q are missing", path, begin, end)
	}
	return os.WriteFile(path, []byte(before+begin+"\n"+figures+"\n"+end+after), 0o644)
}

// processor is the name of the machine's processor.
func processor() string {
	data, _ := os.ReadFile("/proc/cpuinfo")
	_, name, _ := strings.Cut(string(data), "model name\t: ")
	name, _, _ = strings.Cut(name, "\n")
	if name == "" {
		return runtime.GOARCH
	}
	return name
}

var versionNumber = regexp.MustCompile(`v?[0-9]+\.[0-9]+[^ \n]*`)

// versions names the programs that take part.
func versions() []string {
	list := []string{runtime.Version()}
	for _, args := range [][]string{{"rustc", "--version"}, {"nm", "--version"}, {"bloaty", "--version"}, {"gsa", "--version"}, {"cargo-bloat", "--version"}} {
		out, err := exec.Command(args[0], args[1:]...).Output()
		number := versionNumber.FindString(string(out))
		if err != nil || number == "" {
			number = "was not installed"
		}
		list = append(list, args[0]+" "+number)
	}
	return list
}
