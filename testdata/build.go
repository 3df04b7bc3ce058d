//go:build ignore

// Build makes the files in testdata/elf and testdata/bad from the sources in
// testdata/src. Run it in the repository's root:
//
//	go run testdata/build.go [-arm64-rust DIR] [-only REGEXP] [-out DIR]
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
	"archive/zip"
	"bytes"
	"compress/gzip"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

const (
	maxFile  = 600_000   // bytes, of one committed file
	maxTotal = 4_000_000 // bytes, of all of them
)

// A command is run in the fixture's work directory, or in dir below it. The
// words {dir}, {lld} and {arm64rust} in its arguments become the work
// directory, a directory that holds ld.lld, and the argument of -arm64-rust.
type command struct {
	dir  string
	env  []string
	args []string
}

// A fixture is one committed ELF file. Its commands leave an executable with
// symbols and debug information in "linked" and the linker's map in
// "linked.map"; finish turns "linked" into the committed file "final".
type fixture struct {
	name    string
	why     string
	link    []command
	finish  []command
	truth   truthKind
	skipSum bool // the code's bytes differ from those of "linked"
}

type truthKind int

const (
	noTruth   truthKind = iota
	byMap               // the owner is the object file that the map names
	byObject            // the owner is the object file that defines the name: folded code has several
	byRust              // Rust crates, one object file for each
	byRustLTO           // Rust crates, all in the program's object file
)

func fixtures() []fixture {
	strip := map[string]string{"amd64": "strip", "arm64": "aarch64-linux-gnu-strip"}
	var list []fixture
	add := func(name, why string, truth truthKind, link, finish []command) {
		list = append(list, fixture{name: name, why: why, truth: truth, link: link, finish: finish})
	}

	basic := "main.c one.c two.c alias.c heat.c asm.S"
	// arm64's usual pages of 64 KiB pad a small file to that size. c-basic-arm64
	// and the ones with std keep them.
	pages := map[string]string{"arm64": " -Wl,-z,max-page-size=4096"}
	for _, arch := range []string{"amd64", "arm64"} {
		noDebug := shell(strip[arch] + " --strip-debug -o final linked")
		noSymbols := shell(strip[arch] + " --strip-all -o final linked")

		add("c-basic-"+arch, "GNU ld, libc: static namesakes, aliases, unsized and nested assembly symbols, data in .text",
			byMap, cProgram(arch, "-O2", basic, ""), noDebug)
		add("c-stripped-"+arch, "the same without symbols",
			byMap, cProgram(arch, "-O2", basic, pages[arch]), noSymbols)
		add("c-exec-"+arch, "the same with symbols at fixed addresses: no PIE",
			byMap, cProgram(arch, "-O2 -fno-pie", basic, "-no-pie"+pages[arch]), noDebug)
		add("c-prefix-"+arch, "lld: .text.hot, .text.unlikely and .text.startup are output sections",
			byMap, cProgram(arch, "-O2", basic, lld+" -Wl,-z,keep-text-section-prefix"), noDebug)
		add("c-icf-"+arch, "lld --icf=all: four functions at one address",
			byObject, cProgram(arch, "-O2 -ffunction-sections", "fold.c foldmain.c", lld+" -Wl,--icf=all"), noDebug)
		add("c-shared-"+arch+".so", "a shared object with .dynsym alone",
			byMap, cProgram(arch, "-O2 -fPIC", "shared.c one.c two.c", "-shared"+pages[arch]), noSymbols)
		add("c-staticpie-"+arch, "a static PIE without libc: own entry point, relative relocations",
			byMap, cProgram(arch, "-O2 -fPIE", "start.c work.c one.c two.c heat.c", "-nostdlib -static-pie"+pages[arch]), noDebug)
		add("c-noshdr-"+arch, "no section headers: segments are all there is",
			byMap, cProgram(arch, "-O2", basic, pages[arch]), shell("llvm-objcopy --strip-sections linked final"))
		list = append(list, fixture{
			name: "c-upx-" + arch, why: "packed by UPX: no sections, all code but the loader's compressed", skipSum: true,
			link:   cProgram(arch, "-O2 -fno-pie", "start.c workblob.c blob.S", "-nostdlib -static -no-pie"+pages[arch]),
			finish: shell("upx -q -q -o final linked"),
		})
	}
	add("c-zlib-amd64", "debug sections compressed with zlib (SHF_COMPRESSED)", byMap,
		cProgram("amd64", "-O2", basic, ""), shell("objcopy --compress-debug-sections=zlib linked final"))
	add("c-zdebug-amd64", "debug sections in the old form: .zdebug_info", byMap,
		cProgram("amd64", "-O2", basic, ""), shell("objcopy --compress-debug-sections=zlib-gnu linked final"))
	add("c-zstd-amd64", "debug sections compressed with zstd (SHF_COMPRESSED)", byMap,
		cProgram("amd64", "-O2", basic, ""), shell("objcopy --compress-debug-sections=zstd linked final"))
	add("c-samename-amd64", "two sections called .text", byMap,
		cProgram("amd64", "-O2", basic, lld+" -Wl,-z,keep-text-section-prefix"),
		shell("objcopy --strip-debug --rename-section .text.hot=.text linked final"))
	far := "-nostdlib -static -no-pie -Wl,-T,c/far.ld" + pages["arm64"]
	add("c-veneer-arm64", "GNU ld: calls out of reach go through __NAME_veneer", byMap,
		cProgram("arm64", "-O2 -fno-pie", "start.c workfar.c", far),
		shell("aarch64-linux-gnu-strip --strip-debug -o final linked"))
	add("c-thunk-arm64", "lld: calls out of reach go through __AArch64AbsLongThunk_NAME", byMap,
		cProgram("arm64", "-O2 -fno-pie", "start.c workfar.c", lld+" "+far),
		shell("aarch64-linux-gnu-strip --strip-debug -o final linked"))

	for _, arch := range []string{"amd64", "arm64"} {
		noDebug := shell(strip[arch] + " --strip-debug -o final linked")
		noSymbols := shell(strip[arch] + " --strip-all -o final linked")
		core := rustProgram{arch: arch, crate: "app", flags: v0 + " -C panic=abort -C default-linker-libraries=yes"}
		if pages[arch] != "" {
			core.flags += " -C link-arg=" + strings.TrimSpace(pages[arch])
		}
		legacyCore := core
		legacyCore.flags = strings.Replace(core.flags, v0, legacy, 1)
		fat := core
		fat.flags += " -C lto=fat"
		legacyFat := legacyCore
		legacyFat.flags += " -C lto=fat"
		plugin := core
		plugin.crate = "plugin"

		add("rust-v0-"+arch, "no std, v0 names, panic=abort, no LTO", byRust, core.commands(2), noDebug)
		add("rust-v0-stripped-"+arch, "the same without symbols", byRust, core.commands(2), noSymbols)
		add("rust-v0-lto-"+arch, "the same with fat LTO", byRustLTO, fat.commands(2), noDebug)
		add("rust-legacy-"+arch, "the same with legacy names, no LTO; core keeps v0 names", byRust, legacyCore.commands(2), noDebug)
		add("rust-legacy-lto-"+arch, "the same with legacy names and fat LTO", byRustLTO, legacyFat.commands(2), noDebug)
		add("rust-cdylib-"+arch+".so", "a cdylib: two exported C functions, v0 names", byRust, plugin.commands(2), noDebug)

		lines := core.commands(2)
		lines = append(lines, shell("mv linked keep", "mv linked.map keep.map")...)
		lines = append(lines, core.commands(1)...)
		lines = append(lines, shell("mv linked lines", "mv keep linked", "mv keep.map linked.map")...)
		if arch == "amd64" {
			add("rust-lines-amd64", "rust-v0-amd64 with line tables only (compressed: core brings 600 kB of its own)",
				byRust, lines, shell("objcopy --compress-debug-sections=zlib lines final"))
		}

		std := rustProgram{arch: arch, crate: "appstd", flags: legacy}
		add("rust-std-mixed-"+arch, "real std, unwinding, no LTO: legacy names here, v0 names in std", byRust, std.commands(2), noDebug)
		if arch == "amd64" {
			std.flags = v0 + " -C panic=abort -C lto=fat"
			add("rust-std-lto-amd64", "real std, panic=abort, fat LTO, v0 names", byRustLTO, std.commands(2), noDebug)
		} else {
			std.flags = v0
			add("rust-std-stripped-arm64", "real std, unwinding, no LTO, no symbols: panic locations are left", byRust, std.commands(2), noSymbols)
		}
	}
	return list
}

// shell splits lines into commands at spaces.
func shell(lines ...string) []command {
	var list []command
	for _, line := range lines {
		list = append(list, command{args: strings.Fields(line)})
	}
	return list
}

const lld = "-B{lld} -fuse-ld=lld"

// cProgram compiles C and assembly sources one by one to SOURCE.o, so that the
// map names the source of every byte, and links them with GNU ld unless
// linkFlags say otherwise. Paths in the debug information begin with
// /usr/src/fixtures-1.0.
func cProgram(arch, flags, sources, linkFlags string) []command {
	cc := map[string]string{"amd64": "gcc", "arm64": "aarch64-linux-gnu-gcc"}[arch]
	var lines []string
	var objects string
	for _, source := range strings.Fields(sources) {
		lines = append(lines, fmt.Sprintf("%s -g -ffile-prefix-map={dir}=/usr/src/fixtures-1.0 %s -c c/%s -o %s.o", cc, flags, source, source))
		objects += " " + source + ".o"
	}
	lines = append(lines, cc+objects+" -o linked -Wl,-Map=linked.map "+linkFlags)
	return shell(lines...)
}

const (
	v0     = "-C symbol-mangling-version=v0"
	legacy = "-C symbol-mangling-version=legacy -Z unstable-options"
)

// A rustProgram is the last crate of the small crate graph in src/rust.
type rustProgram struct {
	arch  string
	crate string // app, appstd or plugin
	flags string
}

// A rustCrate says where a crate's source is and which path stands for it in
// the files: cargo's layout of registry, git and own packages.
type rustCrate struct{ name, dir, path string }

const registry = "/usr/local/cargo/registry/src/index.crates.io-1949cf8c6b5b557f/"

var rustCrates = []rustCrate{
	{"alpha", "alpha-1.0.0", registry + "alpha-1.0.0"},
	{"alpha", "alpha-2.0.0", registry + "alpha-2.0.0"},
	{"beta", "beta-0.3.1", registry + "beta-0.3.1"},
	{"gamma", "gamma", "/usr/local/cargo/git/checkouts/gamma-5f1d4c2a9be07736/3b1f0ac"},
	{"app", "app", "/src/app"},
	{"appstd", "appstd", "/src/appstd"},
	{"plugin", "plugin", "/src/plugin"},
}

func (p rustProgram) commands(debug int) []command {
	rustc := "rustc"
	// RUSTC_BOOTSTRAP makes a stable compiler accept the request for legacy names.
	env := []string{"RUSTC_BOOTSTRAP=1"}
	if p.arch == "arm64" {
		rustc = "{arm64rust}/usr/bin/rustc --target aarch64-unknown-linux-gnu -C linker=aarch64-linux-gnu-gcc"
		env = append(env, "LD_LIBRARY_PATH={arm64rust}/usr/lib/x86_64-linux-gnu")
	}
	level := map[int]string{1: "line-tables-only", 2: "full"}[debug]
	common := rustc + " --edition 2024 -C opt-level=s -C codegen-units=1 -C debuginfo=" + level + " " + p.flags
	for _, c := range rustCrates {
		common += " --remap-path-prefix {dir}/rust/" + c.dir + "=" + c.path
	}
	library := common + " --crate-type lib --out-dir {dir} "
	// Cargo runs the compiler in the package's directory.
	list := shell(
		rustc+" --print target-libdir={dir}/libdir",
		library+"--crate-name alpha -C metadata=alpha-1.0.0 -C extra-filename=-1 {dir}/rust/alpha-1.0.0/src/lib.rs",
		library+"--crate-name alpha -C metadata=alpha-2.0.0 -C extra-filename=-2 {dir}/rust/alpha-2.0.0/src/lib.rs",
		library+"--crate-name beta --extern alpha={dir}/libalpha-1.rlib -L {dir} {dir}/rust/beta-0.3.1/src/lib.rs",
		library+"--crate-name gamma --extern alpha={dir}/libalpha-2.rlib -L {dir} {dir}/rust/gamma/src/lib.rs",
	)
	for i, dir := range []string{"alpha-1.0.0", "alpha-2.0.0", "beta-0.3.1", "gamma"} {
		list[i+1].dir = "rust/" + dir
	}
	program := "--crate-type bin src/main.rs"
	if p.crate == "plugin" {
		program = "--crate-type cdylib src/lib.rs"
	}
	last := shell(common + " --crate-name " + p.crate + " -o {dir}/linked -L {dir} --extern alpha={dir}/libalpha-1.rlib" +
		" --extern beta={dir}/libbeta.rlib --extern gamma={dir}/libgamma.rlib" +
		" -C link-arg=-Wl,-Map={dir}/linked.map -C link-arg=-Wl,--gc-sections " + program)
	last[0].dir = "rust/" + p.crate
	list = append(list, last...)
	for i := range list {
		list[i].env = env
	}
	return list
}

// debianPackage names what to install where a tool is missing.
var debianPackage = map[string]string{
	"gcc": "gcc", "strip": "binutils", "objcopy": "binutils", "readelf": "binutils",
	"aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu libc6-dev-arm64-cross", "aarch64-linux-gnu-strip": "binutils-aarch64-linux-gnu",
	"llvm-objcopy": "llvm", "ld.lld": "lld", "upx": "upx-ucl", "rustc": "rustup or rustc",
}

const arm64RustHelp = "-arm64-rust is not set: unpack Debian's rustc-web, libllvm22, libstd-rust-web-1.96 and libstd-rust-web-dev" +
	" (all :amd64) and libstd-rust-web-dev:arm64 into one directory with dpkg -x and name it"

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
	for _, dir := range []string{filepath.Join(out, "elf"), filepath.Join(out, "bad"), b.lldDir} {
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
	places := []string{temp, "/tmp/", "/root/", "/work/"}
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

// A piece is what one object file put into an executable output section.
type piece struct {
	addr, size uint64
	file       string // object file, or archive(member); "" is the linker
}

// A symbol is a line of readelf -sW.
type symbol struct {
	addr, size uint64
	name       string
}

// owners names who wrote a symbol's code and whose object file holds it.
type owners struct{ defined, instantiated string }

const unknown = "-"

// writeTruth writes TARGET.truth.tsv and TARGET.map.tsv.
func writeTruth(dir, target string, kind truthKind) (string, error) {
	linked, err := elf.Open(filepath.Join(dir, "linked"))
	if err != nil {
		return "", err
	}
	defer linked.Close()
	pieces, err := readMap(filepath.Join(dir, "linked.map"), linked)
	if err != nil {
		return "", err
	}
	symbols, err := readSymbols(filepath.Join(dir, "linked"), linked)
	if err != nil {
		return "", err
	}
	var judge func(symbol, piece) (owners, error)
	ids := crateIDs{}
	switch kind {
	case byMap:
		judge = func(_ symbol, p piece) (owners, error) {
			return owners{nativeOwner(p.file), nativeOwner(p.file)}, nil
		}
	case byObject:
		defining, err := definers(filepath.Join(dir, "*.o"))
		if err != nil {
			return "", err
		}
		judge = func(s symbol, p piece) (owners, error) {
			owner := nativeOwner(p.file)
			if files := defining[s.name]; len(files) == 1 {
				owner = nativeOwner(files[0])
			} else if len(files) > 1 {
				owner = unknown
			}
			return owners{owner, owner}, nil
		}
	case byRust, byRustLTO:
		functions, err := readFunctions(linked, ids)
		if err != nil {
			return "", err
		}
		for _, p := range pieces {
			ids.note(p.file, "")
		}
		var holders map[string][]string
		if kind == byRustLTO {
			libraries, err := os.ReadFile(filepath.Join(dir, "libdir"))
			if err != nil {
				return "", err
			}
			if holders, err = definers(filepath.Join(strings.TrimSpace(string(libraries)), "*.rlib")); err != nil {
				return "", err
			}
		}
		judge = func(s symbol, p piece) (owners, error) {
			return rustOwners(s, p, functions, ids, holders)
		}
	}

	var truth, spans bytes.Buffer
	without := 0
	for _, s := range symbols {
		o, err := judge(s, find(pieces, s.addr))
		if err != nil {
			return "", err
		}
		if s.size > 0 && (o.defined == unknown || o.instantiated == unknown) {
			without++
		}
		fmt.Fprintf(&truth, "%#x\t%d\t%s\t%s\t%s\n", s.addr, s.size, s.name, o.defined, o.instantiated)
	}
	for _, p := range pieces {
		owner := nativeOwner(p.file)
		if crate := ids.crateOf(p.file); crate != "" {
			owner = crate
		}
		if kind == byRustLTO && owner != "linker" && !strings.Contains(p.file, ".rlib(") && !startFile.MatchString(filepath.Base(p.file)) {
			owner = unknown // one object file for many crates
		}
		file := filepath.Base(p.file)
		if p.file == "" {
			file = unknown
		}
		fmt.Fprintf(&spans, "%#x\t%d\t%s\t%s\n", p.addr, p.size, owner, file)
	}
	if err := os.WriteFile(target+".truth.tsv", truth.Bytes(), 0o644); err != nil {
		return "", err
	}
	if err := os.WriteFile(target+".map.tsv", spans.Bytes(), 0o644); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d symbols (%d sized ones not told), %d pieces", len(symbols), without, len(pieces)), nil
}

// find returns the piece that holds addr, or the linker's piece if none does.
func find(pieces []piece, addr uint64) piece {
	i := sort.Search(len(pieces), func(i int) bool { return pieces[i].addr > addr })
	if i > 0 && addr < pieces[i-1].addr+pieces[i-1].size {
		return pieces[i-1]
	}
	return piece{}
}

var (
	// An output section is a line in column "Out", or one that begins a line.
	lldOutput = regexp.MustCompile(`^ *[0-9a-f]+ +[0-9a-f]+ +[0-9a-f]+ +[0-9]+ (\S+)$`)
	gnuOutput = regexp.MustCompile(`^(\.\S+)`)
	lldLine   = regexp.MustCompile(`^ *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +[0-9]+ {9}(\S.*):\(([^()]*)\)$`)
	gnuLine   = regexp.MustCompile(`^ (\.\S+)? +0x([0-9a-f]+) +0x([0-9a-f]+) (\S.*)$`)
)

// readMap reads a link map of lld or GNU ld: the pieces of the executable
// sections, by address.
func readMap(path string, linked *elf.File) ([]piece, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	text := string(data)
	isLLD := strings.HasPrefix(strings.TrimSpace(text), "VMA")
	if !isLLD {
		_, after, found := strings.Cut(text, "\nLinker script and memory map\n")
		if !found {
			return nil, fmt.Errorf("%s is neither a map of lld nor one of GNU ld", filepath.Base(path))
		}
		// A long section name stands on a line of its own.
		text = regexp.MustCompile(`(?m)^( \.\S+)\n +0x`).ReplaceAllString(after, "$1 0x")
	}
	// Sections that are not loaded, such as debug information, have addresses
	// that mean nothing.
	inMemory := map[string]bool{}
	for _, s := range executable(linked) {
		inMemory[s.Name] = true
	}
	output := gnuOutput
	if isLLD {
		output = lldOutput
	}
	var list []piece
	inside := false
	for _, line := range strings.Split(text, "\n") {
		if m := output.FindStringSubmatch(line); m != nil {
			inside = inMemory[m[1]]
			continue
		}
		if !inside {
			continue
		}
		var p piece
		var section string
		if isLLD {
			m := lldLine.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			p = piece{number(m[1], 16), number(m[2], 16), m[3]}
			section = m[4]
		} else {
			m := gnuLine.FindStringSubmatch(line)
			if m == nil || m[1] == "" {
				continue
			}
			p = piece{number(m[2], 16), number(m[3], 16), m[4]}
			section = m[1]
		}
		// The table of jumps is the linker's, whichever file stands beside it.
		if p.file == "<internal>" || p.file == "linker stubs" || strings.HasPrefix(section, ".plt") || strings.HasPrefix(section, ".iplt") {
			p.file = ""
		}
		if p.size > 0 {
			list = append(list, p)
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].addr < list[j].addr })
	for i := 1; i < len(list); i++ {
		if list[i-1].addr+list[i-1].size > list[i].addr {
			return nil, fmt.Errorf("pieces overlap in the map: %+v %+v", list[i-1], list[i])
		}
	}
	return list, nil
}

func number(text string, base int) uint64 {
	n, err := strconv.ParseUint(text, base, 64)
	if err != nil {
		panic(err) // the callers' expressions match digits only
	}
	return n
}

var symbolLine = regexp.MustCompile(`^ *\d+: ([0-9a-f]+) +(\d+|0x[0-9a-f]+) (FUNC|NOTYPE|IFUNC|OBJECT) +\S+ +\S+ +(?:\[[^\]]*\] +)?(\d+) (\S+)`)

// readSymbols returns the symbols of .symtab in executable sections, by
// address and name. Mapping symbols ($x, $d) mark instruction sets, not code
// of their own, and are left out.
func readSymbols(path string, linked *elf.File) ([]symbol, error) {
	output, err := exec.Command("readelf", "-sW", path).Output()
	if err != nil {
		return nil, fmt.Errorf("readelf -sW: %w", err)
	}
	_, table, found := strings.Cut(string(output), "Symbol table '.symtab'")
	if !found {
		return nil, errors.New("the linked file has no .symtab")
	}
	var list []symbol
	for _, line := range strings.Split(table, "\n") {
		m := symbolLine.FindStringSubmatch(line)
		if m == nil || strings.HasPrefix(m[5], "$") {
			continue
		}
		index := number(m[4], 10)
		if index >= uint64(len(linked.Sections)) || linked.Sections[index].Flags&elf.SHF_EXECINSTR == 0 {
			continue
		}
		size, err := strconv.ParseUint(m[2], 0, 64)
		if err != nil {
			return nil, err
		}
		list = append(list, symbol{number(m[1], 16), size, m[5]})
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].addr != list[j].addr {
			return list[i].addr < list[j].addr
		}
		return list[i].name < list[j].name
	})
	return list, nil
}

var startFile = regexp.MustCompile(`^(S?crt1|crti|crtn|crtbegin[ST]?|crtend[S]?)\.o$`)

// nativeOwner names who wrote what an object file of C or assembly holds: our
// source file, "crt" for start-up code, a library, or the linker.
func nativeOwner(file string) string {
	base := filepath.Base(file)
	switch {
	case file == "":
		return "linker"
	case startFile.MatchString(base):
		return "crt"
	case strings.HasPrefix(base, "libgcc.a("), strings.HasPrefix(base, "libgcc_eh.a("):
		return "libgcc"
	case strings.HasPrefix(base, "libc.a("), strings.HasPrefix(base, "libc_nonshared.a("):
		return "libc"
	case strings.HasSuffix(base, ".c.o"), strings.HasSuffix(base, ".S.o"):
		return strings.TrimSuffix(base, ".o")
	}
	return unknown
}

// definers says which of several object files, or members of archives, define
// a name. readelf sees what is in a Rust library; nm would hand its members to
// a plug-in for bitcode.
func definers(pattern string) (map[string][]string, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	if len(files) < 2 {
		return nil, fmt.Errorf("%s: %d files, and readelf names its file only among several", pattern, len(files))
	}
	// readelf complains about a library's metadata, which is no object file,
	// and goes on.
	output, _ := exec.Command("readelf", append([]string{"-sW"}, files...)...).Output()
	list := map[string][]string{}
	file := ""
	for _, line := range strings.Split(string(output), "\n") {
		if name, found := strings.CutPrefix(line, "File: "); found {
			file = name
		} else if m := symbolLine.FindStringSubmatch(line); m != nil {
			list[m[5]] = append(list[m[5]], file)
		}
	}
	return list, nil
}

// A function is a subprogram of the debug information.
type function struct {
	namespace string // the outermost namespace: a crate's name
	source    string // the declaring source file, "" if there is none
	unit      string // the crate of its unit, as NAME@ID
}

// crateIDs knows crates by name and id, as codegen units and object files are
// called: NAME.ID-cgu.N. The id is written without leading zeros there.
type crateIDs map[string]map[string]string // name -> id -> source directory or ""

var codegenUnit = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_]*)\.([0-9a-f]{8,16})-cgu\.\d+`)

func unitCrate(text string) (name, id string) {
	m := codegenUnit.FindStringSubmatch(text)
	if m == nil {
		return "", ""
	}
	return m[1], strings.Repeat("0", 16-len(m[2])) + m[2]
}

func (ids crateIDs) note(text, source string) {
	name, id := unitCrate(text)
	if name == "" {
		return
	}
	if ids[name] == nil {
		ids[name] = map[string]string{}
	}
	if source != "" || ids[name][id] == "" {
		ids[name][id] = source
	}
}

// crateOf names the crate that an object file was compiled for, "" if it is
// not one of Rust.
func (ids crateIDs) crateOf(file string) string {
	if name, id := unitCrate(file); name != "" {
		return name + "@" + id
	}
	// compiler_builtins brings members compiled from C and assembly.
	base := filepath.Base(file)
	if strings.HasPrefix(base, "libcompiler_builtins-") {
		return ids.single("compiler_builtins")
	}
	return ""
}

// single names the one crate of a name, or says that it is not told.
func (ids crateIDs) single(name string) string {
	if len(ids[name]) == 1 {
		for id := range ids[name] {
			return name + "@" + id
		}
	}
	return unknown
}

// written names the crate of a function's namespace, told apart from others of
// its name by the directory of the function's source file. Where namespace and
// source disagree nothing is told.
func (ids crateIDs) written(f function) string {
	for _, c := range rustCrates {
		if !strings.HasPrefix(f.source, c.path+"/") {
			continue
		}
		if c.name != f.namespace {
			return unknown
		}
		for id, source := range ids[f.namespace] {
			if strings.HasPrefix(source, c.path+"/") {
				return f.namespace + "@" + id
			}
		}
	}
	return ids.single(f.namespace)
}

type functionKey struct {
	addr uint64
	name string
}

// readFunctions returns the functions of the debug information by address and
// linkage name (and by address and "" where there is no such name), and notes
// every unit's crate.
func readFunctions(linked *elf.File, ids crateIDs) (map[functionKey]function, error) {
	data, err := linked.DWARF()
	if err != nil {
		return nil, err
	}
	type die struct {
		namespace, source, linkage string
		origin                     dwarf.Offset
	}
	type placed struct {
		addr   uint64
		offset dwarf.Offset
		unit   string
	}
	dies := map[dwarf.Offset]die{}
	var code []placed
	var unit string
	var files []*dwarf.LineFile
	var namespaces []string // of the open entries
	r := data.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			return nil, err
		}
		if e == nil {
			break
		}
		if e.Tag == 0 {
			namespaces = namespaces[:len(namespaces)-1]
			continue
		}
		namespace := ""
		if len(namespaces) > 0 {
			namespace = namespaces[len(namespaces)-1]
		}
		switch e.Tag {
		case dwarf.TagCompileUnit:
			unit, files = "", nil
			path, _ := e.Val(dwarf.AttrName).(string)
			if name, id := unitCrate(path); name != "" {
				unit = name + "@" + id
				source := path
				if !strings.HasPrefix(path, "/") {
					directory, _ := e.Val(dwarf.AttrCompDir).(string)
					source = directory + "/" + path
				}
				ids.note(path, source)
			}
			if lines, err := data.LineReader(e); err == nil && lines != nil {
				files = lines.Files()
			}
		case dwarf.TagNamespace:
			if namespace == "" {
				namespace, _ = e.Val(dwarf.AttrName).(string)
			}
		case dwarf.TagSubprogram:
			d := die{namespace: namespace}
			d.linkage, _ = e.Val(dwarf.AttrLinkageName).(string)
			if i, ok := e.Val(dwarf.AttrDeclFile).(int64); ok && i >= 0 && i < int64(len(files)) && files[i] != nil {
				d.source = files[i].Name
			}
			for _, attr := range []dwarf.Attr{dwarf.AttrSpecification, dwarf.AttrAbstractOrigin} {
				if o, ok := e.Val(attr).(dwarf.Offset); ok {
					d.origin = o
				}
			}
			dies[e.Offset] = d
			if addr, ok := e.Val(dwarf.AttrLowpc).(uint64); ok && addr != 0 && unit != "" {
				code = append(code, placed{addr, e.Offset, unit})
			}
		}
		if e.Children {
			namespaces = append(namespaces, namespace)
		}
	}
	functions := map[functionKey]function{}
	for _, c := range code {
		d := dies[c.offset]
		// A definition completes its declaration or an abstract instance of
		// itself: three steps at most.
		for step := 0; step < 3 && d.origin != 0; step++ {
			o := dies[d.origin]
			if d.linkage == "" {
				d.linkage = o.linkage
			}
			if d.source == "" {
				d.source = o.source
			}
			if o.namespace != "" {
				d.namespace = o.namespace
			}
			d.origin = o.origin
		}
		functions[functionKey{c.addr, d.linkage}] = function{d.namespace, d.source, c.unit}
	}
	return functions, nil
}

// rustOwners takes the holder from the map and the writer from the debug
// information. With holders, the program is link-time optimized: its own object
// file holds the code of all crates.
func rustOwners(s symbol, p piece, functions map[functionKey]function, ids crateIDs, holders map[string][]string) (owners, error) {
	holder := ids.crateOf(p.file)
	if holder == "" {
		owner := nativeOwner(p.file)
		return owners{owner, owner}, nil
	}
	o := owners{unknown, holder}
	f, told := functions[functionKey{s.addr, s.name}]
	if !told {
		f, told = functions[functionKey{s.addr, ""}]
	}
	if told {
		o.defined = ids.written(f)
	}
	switch {
	case holders != nil && told:
		o.instantiated = f.unit
	case holders != nil && !strings.Contains(p.file, ".rlib("):
		o.instantiated = unknown
		if files := holders[s.name]; len(files) == 1 && ids.crateOf(files[0]) != "" {
			o.instantiated = ids.crateOf(files[0])
		}
	case told && f.unit != holder && strings.Contains(f.unit, "@"):
		return o, fmt.Errorf("%s: the map says %s, the debug information %s", s.name, holder, f.unit)
	}
	// core uses no other crate, and what compiler_builtins brings in C is not
	// generic.
	name, _, _ := strings.Cut(o.instantiated, "@")
	if unit, _ := unitCrate(p.file); o.defined == unknown && (name == "core" || unit == "") {
		o.defined = o.instantiated
	}
	return o, nil
}

// writeBad writes the inputs that are refused, or read in part, by design.
func writeBad(dir string) error {
	little, big := binary.ByteOrder(binary.LittleEndian), binary.ByteOrder(binary.BigEndian)
	files := map[string][]byte{
		"elf32-i386":       elfHeader(elf.ELFCLASS32, little, elf.ET_EXEC, elf.EM_386),
		"elf32-arm":        elfHeader(elf.ELFCLASS32, little, elf.ET_EXEC, elf.EM_ARM),
		"elf32-x32":        elfHeader(elf.ELFCLASS32, little, elf.ET_EXEC, elf.EM_X86_64),
		"elf64-s390x":      elfHeader(elf.ELFCLASS64, big, elf.ET_EXEC, elf.EM_S390),
		"elf64-aarch64_be": elfHeader(elf.ELFCLASS64, big, elf.ET_EXEC, elf.EM_AARCH64),
		"elf64-riscv64":    elfHeader(elf.ELFCLASS64, little, elf.ET_DYN, elf.EM_RISCV),
		"elf64-core":       elfHeader(elf.ELFCLASS64, little, elf.ET_CORE, elf.EM_X86_64),
		"elf64-truncated":  elfHeader(elf.ELFCLASS64, little, elf.ET_EXEC, elf.EM_X86_64)[:20],
		"relocatable.o":    relocatable(),
		"empty":            nil,
		"script.sh":        []byte("#!/bin/sh\necho not an ELF file\n"),
		// A 64-bit header for arm64, an executable with no load commands.
		"macho64": little32(0xfeedfacf, 0x0100000c, 0, 2, 0, 0, 0, 0),
		// One slice, for amd64: 32 bytes at offset 64, which hold such a header.
		"macho-fat": append(append(big32(0xcafebabe, 1, 0x01000007, 3, 64, 32, 3), make([]byte, 36)...),
			little32(0xfeedfacf, 0x01000007, 3, 2, 0, 0, 0, 0)...),
		"pe.exe": pe(),
		"wasm":   append([]byte("\x00asm"), 1, 0, 0, 0),
		"ar.a":   []byte("!<arch>\n" + fmt.Sprintf("%-16s%-12d%-6d%-6d%-8s%-10d`\n", "note.txt/", 0, 0, 0, "644", 6) + "hello\n"),
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := io.WriteString(z, "hello\n"); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	files["gzip.gz"] = packed.Bytes()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	entry, err := w.CreateHeader(&zip.FileHeader{Name: "note.txt", Method: zip.Store})
	if err != nil {
		return err
	}
	if _, err := io.WriteString(entry, "hello\n"); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	files["zip.zip"] = archive.Bytes()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// elfHeader makes an ELF header with nothing behind it.
func elfHeader(class elf.Class, order binary.ByteOrder, kind elf.Type, machine elf.Machine) []byte {
	data := elf.ELFDATA2LSB
	if order == binary.BigEndian {
		data = elf.ELFDATA2MSB
	}
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(class), byte(data), byte(elf.EV_CURRENT)}
	var b bytes.Buffer
	// Writing fixed-size values to a buffer cannot fail.
	if class == elf.ELFCLASS32 {
		binary.Write(&b, order, elf.Header32{Ident: ident, Type: uint16(kind), Machine: uint16(machine), Version: 1, Ehsize: 52, Phentsize: 32, Shentsize: 40})
	} else {
		binary.Write(&b, order, elf.Header64{Ident: ident, Type: uint16(kind), Machine: uint16(machine), Version: 1, Ehsize: 64, Phentsize: 56, Shentsize: 64})
	}
	return b.Bytes()
}

// relocatable makes an object file for amd64: one return instruction in .text.
func relocatable() []byte {
	const names = "\x00.text\x00.shstrtab\x00"
	order := binary.LittleEndian
	header := elfHeader(elf.ELFCLASS64, order, elf.ET_REL, elf.EM_X86_64)
	code := []byte{0xc3}
	textAt := uint64(len(header))
	namesAt := textAt + uint64(len(code))
	sectionsAt := (namesAt + uint64(len(names)) + 7) &^ 7
	order.PutUint16(header[52+2:], 0) // no program headers, so no entry size
	order.PutUint64(header[40:], sectionsAt)
	order.PutUint16(header[60:], 3)
	order.PutUint16(header[62:], 2)
	b := bytes.NewBuffer(header)
	b.Write(code)
	b.WriteString(names)
	b.Write(make([]byte, sectionsAt-uint64(b.Len())))
	// Writing fixed-size values to a buffer cannot fail.
	binary.Write(b, order, []elf.Section64{
		{},
		{Name: 1, Type: uint32(elf.SHT_PROGBITS), Flags: uint64(elf.SHF_ALLOC | elf.SHF_EXECINSTR), Off: textAt, Size: uint64(len(code)), Addralign: 1},
		{Name: 7, Type: uint32(elf.SHT_STRTAB), Off: namesAt, Size: uint64(len(names)), Addralign: 1},
	})
	return b.Bytes()
}

// pe makes the two headers that identify a Windows program for amd64.
func pe() []byte {
	b := make([]byte, 64, 96)
	copy(b, "MZ")
	binary.LittleEndian.PutUint32(b[60:], 64)
	b = append(b, "PE\x00\x00\x64\x86"...)
	return append(b, make([]byte, 18)...)
}

func little32(words ...uint32) []byte { return words32(binary.LittleEndian, words) }
func big32(words ...uint32) []byte    { return words32(binary.BigEndian, words) }

func words32(order binary.AppendByteOrder, words []uint32) []byte {
	var b []byte
	for _, w := range words {
		b = order.AppendUint32(b, w)
	}
	return b
}
