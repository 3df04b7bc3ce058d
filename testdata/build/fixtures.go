package main

import (
	"fmt"
	"strings"
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
		noDebug := shell(strip[arch] + " --strip-debug --keep-file-symbols -o final linked")
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
