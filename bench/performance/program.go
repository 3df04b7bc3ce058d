package main

import (
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// program is what is timed. %s in its arguments is the file.
type program struct {
	name string
	args []string
	// fits says whether the program can read the file; nil for all.
	fits func(path string) bool
	// prepare returns where and with which environment the program runs, and
	// may write to dir; nil for here and with ours.
	prepare func(dir, path string) (wd string, env []string, err error)
}

// The ways of sizegate come first, with the path of the program put in front.
var own = []program{
	{text, []string{"report", "-q", "-f", "json", "%s"}, nil, nil},
	{whole, []string{"report", "-q", "--section", "all", "-f", "json", "%s"}, nil, nil},
}

const (
	text  = "sizegate report -f json"
	whole = "sizegate report --section all -f json"

	nm      = "nm --size-sort"
	readelf = "readelf -sW"
	bloaty  = "bloaty -d symbols"
	gsa     = "go-size-analyzer"
	crates  = "cargo-bloat --crates"
)

var rivals = []program{
	{nm, []string{"nm", "--size-sort", "%s"}, hasSymbols, nil},
	{readelf, []string{"readelf", "-sW", "%s"}, hasSymbols, nil},
	{bloaty, []string{"bloaty", "-d", "symbols", "-n", "0", "%s"}, nil, nil},
	{gsa, []string{"gsa", "-f", "json", "-o", os.DevNull, "%s"}, isGo, nil},
	{crates, []string{"cargo-bloat", "bloat", "--crates", "-n", "0"}, isRust, stubCargo},
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

// measure runs a program once and returns its wall time and its peak memory in
// kB, as the kernel counts it. That is at least the memory of this process when it
// starts the other: so this one keeps nothing.
func measure(p program, dir, path string) (time.Duration, int64, error) {
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

// isProgram reports whether sizegate reads the file: a program or shared library
// for amd64 or arm64.
func isProgram(path string) bool {
	f, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return (f.Type == elf.ET_EXEC || f.Type == elf.ET_DYN) && (f.Machine == elf.EM_X86_64 || f.Machine == elf.EM_AARCH64)
}
