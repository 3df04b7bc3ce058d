// Build makes the files in testdata/elf, testdata/bad and testdata/package from the
// sources in testdata/src. Run it in the repository's root:
//
//	go run ./testdata/build [-arm64-rust DIR] [-only REGEXP] [-out DIR]
//
// Beside every ELF file NAME it writes two tables of truth, made from the
// linker's map, readelf and the full debug information that is stripped from
// the file afterwards. testdata/README.md describes both.
//
// Every fixture is built in a directory of its own below a temporary one. A
// fixture that cannot be built is listed at the end with the reason, and the
// exit code is then 1.
package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	maxFile  = 600_000   // bytes, of one committed file
	maxTotal = 4_000_000 // bytes, of all of them
)

type builder struct {
	out       string
	temp      string
	lldDir    string
	arm64Rust string
}

func main() {
	out := flag.String("out", "testdata", "directory that gets elf/ and bad/ and holds src/")
	only := flag.String("only", "", "build only the fixtures whose name matches this regular expression")
	arm64Rust := flag.String("arm64-rust", os.Getenv("SIZEGATE_ARM64_RUST"), "directory of a Rust compiler with the arm64 standard library (default: $SIZEGATE_ARM64_RUST)")
	flag.Parse()
	if err := run(*out, *only, *arm64Rust); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(out, only, arm64Rust string) error {
	match, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(out, "src")); err != nil {
		return fmt.Errorf("no sources (run in the repository's root or give -out): %w", err)
	}
	if arm64Rust != "" {
		if arm64Rust, err = filepath.Abs(arm64Rust); err != nil {
			return err
		}
	}
	temp, err := os.MkdirTemp("", "fixtures")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	b := &builder{out: out, temp: temp, lldDir: filepath.Join(temp, "lld"), arm64Rust: arm64Rust}
	for _, dir := range []string{filepath.Join(out, "elf"), filepath.Join(out, "bad"), filepath.Join(out, "package"), b.lldDir} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	// A cross compiler looks for ld.lld in its own directories and in those of -B.
	if path, err := exec.LookPath("ld.lld"); err == nil {
		if err := os.Symlink(path, filepath.Join(b.lldDir, "ld.lld")); err != nil {
			return err
		}
	}
	var failed []string
	for _, f := range fixtures() {
		if !match.MatchString(f.name) {
			continue
		}
		if err := b.build(f); err != nil {
			failed = append(failed, fmt.Sprintf("not rebuilt: %s: %v", f.name, err))
		}
	}
	if only == "" {
		if err := writeBad(filepath.Join(out, "bad")); err != nil {
			return err
		}
	}
	if match.MatchString(functionZip) {
		if err := writePackage(filepath.Join(out, "package"), filepath.Join(out, "elf")); err != nil {
			return err
		}
	}
	for _, line := range failed {
		fmt.Println(line)
	}
	if err := checkTotal(out); err != nil {
		return err
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d fixtures could not be rebuilt", len(failed))
	}
	return nil
}

func (b *builder) build(f fixture) error {
	commands := append(append([]command{}, f.link...), f.finish...)
	if err := b.checkTools(commands); err != nil {
		return err
	}
	dir := filepath.Join(b.temp, f.name)
	for _, language := range []string{"c", "rust"} {
		if err := os.CopyFS(filepath.Join(dir, language), os.DirFS(filepath.Join(b.out, "src", language))); err != nil {
			return err
		}
	}
	for _, c := range commands {
		if err := b.run(dir, c); err != nil {
			return err
		}
	}
	// A committed file with compressed debug information hides its paths, so the
	// files before compression are looked through too.
	for _, name := range []string{"linked", "lines", "final"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if name == "lines" && errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := checkPaths(data, b.temp); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	final, err := os.ReadFile(filepath.Join(dir, "final"))
	if err != nil {
		return err
	}
	if len(final) > maxFile {
		return fmt.Errorf("%d bytes are more than the %d that a fixture may have", len(final), maxFile)
	}
	if !f.skipSum {
		if err := sameCode(filepath.Join(dir, "linked"), filepath.Join(dir, "final")); err != nil {
			return err
		}
	}
	target := filepath.Join(b.out, "elf", f.name)
	summary := "no truth"
	if f.truth != noTruth {
		if summary, err = writeTruth(dir, target, f.truth); err != nil {
			return err
		}
	}
	if err := os.WriteFile(target, final, 0o644); err != nil {
		return err
	}
	fmt.Printf("%-24s %7d bytes, %s: %s\n", f.name, len(final), summary, f.why)
	return os.RemoveAll(dir)
}

func (b *builder) checkTools(commands []command) error {
	need := []string{"readelf"}
	for _, c := range commands {
		for _, arg := range c.args {
			if strings.Contains(arg, "{arm64rust}") {
				if b.arm64Rust == "" {
					return errors.New(arm64RustHelp)
				}
			}
			if strings.Contains(arg, "{lld}") {
				need = append(need, "ld.lld")
			}
		}
		need = append(need, b.expand("", c.args[0]))
	}
	for _, tool := range need {
		if _, err := exec.LookPath(tool); err != nil {
			if name := debianPackage[tool]; name != "" {
				return fmt.Errorf("%s not found (Debian: apt install %s)", tool, name)
			}
			return err
		}
	}
	return nil
}

func (b *builder) expand(dir, text string) string {
	return strings.NewReplacer("{dir}", dir, "{lld}", b.lldDir, "{arm64rust}", b.arm64Rust).Replace(text)
}

func (b *builder) run(dir string, c command) error {
	var args []string
	for _, arg := range c.args {
		args = append(args, b.expand(dir, arg))
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = filepath.Join(dir, c.dir)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "SOURCE_DATE_EPOCH=0")
	for _, setting := range c.env {
		cmd.Env = append(cmd.Env, b.expand(dir, setting))
	}
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, output)
	}
	return nil
}

// checkPaths refuses a file that tells where it was built.
func checkPaths(data []byte, temp string) error {
	places := []string{temp, "/tmp/", "/root/", "/home/"}
	if home, err := os.UserHomeDir(); err == nil && home != "/" {
		places = append(places, home+"/")
	}
	if wd, err := os.Getwd(); err == nil {
		places = append(places, wd)
	}
	for _, place := range places {
		if bytes.Contains(data, []byte(place)) {
			return fmt.Errorf("the file names a local path: %s", place)
		}
	}
	return nil
}

// sameCode checks that finishing a file left every executable section's bytes
// at their addresses: the truth is made from the file before.
func sameCode(linked, final string) error {
	a, err := elf.Open(linked)
	if err != nil {
		return err
	}
	defer a.Close()
	z, err := elf.Open(final)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, s := range executable(a) {
		want, err := s.Data()
		if err != nil {
			return err
		}
		got := make([]byte, len(want))
		for _, p := range z.Progs {
			if p.Type == elf.PT_LOAD && p.Vaddr <= s.Addr && s.Addr+s.Size <= p.Vaddr+p.Filesz {
				if _, err := p.ReadAt(got, int64(s.Addr-p.Vaddr)); err != nil {
					return err
				}
			}
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("the code of %s was changed", s.Name)
		}
	}
	return nil
}

func executable(f *elf.File) []*elf.Section {
	var list []*elf.Section
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_ALLOC != 0 && s.Flags&elf.SHF_EXECINSTR != 0 && s.Type == elf.SHT_PROGBITS && s.Size > 0 {
			list = append(list, s)
		}
	}
	return list
}

func checkTotal(out string) error {
	var total int64
	err := filepath.Walk(out, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return err
	})
	fmt.Printf("all of %s: %d bytes\n", filepath.Base(out), total)
	if err == nil && total > maxTotal {
		err = fmt.Errorf("%d bytes are more than %d", total, maxTotal)
	}
	return err
}
