package lambda_test

import (
	"debug/elf"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
	"github.com/sizegate/sizegate/internal/lambda"
)

// TestLoadedDebug: what bootstrap loads is as bootstrap itself.
func TestLoadedDebug(t *testing.T) {
	w := newWorkshop(t)
	library := w.library("libfoo.so.1", nil, "-g")
	boot := file{name: "bootstrap", data: w.program("needsfoo", "libfoo.so.1", 1)}
	p := pack(t, boot, file{name: "lib/libfoo.so.1", data: library}, file{name: "numpy.libs/libgfortran.so", data: library})
	same(t, check(t, p, lambda.PresetZip, lambda.Options{}), "error debug-information lib/libfoo.so.1", "warn debug-information numpy.libs/libgfortran.so")
	same(t, check(t, p, lambda.PresetZip, lambda.Options{Runtime: "python3.13"}), "warn debug-information lib/libfoo.so.1", "warn debug-information numpy.libs/libgfortran.so")
}

// TestOtherGoPrograms: a Go program is a failure where Lambda starts it.
func TestOtherGoPrograms(t *testing.T) {
	data := goProgram(t, elfscan.ARM64)
	for _, tt := range []struct {
		name   string
		preset lambda.Preset
		want   string
	}{
		{"node_modules/@esbuild/linux-arm64/bin/esbuild", lambda.PresetZip, "warn"},
		{"extensions/agent", lambda.PresetZip, "warn"}, // Lambda looks in those of layers
		{"extensions/agent", lambda.PresetLayer, "error"},
		{"extensions/lib/tool", lambda.PresetLayer, "warn"},
		{"bin/tool", lambda.PresetLayer, "warn"},
	} {
		same(t, check(t, pack(t, file{name: tt.name, data: data}), tt.preset, lambda.Options{Runtime: "nodejs22.x"}), tt.want+" go-symbols "+tt.name)
	}
}

// TestExtensions: Lambda starts each file of a layer's extensions, scripts too.
func TestExtensions(t *testing.T) {
	program, script := bare(elfscan.ARM64, elf.ET_EXEC), []byte("#!/bin/sh\n")
	for _, tt := range []struct {
		file   file
		preset lambda.Preset
		want   string
	}{
		{file{name: "extensions/agent", data: program, mode: 0o755}, lambda.PresetLayer, ""},
		{file{name: "extensions/agent", data: program, mode: 0o644}, lambda.PresetLayer, "error not-executable extensions/agent"},
		{file{name: "extensions/agent", data: program, mode: 0o700}, lambda.PresetLayer, "warn not-executable extensions/agent"},
		{file{name: "extensions/agent", data: program, none: true}, lambda.PresetLayer, "error not-executable extensions/agent"},
		{file{name: "extensions/agent.sh", data: script, mode: 0o644}, lambda.PresetLayer, "error not-executable extensions/agent.sh"},
		{file{name: "extensions/lib/tool", data: program, mode: 0o644}, lambda.PresetLayer, ""},
		{file{name: "bin/tool", data: program, mode: 0o644}, lambda.PresetLayer, ""},
		{file{name: "extensions/agent", data: program, mode: 0o644}, lambda.PresetZip, ""}, // not a layer's
	} {
		got := check(t, pack(t, tt.file), tt.preset, lambda.Options{Runtime: "nodejs22.x"})
		if got != tt.want {
			t.Errorf("%s %o %s: got %q, want %q", tt.file.name, tt.file.mode, tt.preset, got, tt.want)
		}
	}
	for target, want := range map[string]string{"../agent": "error not-executable extensions/agent", "../bin/agent": "", "../none": "", "agent": ""} {
		p := pack(t, file{name: "agent", data: program, mode: 0o644}, file{name: "bin/agent", data: program}, link("extensions/agent", target))
		if got := check(t, p, lambda.PresetLayer, lambda.Options{Runtime: "nodejs22.x"}); got != want {
			t.Errorf("a link to %s: got %q, want %q", target, got, want)
		}
	}
}

// withDebug is an ELF file with 10 bytes of debug information.
func withDebug(kind elf.Type, comment string) []byte {
	f := elftest.Program(0x1000, []byte{0xc3, 0, 0, 0})
	f.Type, f.Machine = kind, elf.EM_X86_64
	f.Sections = append(f.Sections, elftest.Section{Name: ".debug_info", Type: elf.SHT_PROGBITS, Data: make([]byte, 10)},
		elftest.Section{Name: ".comment", Type: elf.SHT_PROGBITS, Data: []byte(comment + "\x00")})
	return f.Bytes()
}

// TestHints: what is to be done depends on who builds the file, and with what.
func TestHints(t *testing.T) {
	const rust, gcc = "rustc version 1.95.0 (59807616e 2026-04-14)", "GCC: (Debian 14.2.0-19) 14.2.0"
	start := text("bootstrap", "#!/bin/sh\n")
	for _, tt := range []struct {
		name  string
		files []file
		o     lambda.Options
		want  string
	}{
		{"bootstrap in Rust", []file{{name: "bootstrap", data: withDebug(elf.ET_EXEC, rust)}}, lambda.Options{},
			`10 bytes of debug information (set strip = "debuginfo" in the Cargo profile)`},
		{"bootstrap in C", []file{{name: "bootstrap", data: withDebug(elf.ET_EXEC, gcc)}}, lambda.Options{},
			`10 bytes of debug information (strip --strip-debug FILE before it is packed)`},
		{"a library in Rust", []file{start, {name: "lib/a.so", data: withDebug(elf.ET_DYN, rust)}}, lambda.Options{},
			`10 bytes of debug information (if you build it, set strip = "debuginfo" in the Cargo profile; else its publisher built it so: strip --strip-debug FILE before it is packed)`},
		{"a library in C", []file{start, {name: "lib/a.so", data: withDebug(elf.ET_DYN, gcc)}}, lambda.Options{},
			`10 bytes of debug information (as its publisher built it: strip --strip-debug FILE before it is packed, or leave it so)`},
		{"a source map", []file{start, text("a.js.map", strings.Repeat("x", 1234567))}, lambda.Options{},
			`1,234,567 bytes that only a debugger reads (leave it out)`},
		{"node", []file{text("index.mjs", ""), text("a.py", ""), text("node_modules/a/index.js", "")}, lambda.Options{},
			`not at the root of the package; provided.al2023 starts nothing else (name the program bootstrap and pack it without a folder, or name what it runs on: runtime: nodejs22.x)`},
		{"python", []file{text("app.py", ""), text("numpy/a.py", ""), text("x.js", "")}, lambda.Options{},
			`not at the root of the package; provided.al2023 starts nothing else (name the program bootstrap and pack it without a folder, or name what it runs on: runtime: python3.13)`},
		{"a runtime is named", []file{text("app.py", "")}, lambda.Options{Runtime: "provided.al2"},
			`not at the root of the package; provided.al2 starts nothing else (name the program bootstrap and pack it without a folder)`},
		{"in a folder", []file{text("app.py", ""), text("dist/bootstrap", "#!/bin/sh\n")}, lambda.Options{},
			`not at the root of the package, only dist/bootstrap; provided.al2023 starts nothing else (name the program bootstrap and pack it without a folder)`},
		{"all for another architecture", []file{{name: "a.so", data: bare(elfscan.ARM64, elf.ET_DYN)}}, lambda.Options{Runtime: "python3.13", Arch: elfscan.AMD64},
			`built for arm64, and the function is amd64, for which the package has no ELF file at all (build the package for amd64, or correct the function's architecture)`},
	} {
		list, err := lambda.Check(t.Context(), pack(t, tt.files...), lambda.PresetZip, tt.o)
		if err != nil || len(list) != 1 {
			t.Errorf("%s: %+v, %v", tt.name, list, err)
			continue
		}
		f := list[0]
		if f.Message != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, f.Message, tt.want)
		}
		if number, about, bytes := strings.Cut(f.Message, " bytes "); bytes && f.About != about || !bytes && f.About != "" {
			t.Errorf("%s: %q about %q", number, f.Message, f.About)
		}
	}
}

func TestGoPrograms(t *testing.T) {
	for _, arch := range []elfscan.Arch{elfscan.AMD64, elfscan.ARM64} {
		for _, tt := range []struct {
			flags string
			want  []string
		}{
			{"-ldflags=", []string{"error go-symbols bootstrap"}},
			{"-ldflags=-w", []string{"error go-symbols bootstrap"}},
			{"-ldflags=-s -w", nil},
		} {
			p := pack(t, file{name: "bootstrap", data: goProgram(t, arch, tt.flags)})
			same(t, check(t, p, lambda.PresetZip, lambda.Options{Arch: arch}), tt.want...)
		}
	}
}

// TestDropped: readelf says of how many bytes a finding is.
func TestDropped(t *testing.T) {
	readelf := tool(t, "readelf", "binutils")
	w := newWorkshop(t)
	for _, tt := range []struct {
		name    string
		data    []byte
		dropped string // names of sections
	}{
		{"c", w.compile("debug", "int main(void) { return 0; }", "-g", "-static"), `\.debug_\S+`},
		{"compressed", w.compile("compressed", "int main(void) { return 0; }", "-g", "-static", "-Wl,--compress-debug-sections=zlib"), `\.debug_\S+`},
		{"go", goProgram(t, elfscan.ARM64), `\.z?debug_\S+|\.symtab|\.strtab`},
	} {
		list, err := lambda.Check(t.Context(), pack(t, file{name: "bootstrap", data: tt.data}), lambda.PresetZip, lambda.Options{})
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %v, %v", tt.name, list, err)
		}
		path := filepath.Join(w.dir, tt.name)
		if err := os.WriteFile(path, tt.data, 0o755); err != nil {
			t.Fatal(err)
		}
		// Name, type, address, offset, size.
		want := uint64(0)
		for _, m := range regexp.MustCompile(`\] (?:`+tt.dropped+`) +\S+ +\S+ +\S+ +([0-9a-f]+) `).FindAllStringSubmatch(run(t, w.dir, nil, readelf, "-SW", path), -1) {
			size, err := strconv.ParseUint(m[1], 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			want += size
		}
		if want == 0 || list[0].Value != want {
			t.Errorf("%s: %d bytes, readelf says %d", tt.name, list[0].Value, want)
		}
	}
}
