// Compare times `sizegate report -f json` beside other programs that read the
// same files, and prints each one's time and memory and the ratio to
// sizegate's. The programs run in turn, round by round, so that a change of
// the machine's speed meets all of them; the ratio is of medians.
//
//	go run ./bench/compare [-rounds N] FILE...
package main

import (
	"cmp"
	"debug/elf"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// rival is a program to compare with. %s in its arguments is the file.
type rival struct {
	name string
	args []string
	// fits says whether the program can read the file; nil for all.
	fits func(path string) bool
	// prepare returns where and with which environment the program runs, and
	// may write to dir; nil for here and with ours.
	prepare func(dir, path string) (wd string, env []string, err error)
}

var rivals = []rival{
	{"nm --size-sort", []string{"nm", "--size-sort", "%s"}, hasSymbols, nil},
	{"readelf -sW", []string{"readelf", "-sW", "%s"}, hasSymbols, nil},
	{"bloaty -d symbols", []string{"bloaty", "-d", "symbols", "-n", "0", "%s"}, nil, nil},
	{"go-size-analyzer", []string{"gsa", "-f", "json", "-o", os.DevNull, "%s"}, isGo, nil},
	{"cargo-bloat --crates", []string{"cargo-bloat", "bloat", "--crates", "-n", "0"}, isRust, stubCargo},
}

// stubCargo makes cargo-bloat analyse a file instead of building one: it asks
// cargo to build the package in the working directory, and this cargo answers
// that the file is what came out.
func stubCargo(dir, path string) (wd string, env []string, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return "", nil, err
	}
	wd = filepath.Join(dir, "package")
	artifact, err := json.Marshal(map[string]any{
		"reason": "compiler-artifact", "package_id": "x 0.1.0", "features": []string{}, "profile": map[string]any{},
		"target":    map[string]any{"kind": []string{"bin"}, "crate_types": []string{"bin"}, "name": "x", "src_path": "/x.rs", "edition": "2021"},
		"filenames": []string{path}, "executable": path, "fresh": true,
	})
	if err != nil {
		return "", nil, err
	}
	files := map[string]string{
		"Cargo.toml":  "[package]\nname = \"x\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
		"src/main.rs": "fn main() {}\n",
		"answer.json": string(artifact) + "\n" + `{"reason":"build-finished","success":true}` + "\n",
		"metadata":    `{"packages":[],"workspace_members":[],"resolve":null,"target_directory":"/","version":1,"workspace_root":"/"}` + "\n",
		"cargo":       "#!/bin/sh\nif [ \"$1\" = metadata ]; then exec cat metadata; fi\nexec cat answer.json\n",
	}
	if err := os.MkdirAll(filepath.Join(wd, "src"), 0o755); err != nil {
		return "", nil, err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(wd, name), []byte(text), 0o755); err != nil {
			return "", nil, err
		}
	}
	return wd, append(os.Environ(), "CARGO="+filepath.Join(wd, "cargo"), "PATH="+wd+":"+os.Getenv("PATH")), nil
}

func main() {
	rounds := flag.Int("rounds", 11, "how often each program runs, after one run that is not counted")
	flag.Parse()
	if flag.NArg() == 0 || *rounds < 1 {
		fmt.Fprintln(os.Stderr, "usage: go run ./bench/compare [-rounds N] FILE...")
		os.Exit(2)
	}
	if err := compare(os.Stdout, flag.Args(), *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func compare(w io.Writer, files []string, rounds int) error {
	dir, err := os.MkdirTemp("", "sizegate-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	sizegate := filepath.Join(dir, "sizegate")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", sizegate, "./cmd/sizegate").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "file\tprogram\tmin ms\tmedian ms\tmemory MB\ttime of sizegate\t")
	for _, path := range files {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		programs := []rival{
			{"sizegate report -f json", []string{sizegate, "report", "-q", "-f", "json", "%s"}, nil, nil},
			{"sizegate report --section all -f json", []string{sizegate, "report", "-q", "--section", "all", "-f", "json", "%s"}, nil, nil},
		}
		for _, r := range rivals {
			if _, err := exec.LookPath(r.args[0]); err != nil {
				fmt.Fprintf(os.Stderr, "%s is not installed\n", r.args[0])
			} else if r.fits == nil || r.fits(path) {
				programs = append(programs, r)
			}
		}
		times := make([][]time.Duration, len(programs))
		memory := make([]int64, len(programs))
		for round := -1; round < rounds; round++ {
			for i, p := range programs {
				took, peak, err := measure(p, dir, path)
				if err != nil {
					return fmt.Errorf("%s: %w", p.name, err)
				}
				if round >= 0 {
					times[i] = append(times[i], took)
					memory[i] = max(memory[i], peak)
				}
			}
		}
		for i, p := range programs {
			slices.SortFunc(times[i], cmp.Compare)
			ratio := float64(median(times[0])) / float64(median(times[i]))
			fmt.Fprintf(table, "%s, %.0f MB\t%s\t%.1f\t%.1f\t%.0f\t%.2f x\t\n", filepath.Base(path), float64(info.Size())/1e6, p.name,
				milliseconds(times[i][0]), milliseconds(median(times[i])), float64(memory[i])/1e3, ratio)
		}
	}
	return table.Flush()
}

// measure runs a program once and returns its wall time and its peak memory in
// kB, as the kernel counts it.
func measure(p rival, dir, path string) (time.Duration, int64, error) {
	args := slices.Clone(p.args)
	for i := range args {
		if args[i] == "%s" {
			args[i] = path
		}
	}
	cmd := exec.Command(args[0], args[1:]...)
	if p.prepare != nil {
		var err error
		if cmd.Dir, cmd.Env, err = p.prepare(dir, path); err != nil {
			return 0, 0, err
		}
	}
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, 0, err
	}
	took := time.Since(start)
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return took, 0, nil
	}
	return took, usage.Maxrss, nil
}

func median(sorted []time.Duration) time.Duration { return sorted[len(sorted)/2] }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// hasSymbols leaves out stripped files: nm and readelf would have nothing to do.
func hasSymbols(path string) bool { return hasSection(path, ".symtab") }

func isRust(path string) bool {
	return hasSymbols(path) && !isGo(path) && strings.Contains(section(path, ".comment"), "rustc version")
}

// section is the contents of a section, "" without it.
func section(path, name string) string {
	f, err := elf.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	if s := f.Section(name); s != nil {
		data, _ := s.Data()
		return string(data)
	}
	return ""
}

func isGo(path string) bool { return hasSection(path, ".gopclntab") }

func hasSection(path, name string) bool {
	f, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return f.Section(name) != nil
}
