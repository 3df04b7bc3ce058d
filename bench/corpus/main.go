// Corpus holds the sizes of `sizegate report --variants` against those that
// strip, zip -9, gzip -9, zstd -19 and upx themselves make of the same files,
// and prints each pair that differs and the agreement of each tool.
//
//	go run ./bench/corpus [-upx-level LEVEL] FILE...
//
// It needs binutils (and binutils-aarch64-linux-gnu for arm64 files), zip, gzip,
// zstd and upx, and fails if one is missing or a tolerance is exceeded.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// upxFlags are those of the levels that finish in reasonable time.
var upxFlags = map[string][]string{"fast": {"-1"}, "default": nil, "lzma": {"--best", "--lzma"}}

// tools are the rivals by the name of the variant, with the deviation that is
// allowed, as a share. strip may differ by it on one file in twenty, and not at
// all on the others.
var tools = []struct {
	variant   string
	tolerance float64
}{
	{"stripped", 0.001}, {"nodebug", 0.001}, {"zip", 0.01}, {"gzip", 0.01}, {"zstd", 0.02}, {"upx", 0},
}

type binary struct {
	Path, Arch string
	Variants   []struct {
		Name, Status, Reason string
		Size                 int64
	}
}

// agreement counts how the sizes of one variant compare.
type agreement struct {
	files, equal, skipped int
	worst                 float64 // largest deviation, as a share with its sign
	worstFile             string
}

func main() {
	level := flag.String("upx-level", "fast", "fast, default or lzma")
	flag.Parse()
	if _, ok := upxFlags[*level]; !ok || flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: go run ./bench/corpus [-upx-level fast|default|lzma] FILE...")
		os.Exit(2)
	}
	if err := run(os.Stdout, *level, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, level string, paths []string) error {
	dir, err := os.MkdirTemp("", "sizegate-corpus-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	sizegate := filepath.Join(dir, "sizegate")
	if out, err := exec.Command("go", "build", "-o", sizegate, "./cmd/sizegate").CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	sums := make([]agreement, len(tools))
	for _, path := range paths {
		out, err := output(exec.Command(sizegate, "report", "-q", "-f", "json", "--no-cache", "--variants", "all", "--upx-level", level, path))
		if err != nil {
			return err
		}
		var report struct{ Binaries []binary }
		if err := json.Unmarshal(out, &report); err != nil {
			return err
		}
		b := &report.Binaries[0]
		for i, tool := range tools {
			want, err := rival(dir, tool.variant, level, b)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", path, tool.variant, err)
			}
			sums[i].add(w, b, tool.variant, want)
		}
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\nvariant\tfiles\tequal\tdeclined\tlargest difference\tof")
	failed := false
	for i, tool := range tools {
		s := &sums[i]
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%+.3f%%\t%s\n", tool.variant, s.files, s.equal, s.skipped, 100*s.worst, s.worstFile)
		tooMany := tool.tolerance <= 0.001 && 20*(s.files-s.equal) > s.files
		failed = failed || math.Abs(s.worst) > tool.tolerance || tooMany
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if failed {
		return fmt.Errorf("a difference is larger than it may be")
	}
	return nil
}

// add compares one size; want is negative where the tool declines the file.
func (s *agreement) add(w io.Writer, b *binary, variant string, want int64) {
	got, reason := int64(-1), ""
	for _, v := range b.Variants {
		if v.Name == variant && v.Status == "ok" {
			got = v.Size
		} else if v.Name == variant {
			reason = v.Reason
		}
	}
	s.files++
	if got == want {
		s.equal++
		if got < 0 {
			s.skipped++
		}
		return
	}
	share := math.Inf(1)
	if got >= 0 && want > 0 {
		share = float64(got-want) / float64(want)
	}
	fmt.Fprintf(w, "%s: %s is %d, the tool's %d (%+.3f%%) %s\n", b.Path, variant, got, want, 100*share, reason)
	if math.Abs(share) > math.Abs(s.worst) {
		s.worst, s.worstFile = share, b.Path
	}
}

// rival is the size that the tool makes, -1 if it declines the file.
func rival(dir, variant, level string, b *binary) (int64, error) {
	strip := "strip"
	if b.Arch == "arm64" {
		strip = "aarch64-linux-gnu-strip"
	}
	stripped, out := filepath.Join(dir, "stripped"), filepath.Join(dir, "out")
	os.Remove(out)
	switch variant {
	case "stripped":
		os.Remove(stripped)
		return made(stripped, exec.Command(strip, "-o", stripped, b.Path))
	case "nodebug":
		return made(out, exec.Command(strip, "--strip-debug", "-o", out, b.Path))
	case "upx":
		if _, err := os.Stat(stripped); err != nil {
			return -1, nil
		}
		return made(out, exec.Command("upx", append(append([]string{"-q"}, upxFlags[level]...), "-o", out, stripped)...))
	case "zip":
		path, err := filepath.Abs(b.Path)
		if err != nil {
			return 0, err
		}
		cmd := exec.Command("zip", "-q", "-9", out+".zip", filepath.Base(path))
		cmd.Dir = filepath.Dir(path)
		defer os.Remove(out + ".zip")
		return made(out+".zip", cmd)
	}
	f, err := os.Open(b.Path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	cmd := exec.Command("gzip", "-9")
	if variant == "zstd" {
		cmd = exec.Command("zstd", "-q", "-19", "-c", b.Path) // of a file, so that its header has the size
	}
	var size counter
	cmd.Stdin, cmd.Stdout, cmd.Stderr = f, &size, os.Stderr
	err = cmd.Run()
	return int64(size), err
}

// made runs a tool that writes a file and returns the file's size, -1 if it
// declines with a message.
func made(path string, cmd *exec.Cmd) (int64, error) {
	if _, err := output(cmd); err != nil {
		if _, ran := err.(*declined); ran {
			return -1, nil
		}
		return 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// declined is a program that ended with an exit code.
type declined struct{ text string }

func (d *declined) Error() string { return d.text }

func output(cmd *exec.Cmd) ([]byte, error) {
	var text bytes.Buffer
	cmd.Stderr = &text
	out, err := cmd.Output()
	if _, exited := err.(*exec.ExitError); exited {
		return nil, &declined{fmt.Sprintf("%s: %v: %s", strings.Join(cmd.Args, " "), err, text.String())}
	}
	return out, err
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
