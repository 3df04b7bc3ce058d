package lambda_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
	"github.com/sizegate/sizegate/internal/lambda"
)

// check returns the findings, a line each: severity, code, subject.
func check(t *testing.T, p *bundle.Package, preset lambda.Preset, o lambda.Options) string {
	t.Helper()
	list, err := lambda.Check(t.Context(), p, preset, o)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range list {
		if f.Message == "" || strings.ContainsAny(f.Message, "\n\r\x1b") || !strings.HasSuffix(f.Message, ")") && f.Code != lambda.Unreadable && f.Code != lambda.NotAProgram {
			t.Errorf("the message of %s says not what to do in one line: %q", f.Code, f.Message)
		}
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Subject)))
	}
	return lines(all...)
}

func same(t *testing.T, got string, want ...string) {
	t.Helper()
	if got != lines(want...) {
		t.Errorf("got\n%s\nwant\n%s", got, lines(want...))
	}
}

func TestBootstrap(t *testing.T) {
	program := bare(elfscan.ARM64, elf.ET_EXEC)
	plain := file{name: "bootstrap", data: program}
	for _, tt := range []struct {
		name   string
		files  []file
		preset lambda.Preset // default PresetZip
		o      lambda.Options
		want   []string
	}{
		{name: "a static program", files: []file{plain}},
		{name: "for the declared architecture", files: []file{plain}, o: lambda.Options{Arch: elfscan.ARM64}},
		{name: "for another", files: []file{plain}, o: lambda.Options{Arch: elfscan.AMD64}, want: []string{"error wrong-architecture bootstrap"}},
		{name: "empty package", want: []string{"error bootstrap-missing bootstrap"}},
		{name: "in a folder", files: []file{{name: "dist/bootstrap", data: program}}, want: []string{"error bootstrap-missing bootstrap"}},
		{name: "not needed by nodejs", files: []file{text("index.mjs", "export {}")}, o: lambda.Options{Runtime: "nodejs22.x"}},
		{name: "not needed by a layer", files: []file{text("python/a.py", "pass")}, preset: lambda.PresetLayer},
		{name: "a layer's", files: []file{{name: "bootstrap", data: program, mode: 0o644}}, preset: lambda.PresetLayer, want: []string{"error not-executable bootstrap"}},
		{name: "a runtime of tomorrow", o: lambda.Options{Runtime: "zig1.x"}, want: []string{"warn unknown-runtime"}},
		{name: "a directory", files: []file{{name: "bootstrap/"}}, want: []string{"error bootstrap-not-a-file bootstrap"}},
		{name: "a link to the program", files: []file{link("bootstrap", "bin/app"), {name: "bin/app", data: program}}, want: []string{"warn bootstrap-not-a-file bootstrap"}},
		{name: "a link by the absolute path", files: []file{link("bootstrap", "/var/task/bin/app"), {name: "bin/app", data: program}}, want: []string{"warn bootstrap-not-a-file bootstrap"}},
		{name: "a link through a link", files: []file{link("bootstrap", "b/app"), link("b", "bin"), {name: "bin/app", data: program}}, want: []string{"warn bootstrap-not-a-file bootstrap"}},
		{name: "a link to nothing", files: []file{link("bootstrap", "bin/app")}, want: []string{"error bootstrap-not-a-file bootstrap"}},
		{name: "a link out of the package", files: []file{link("bootstrap", "../../bin/sh")}, want: []string{"error bootstrap-not-a-file bootstrap"}},
		{name: "a link to the system", files: []file{link("bootstrap", "/bin/sh")}, want: []string{"error bootstrap-not-a-file bootstrap"}},
		{name: "a link to itself", files: []file{link("bootstrap", "bootstrap")}, want: []string{"error bootstrap-not-a-file bootstrap"}},
		{name: "a link that grows", files: []file{link("bootstrap", "bootstrap/"+strings.Repeat("x/", 120))}, want: []string{"error bootstrap-not-a-file bootstrap"}},
		{name: "not executable", files: []file{{name: "bootstrap", data: program, mode: 0o644}}, want: []string{"error not-executable bootstrap"}},
		{name: "only for its owner", files: []file{{name: "bootstrap", data: program, mode: 0o700}}, want: []string{"warn not-executable bootstrap"}},
		{name: "packed on Windows", files: []file{{name: "bootstrap", data: program, none: true}}, want: []string{"error not-executable bootstrap"}},
		{name: "a script", files: []file{text("bootstrap", "#!/bin/sh\nexit 0\n")}},
		{name: "a script for bash", files: []file{text("bootstrap", "#! /usr/bin/bash -e\n")}},
		{name: "a script for env", files: []file{text("bootstrap", "#!/usr/bin/env bash\n")}},
		{name: "a script for env with flags", files: []file{text("bootstrap", "#!/usr/bin/env -S bash -e\n")}},
		{name: "a script for node", files: []file{text("bootstrap", "#!/usr/bin/node\n")}, want: []string{"error interpreter-missing bootstrap"}},
		{name: "a script for node in PATH", files: []file{text("bootstrap", "#!/usr/bin/env node\n")}, want: []string{"error interpreter-missing bootstrap"}},
		{name: "a script for node in PATH with flags", files: []file{text("bootstrap", "#!/usr/bin/env -S node --harmony\n")}, want: []string{"error interpreter-missing bootstrap"}},
		{name: "node beside the script is not in PATH", files: []file{text("bootstrap", "#!/usr/bin/env node\n"), {name: "bin/node", data: program}}, want: []string{"error interpreter-missing bootstrap"}},
		{name: "node in a layer's PATH", files: []file{text("bootstrap", "#!/usr/bin/env node\n"), {name: "bin/node", data: program}}, preset: lambda.PresetLayer, o: lambda.Options{Runtime: "provided.al2"}},
		{name: "a script for python", files: []file{text("bootstrap", "#!/usr/bin/python3\n")}, want: []string{"error interpreter-missing bootstrap"}},
		{name: "a script for python on Amazon Linux 2", files: []file{text("bootstrap", "#!/usr/bin/python3\n")}, o: lambda.Options{Runtime: "provided.al2"},
			want: []string{"warn interpreter-missing bootstrap"}},
		{name: "a script for what may be there", files: []file{text("bootstrap", "#!/usr/bin/awk -f\n")}, want: []string{"warn interpreter-missing bootstrap"}},
		{name: "a shell that is elsewhere", files: []file{text("bootstrap", "#!/usr/local/bin/bash\n")}, want: []string{"warn interpreter-missing bootstrap"}},
		{name: "a script for its own program", files: []file{text("bootstrap", "#!/var/task/bin/run -x\n"), {name: "bin/run", data: program}}},
		{name: "a script for a program in its folder", files: []file{text("bootstrap", "#!bin/run\n"), {name: "bin/run", data: program}}},
		{name: "a script for its own program that is not there", files: []file{text("bootstrap", "#!/var/task/bin/run\n")}, want: []string{"error interpreter-missing bootstrap"}},
		{name: "a script for its own program that cannot start", files: []file{text("bootstrap", "#!/var/task/bin/run\n"), {name: "bin/run", data: program, mode: 0o644}},
			want: []string{"error not-executable bin/run"}},
		{name: "a script for a program of another architecture", files: []file{text("bootstrap", "#!/var/task/bin/run\n"), {name: "bin/run", data: program}}, o: lambda.Options{Arch: elfscan.AMD64},
			want: []string{"error wrong-architecture bin/run"}},
		{name: "a script for a program of a layer", files: []file{text("bootstrap", "#!/opt/bin/run\n")}, want: []string{"warn interpreter-missing bootstrap"}},
		{name: "a script for nothing", files: []file{text("bootstrap", "#! \n")}, want: []string{"error not-a-program bootstrap"}},
		{name: "a script for env from Windows", files: []file{text("bootstrap", "#!/usr/bin/env bash\r\n")}, want: []string{"error not-a-program bootstrap"}},
		{name: "a script from Windows", files: []file{text("bootstrap", "#!/bin/sh\r\nexit 0\r\n")}, want: []string{"error not-a-program bootstrap"}},
		{name: "text", files: []file{text("bootstrap", "exit 0\n")}, want: []string{"error not-a-program bootstrap"}},
		{name: "nothing", files: []file{text("bootstrap", "")}, want: []string{"error not-a-program bootstrap"}},
		{name: "a shared library", files: []file{{name: "bootstrap", data: bare(elfscan.AMD64, elf.ET_DYN)}}, want: []string{"error not-a-program bootstrap"}},
		{name: "an object file", files: []file{{name: "bootstrap", data: bare(elfscan.AMD64, elf.ET_REL)}}, want: []string{"error not-a-program bootstrap"}},
		{name: "for riscv64", files: []file{{name: "bootstrap", data: elftest.File{Machine: elf.EM_RISCV}.Bytes()}}, want: []string{"error not-a-program bootstrap"}},
		{name: "cut off", files: []file{{name: "bootstrap", data: program[:100]}}, want: []string{"error not-a-program bootstrap"}},
		{name: "the last of two", files: []file{text("bootstrap", "x"), plain}},
		{name: "another program for another architecture", files: []file{plain, {name: "bin/tool", data: bare(elfscan.AMD64, elf.ET_EXEC)}}, want: []string{"warn wrong-architecture bin/tool"}},
		{name: "all for another architecture", files: []file{text("a.py", ""), {name: "lib/a.so", data: bare(elfscan.ARM64, elf.ET_DYN)}, {name: "lib/b.so", data: bare(elfscan.ARM64, elf.ET_DYN)}},
			preset: lambda.PresetLayer, o: lambda.Options{Arch: elfscan.AMD64}, want: []string{"error wrong-architecture lib/a.so", "error wrong-architecture lib/b.so"}},
		{name: "some for another architecture", files: []file{{name: "lib/a.so", data: bare(elfscan.ARM64, elf.ET_DYN)}, {name: "lib/b.so", data: bare(elfscan.AMD64, elf.ET_DYN)}},
			preset: lambda.PresetLayer, o: lambda.Options{Arch: elfscan.AMD64}, want: []string{"warn wrong-architecture lib/a.so"}},
		{name: "only debug files for the architecture", files: []file{{name: "lib/a.so", data: bare(elfscan.ARM64, elf.ET_DYN)}, {name: "lib/a.so.debug", data: bare(elfscan.AMD64, elf.ET_DYN)}},
			preset: lambda.PresetLayer, o: lambda.Options{Arch: elfscan.AMD64}, want: []string{"error wrong-architecture lib/a.so", "warn debug-file lib/a.so.debug"}},
		{name: "bootstrap and all else", files: []file{plain, {name: "bin/tool", data: program}}, o: lambda.Options{Arch: elfscan.AMD64},
			want: []string{"error wrong-architecture bootstrap", "error wrong-architecture bin/tool"}},
		{name: "a layer of no declared architecture", files: []file{{name: "lib/a.so", data: bare(elfscan.ARM64, elf.ET_DYN)}}, preset: lambda.PresetLayer},
		{name: "a damaged library", files: []file{plain, text("lib/x.so", "\x7fELF")}, want: []string{"warn unreadable lib/x.so"}},
		{name: "a source map", files: []file{plain, text("a.js.map", "{}")}, want: []string{"warn debug-file a.js.map"}},
		{name: "failures come first", files: []file{text("a.js.map", "{}"), text("bootstrap", "x")}, want: []string{"error not-a-program bootstrap", "warn debug-file a.js.map"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.preset == "" {
				tt.preset = lambda.PresetZip
			}
			same(t, check(t, pack(t, tt.files...), tt.preset, tt.o), tt.want...)
		})
	}
}

// TestVersions: programs that need chosen versions of libraries that the test
// makes.
func TestVersions(t *testing.T) {
	w := newWorkshop(t)
	for i, tt := range []struct {
		library  string
		versions []string
		runtime  string
		want     []string
	}{
		{"libc.so.6", []string{"GLIBC_2.34"}, "provided.al2023", nil},
		{"libc.so.6", []string{"GLIBC_2.4", "GLIBC_2.2.5"}, "provided.al2023", nil},
		{"libc.so.6", []string{"GLIBC_2.35"}, "provided.al2023", []string{"error glibc-too-new bootstrap"}},
		{"libc.so.6", []string{"GLIBC_2.17", "GLIBC_2.34.1", "GLIBC_2.5"}, "provided.al2023", []string{"error glibc-too-new bootstrap"}},
		{"libc.so.6", []string{"GLIBC_3.0"}, "provided.al2023", []string{"error glibc-too-new bootstrap"}},
		{"libm.so.6", []string{"GLIBC_2.38"}, "", []string{"error glibc-too-new bootstrap"}},
		{"libc.so.6", []string{"GLIBC_PRIVATE", "GLIBC_X.Y"}, "provided.al2023", nil},
		{"libc.so.6", []string{"GLIBC_2.26"}, "provided.al2", nil},
		{"libc.so.6", []string{"GLIBC_2.27"}, "provided.al2", []string{"error glibc-too-new bootstrap"}},
		{"libc.so.6", []string{"GLIBC_ABI_DT_RELR"}, "provided.al2023", []string{"error glibc-too-new bootstrap"}},
		{"libstdc++.so.6", []string{"GLIBCXX_3.4.33", "CXXABI_1.3.15"}, "provided.al2023", nil},
		{"libstdc++.so.6", []string{"GLIBCXX_3.4.34"}, "provided.al2023", []string{"warn libstdc++-too-new bootstrap"}},
		{"libstdc++.so.6", []string{"CXXABI_1.3.16"}, "provided.al2023", []string{"warn libstdc++-too-new bootstrap"}},
		{"libstdc++.so.6", []string{"GLIBCXX_3.4.25"}, "provided.al2", []string{"warn libstdc++-too-new bootstrap"}},
		// A managed runtime does not start bootstrap: it may, or may not, load the file.
		{"libc.so.6", []string{"GLIBC_2.35"}, "python3.13", []string{"warn glibc-too-new bootstrap"}},
		{"libc.so.6", []string{"GLIBC_2.35"}, "zig1.x", []string{"warn unknown-runtime"}},
	} {
		t.Run(fmt.Sprint(tt.versions, tt.runtime), func(t *testing.T) {
			w.library(tt.library, tt.versions)
			program := w.program("versions"+strconv.Itoa(i), tt.library, len(tt.versions))
			same(t, check(t, pack(t, file{name: "bootstrap", data: program}), lambda.PresetZip, lambda.Options{Runtime: tt.runtime}), tt.want...)
		})
	}
}

func TestLibraries(t *testing.T) {
	w := newWorkshop(t)
	w.library("libc.so.6", []string{"GLIBC_2.40"})
	cxx := w.library("libstdc++.so.6", []string{"GLIBCXX_3.4.50"})
	foo := w.library("libfoo.so.1", nil)
	old := w.library("libold.so.1", nil, "-Wl,--no-as-needed", "-L"+w.dir, "-l:libfoo.so.1")
	newer := w.compile("libnewer.so.1", "int f0(void); int g(void) { return f0(); }", "-shared", "-fPIC", "-nostdlib", "-L"+w.dir, "-l:libc.so.6", "-Wl,-soname,libnewer.so.1")
	program := w.program("needsfoo", "libfoo.so.1", 1)
	arch := archOf(t, program)
	boot := file{name: "bootstrap", data: program}
	chain := file{name: "bootstrap", data: w.program("needsold", "libold.so.1", 1)}
	needsNewer := file{name: "bootstrap", data: w.compile("needsnewer", "int g(void); void _start(void) { g(); }", "-nostdlib", "-fPIE", "-pie", "-L"+w.dir, "-l:libnewer.so.1", "-Wl,--allow-shlib-undefined")}
	runPath := file{name: "bootstrap", data: w.program("runpath", "libfoo.so.1", 1, "-Wl,--enable-new-dtags,-rpath,$ORIGIN/other")}
	absolute := file{name: "bootstrap", data: w.program("absolute", "libfoo.so.1", 1, "-Wl,--disable-new-dtags,-rpath,/nowhere:/var/task/other")}
	w.library("path.so", nil, "-Wl,-soname,/var/task/other/libfoo.so.1")
	byPath := file{name: "bootstrap", data: w.program("bypath", "path.so", 1)}
	ownCxx := func(flags ...string) file {
		return file{name: "bootstrap", data: w.program("cxx"+strconv.Itoa(len(flags)), "libstdc++.so.6", 1, flags...)}
	}
	lib := func(name string) file { return file{name: name, data: foo} }
	foreign := bare(otherThan(arch), elf.ET_DYN)
	missing := "error library-missing bootstrap"
	for _, tt := range []struct {
		name  string
		files []file
		want  []string
	}{
		{"nowhere", []file{boot}, []string{missing}},
		{"in lib", []file{boot, lib("lib/libfoo.so.1")}, nil},
		{"at the root", []file{boot, lib("libfoo.so.1")}, nil},
		{"elsewhere", []file{boot, lib("other/libfoo.so.1")}, []string{missing}},
		{"by DT_RUNPATH", []file{runPath, lib("other/libfoo.so.1")}, nil},
		{"by DT_RPATH", []file{absolute, lib("other/libfoo.so.1")}, nil},
		{"by a link", []file{boot, link("lib/libfoo.so.1", "libfoo.so.1.2.3"), lib("lib/libfoo.so.1.2.3")}, nil},
		{"by a link to a folder", []file{boot, link("lib", "lib64"), lib("lib64/libfoo.so.1")}, nil},
		{"by a broken link", []file{boot, link("lib/libfoo.so.1", "libfoo.so.9")}, []string{missing}},
		{"for another architecture", []file{boot, {name: "lib/libfoo.so.1", data: foreign}}, []string{missing, "warn wrong-architecture lib/libfoo.so.1"}},
		{"behind one for another architecture", []file{boot, {name: "libfoo.so.1", data: foreign}, lib("lib/libfoo.so.1")}, []string{"warn wrong-architecture libfoo.so.1"}},
		{"by its path", []file{byPath, lib("other/libfoo.so.1")}, nil},
		{"by the path in the runtime", []file{{name: "bootstrap", data: bytes.ReplaceAll(byPath.data, []byte("/var/task/other/libfoo.so.1"), []byte("/usr/lib64/libz.so.1\x00\x00\x00\x00\x00\x00\x00"))}}, nil},
		{"by a path that is not there", []file{byPath}, []string{missing}},
		{"not a library", []file{boot, text("lib/libfoo.so.1", "libfoo.so.1.2.3")}, []string{missing}},
		{"a library's library", []file{chain, {name: "lib/libold.so.1", data: old}}, []string{"error library-missing lib/libold.so.1"}},
		{"both are there", []file{chain, {name: "lib/libold.so.1", data: old}, lib("lib/libfoo.so.1")}, nil},
		{"a library is too new", []file{needsNewer, {name: "lib/libnewer.so.1", data: newer}}, []string{"error glibc-too-new lib/libnewer.so.1"}},
		{"one that may not be loaded is", []file{boot, lib("lib/libfoo.so.1"), {name: "lib/libnewer.so.1", data: newer}}, []string{"warn glibc-too-new lib/libnewer.so.1"}},
		{"a script brings its own libc", []file{text("bootstrap", "#!/bin/sh\n"), {name: "lib/libnewer.so.1", data: newer}, {name: "lib/libc.so.6", data: foo}}, nil},
		{"the runtime's comes before lib", []file{ownCxx(), {name: "lib/libstdc++.so.6", data: cxx}}, []string{"warn libstdc++-too-new bootstrap"}},
		{"DT_RPATH comes before the runtime's", []file{ownCxx("-Wl,--disable-new-dtags,-rpath,${ORIGIN}/lib"), {name: "lib/libstdc++.so.6", data: cxx}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			same(t, check(t, pack(t, tt.files...), lambda.PresetZip, lambda.Options{Arch: arch}), tt.want...)
		})
	}
}

// TestLayer: a layer is unpacked to another root.
func TestLayer(t *testing.T) {
	w := newWorkshop(t)
	foo := w.library("libfoo.so.1", nil)
	boot := file{name: "bootstrap", data: w.program("needsfoo", "libfoo.so.1", 1)}
	loader := file{name: "bootstrap", data: w.compile("loader", "void _start(void) { for (;;); }", "-nostdlib", "-fPIE", "-pie", "-Wl,--dynamic-linker=/opt/ld.so")}
	for _, tt := range []struct {
		name  string
		files []file
		want  []string
	}{
		{"in lib", []file{boot, {name: "lib/libfoo.so.1", data: foo}}, nil},
		{"at the root", []file{boot, {name: "libfoo.so.1", data: foo}}, []string{"error library-missing bootstrap"}},
		{"by a link", []file{boot, link("lib/libfoo.so.1", "/opt/x"), {name: "x", data: foo}}, nil},
		{"by a link into the function", []file{boot, link("lib/libfoo.so.1", "/var/task/x"), {name: "x", data: foo}}, []string{"error library-missing bootstrap"}},
		{"its own loader", []file{loader, {name: "ld.so", data: foo}}, nil},
		{"without the loader", []file{loader}, []string{"error interpreter-missing bootstrap"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			same(t, check(t, pack(t, tt.files...), lambda.PresetLayer, lambda.Options{}), tt.want...)
		})
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := pack(t, file{name: "bootstrap", data: bare(elfscan.AMD64, elf.ET_EXEC)})
	if _, err := lambda.Check(ctx, p, lambda.PresetZip, lambda.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

// TestRealPrograms: what the compilers of this machine make.
func TestRealPrograms(t *testing.T) {
	w := newWorkshop(t)
	readelf := tool(t, "readelf", "binutils")
	const source = "#include <stdio.h>\nint main(void) { return puts(\"hello\") < 0; }\n"
	dynamic := w.compile("dynamic", source)
	arch := archOf(t, dynamic)
	// What readelf says of the C library decides what is expected.
	var tooNew []string
	for _, m := range regexp.MustCompile(`GLIBC_2\.(\d+)`).FindAllStringSubmatch(run(t, w.dir, nil, readelf, "-VW", "dynamic"), -1) {
		if minor, _ := strconv.Atoi(m[1]); minor > 34 {
			tooNew = []string{"error glibc-too-new bootstrap"}
		}
	}
	musl := []string{"error interpreter-missing bootstrap"}
	interp := func(path string) []byte {
		return w.compile("interp", "void _start(void) { for (;;); }", "-nostdlib", "-fPIE", "-pie", "-Wl,--dynamic-linker="+path)
	}
	debug := w.compile("debug", source, "-g", "-static")
	stripped := w.compile("stripped", source, "-g", "-static", "-s")
	shared := w.compile("shared", "int f(void) { return 1; }", "-shared", "-fPIC", "-s")
	for _, tt := range []struct {
		name  string
		files []file
		want  []string
	}{
		{"dynamic", []file{{name: "bootstrap", data: dynamic}}, tooNew},
		{"static", []file{{name: "bootstrap", data: stripped}}, nil},
		{"static at any address", []file{{name: "bootstrap", data: w.compile("staticpie", source, "-static-pie", "-s")}}, nil},
		{"debug information", []file{{name: "bootstrap", data: debug}}, []string{"error debug-information bootstrap"}},
		{"debug information of another program", []file{text("bootstrap", "#!/bin/sh\n"), {name: "bin/tool", data: debug}}, []string{"warn debug-information bin/tool"}},
		{"a library", []file{{name: "bootstrap", data: shared}}, []string{"error not-a-program bootstrap"}},
		{"musl", []file{{name: "bootstrap", data: interp("/lib/ld-musl-x86_64.so.1")}}, musl},
		{"nix", []file{{name: "bootstrap", data: interp("/nix/store/x/lib/ld-linux-x86-64.so.2")}}, musl},
		{"a loader of its own", []file{{name: "bootstrap", data: interp("/var/task/lib/ld.so")}, {name: "lib/ld.so", data: stripped}}, nil},
		{"a loader that is not there", []file{{name: "bootstrap", data: interp("/var/task/lib/ld.so")}}, musl},
		{"a loader in a layer", []file{{name: "bootstrap", data: interp("/opt/lib/ld.so")}}, []string{"warn interpreter-missing bootstrap"}},
		{"another program with musl", []file{text("bootstrap", "#!/bin/sh\n"), {name: "bin/tool", data: interp("/lib/ld-musl-x86_64.so.1")}}, []string{"warn interpreter-missing bin/tool"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			same(t, check(t, pack(t, tt.files...), lambda.PresetZip, lambda.Options{Arch: arch}), tt.want...)
		})
	}
	if arch == elfscan.AMD64 {
		for level, want := range map[int][]string{3: nil, 4: {"warn instruction-set bootstrap"}} {
			data := w.compile("level", source, "-static", "-s", fmt.Sprintf("-Wl,-z,x86-64-v%d", level))
			same(t, check(t, pack(t, file{name: "bootstrap", data: data}), lambda.PresetZip, lambda.Options{}), want...)
		}
	}
}

// TestWeakVersion: the loader starts a program without a weak version.
func TestWeakVersion(t *testing.T) {
	readelf := tool(t, "readelf", "binutils")
	w := newWorkshop(t)
	w.library("libc.so.6", []string{"GLIBC_2.40"})
	data := w.compile("weak", "__attribute__((weak)) int f0(void); void _start(void) { if (f0) f0(); for (;;); }",
		"-nostdlib", "-fPIE", "-pie", "-Wl,--no-as-needed", "-L"+w.dir, "-l:libc.so.6")
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	// Newer linkers set the flag by themselves. The one version that is needed comes
	// behind the one file; its flags are behind its hash.
	needed := data[f.Section(".gnu.version_r").Offset:]
	binary.LittleEndian.PutUint16(needed[binary.LittleEndian.Uint32(needed[8:])+4:], 2)
	if err := os.WriteFile(filepath.Join(w.dir, "weak"), data, 0o755); err != nil {
		t.Fatal(err)
	}
	if says := run(t, w.dir, nil, readelf, "-VW", "weak"); !strings.Contains(says, "GLIBC_2.40  Flags: WEAK") {
		t.Fatalf("the version is not weak:\n%s", says)
	}
	same(t, check(t, pack(t, file{name: "bootstrap", data: data}), lambda.PresetZip, lambda.Options{}))
}

func TestARM64(t *testing.T) {
	cc := tool(t, "aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu")
	w := newWorkshop(t)
	w.cc = cc
	boot := file{name: "bootstrap", data: w.compile("arm64", "int main(void) { return 0; }")}
	same(t, check(t, pack(t, boot), lambda.PresetZip, lambda.Options{Arch: elfscan.ARM64}))
	same(t, check(t, pack(t, boot), lambda.PresetZip, lambda.Options{Arch: elfscan.AMD64}), "error wrong-architecture bootstrap")
	w.library("libc.so.6", []string{"GLIBC_2.39"})
	newer := file{name: "bootstrap", data: w.program("newer", "libc.so.6", 1)}
	same(t, check(t, pack(t, newer), lambda.PresetZip, lambda.Options{Arch: elfscan.ARM64}), "error glibc-too-new bootstrap")
	loader := file{name: "bootstrap", data: w.program("loader", "libc.so.6", 1, "-Wl,--dynamic-linker=/lib64/ld-linux-x86-64.so.2")}
	same(t, check(t, pack(t, loader), lambda.PresetZip, lambda.Options{}), "error interpreter-missing bootstrap")
}

// TestUnseen: what cannot be read is a warning, not a failure.
func TestUnseen(t *testing.T) {
	for _, kind := range []elf.Type{elf.ET_EXEC, elf.ET_DYN} {
		packed := elftest.File{Type: kind, NoSectionHeaders: true, Sections: []elftest.Section{{Data: []byte("....UPX!........")}},
			Segments: []elftest.Segment{{Filesz: 64, Memsz: 64}}}
		same(t, check(t, pack(t, file{name: "bootstrap", data: packed.Bytes()}), lambda.PresetZip, lambda.Options{}), "warn packed bootstrap")
	}

	var out bytes.Buffer
	z := zip.NewWriter(&out)
	h := &zip.FileHeader{Name: "bootstrap", Method: 93, CompressedSize64: 4, UncompressedSize64: 9} // zstd
	h.SetMode(0o755)
	f, err := z.CreateRaw(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("1234")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, check(t, open(t, out.Bytes()), lambda.PresetZip, lambda.Options{}), "warn unreadable bootstrap")
}

func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		name      string
		preset    lambda.Preset
		size      uint64 // of the archive
		unzipped  uint64
		want      []string
		zipFormat bundle.Format
	}{
		{name: "small", size: 1, unzipped: 1},
		{name: "zip not yet near", size: 47_185_920},
		{name: "zip near", size: 47_185_921, want: []string{"warn near-limit"}},
		{name: "zip at the limit", size: 52_428_800, want: []string{"warn near-limit"}},
		{name: "zip over", size: 52_428_801, want: []string{"warn over-limit"}},
		{name: "a directory has no zip", size: 52_428_801, zipFormat: bundle.FormatDirectory},
		{name: "unzipped not yet near", unzipped: 235_929_600},
		{name: "unzipped near", unzipped: 235_929_601, want: []string{"warn near-limit"}},
		{name: "unzipped at the limit", unzipped: 262_144_000, want: []string{"warn near-limit"}},
		{name: "unzipped over", unzipped: 262_144_001, want: []string{"error over-limit"}},
		{name: "a layer over", preset: lambda.PresetLayer, unzipped: 262_144_001, want: []string{"error over-limit"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := pack(t, file{name: "bootstrap", data: bare(elfscan.AMD64, elf.ET_EXEC)})
			p.Size, p.Unzipped = tt.size, tt.unzipped
			if tt.zipFormat != "" {
				p.Format = tt.zipFormat
			}
			if tt.preset == "" {
				tt.preset = lambda.PresetZip
			}
			same(t, check(t, p, tt.preset, lambda.Options{}), tt.want...)
		})
	}
	for _, p := range lambda.Presets() {
		for _, l := range p.Limits() {
			if l.Max == 0 || l.Near >= l.Max || !strings.HasPrefix(l.Source, "https://docs.aws.amazon.com/") || l.Date == "" {
				t.Errorf("%s: %+v", p, l)
			}
		}
	}
}

func TestTar(t *testing.T) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	data := bare(elfscan.AMD64, elf.ET_EXEC)
	if err := w.WriteHeader(&tar.Header{Name: "bootstrap", Mode: 0o755, Size: int64(len(data))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	same(t, check(t, open(t, out.Bytes()), lambda.PresetZip, lambda.Options{}), "error not-a-zip")
}

func TestDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bootstrap"), bare(elfscan.AMD64, elf.ET_EXEC), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[os.FileMode]string{0o600: "error not-executable bootstrap", 0o750: "warn not-executable bootstrap", 0o755: ""} {
		if err := os.Chmod(filepath.Join(dir, "bootstrap"), mode); err != nil {
			t.Fatal(err)
		}
		p, err := bundle.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		same(t, check(t, p, lambda.PresetZip, lambda.Options{}), want)
		p.Close()
	}
}

// TestManyMissing: of a file that needs many libraries some are named.
func TestManyMissing(t *testing.T) {
	w := newWorkshop(t)
	flags := []string{"-Wl,--no-as-needed"}
	for i := range 25 {
		soname := fmt.Sprintf("libmany%d.so", i)
		w.library(soname, nil)
		flags = append(flags, "-l:"+soname)
	}
	p := pack(t, file{name: "bootstrap", data: w.program("many", "libmany0.so", 1, flags...)})
	list, err := lambda.Check(t.Context(), p, lambda.PresetZip, lambda.Options{})
	if err != nil || len(list) != 21 || !strings.Contains(list[20].Message, "needs 5 more libraries") {
		t.Errorf("%d findings, %v: %+v", len(list), err, list)
	}
}

// TestHostileNames: what is quoted of a file is printable.
func TestHostileNames(t *testing.T) {
	w := newWorkshop(t)
	w.library("libevil.so", nil)
	program := w.program("evil", "libevil.so", 1)
	for _, name := range []string{"lib\x1b[2J.so", "lib\n\n\n\n.so", "::error::o"} {
		changed := bytes.ReplaceAll(program, []byte("libevil.so"), []byte(name))
		got := check(t, pack(t, file{name: "bootstrap", data: changed}, file{name: "a\nb/bootstrap", data: changed}), lambda.PresetZip, lambda.Options{})
		if !strings.HasPrefix(got, "error library-missing bootstrap") {
			t.Errorf("%q: %s", name, got)
		}
	}
	p := pack(t, file{name: "a\x1bb\n/bootstrap", data: program}, link("c", "\x1b\n"))
	same(t, check(t, p, lambda.PresetZip, lambda.Options{}), "error bootstrap-missing bootstrap")
}

func TestCheckRefused(t *testing.T) {
	p := pack(t)
	for _, tt := range []struct {
		preset lambda.Preset
		o      lambda.Options
	}{
		{preset: ""}, {preset: lambda.PresetImage}, {preset: "aws-lambda-zip\n"},
		{preset: lambda.PresetZip, o: lambda.Options{Runtime: "provided"}},
		{preset: lambda.PresetZip, o: lambda.Options{Runtime: "provided.al2024"}},
		{preset: lambda.PresetZip, o: lambda.Options{Arch: "x86_64"}},
	} {
		_, err := lambda.Check(t.Context(), p, tt.preset, tt.o)
		var known *lambda.Error
		if !errors.As(err, &known) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q %+v: %v", tt.preset, tt.o, err)
		}
	}
}
