package lambda_test

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/lambda"
)

func TestCheckImage(t *testing.T) {
	files := map[string]os.FileMode{"/app": 0o755, "/data": 0o644, "/bin": os.ModeDir | 0o755}
	find := func(path string) (os.FileMode, bool) { mode, ok := files[path]; return mode, ok }
	for _, tt := range []struct {
		name     string
		unpacked uint64
		arch     elfscan.Arch
		command  []string
		want     []string
	}{
		{"fine", 1 << 30, "arm64", []string{"/app", "x"}, nil},
		{"found when it starts", 0, "arm64", []string{"app"}, nil},
		{"nothing to start", 0, "arm64", nil, []string{"warn entry-point-missing"}},
		{"an empty command", 0, "arm64", []string{""}, []string{"warn entry-point-missing"}},
		{"not there", 0, "arm64", []string{"/none"}, []string{"error entry-point-missing /none"}},
		{"a folder", 0, "arm64", []string{"/bin"}, []string{"error entry-point-missing /bin"}},
		{"not executable", 0, "arm64", []string{"/data"}, []string{"error not-executable /data"}},
		{"for another architecture", 0, "amd64", []string{"/app"}, []string{"error wrong-architecture"}},
		{"near", 9_663_676_417, "arm64", []string{"/app"}, []string{"warn near-limit"}},
		{"at the limit", 10_737_418_240, "arm64", []string{"/app"}, []string{"warn near-limit"}},
		{"over", 10_737_418_241, "arm64", []string{"/app"}, []string{"error over-limit"}},
	} {
		list, err := lambda.CheckImage(lambda.Image{Unpacked: tt.unpacked, Arch: tt.arch, Command: tt.command, File: find}, elfscan.ARM64)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range list {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Subject)))
		}
		if lines(got...) != lines(tt.want...) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	for _, tt := range []struct{ function, image, started, want string }{
		{"arm64", "arm64", "arm64", ""}, {"arm64", "arm64", "", ""}, {"", "amd64", "amd64", ""}, {"", "amd64", "", ""},
		{"", "amd64", "arm64", "/app: built for arm64, and the image is for amd64 (build it for amd64, or the image with --platform linux/arm64)"},
		{"arm64", "arm64", "amd64", "/app: built for amd64, and the function is arm64 (build it for arm64)"},
		// What the image says is wrong, whatever it starts.
		{"arm64", "amd64", "arm64", ": an image for amd64, and the function is arm64 (build it with --platform linux/arm64)"},
		{"arm64", "amd64", "amd64", ": an image for amd64, and the function is arm64 (build it with --platform linux/arm64)"},
		{"", "", "arm64", ""}, {"", "riscv64", "arm64", ""}, {"", "aarch64", "arm64", ""},
	} {
		image := lambda.Image{Arch: elfscan.Arch(tt.image), Command: []string{"/app"}, File: find}
		if tt.started != "" {
			image.Programs = []lambda.ImageEntry{{Path: "app", Object: objectOf(bare(elfscan.Arch(tt.started), elf.ET_EXEC))}}
		}
		list, err := lambda.CheckImage(image, elfscan.Arch(tt.function))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range list {
			if f.Code != lambda.WrongArchitecture || f.Severity != lambda.Failure {
				t.Errorf("%+v: %+v", tt, f)
			}
			got = append(got, f.Subject+": "+f.Message)
		}
		if strings.Join(got, "\n") != tt.want {
			t.Errorf("%+v: got %q", tt, got)
		}
	}
	if _, err := lambda.CheckImage(lambda.Image{}, "mips"); err == nil {
		t.Error("an architecture that Lambda does not have: no error")
	}
}

func objectOf(data []byte) *lambda.Object {
	return lambda.ReadObject(io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))))
}

// imageOf is an image of these files, which starts /app. A file in base/ is one of the
// base image, without that.
func imageOf(t *testing.T, arch elfscan.Arch, files ...file) lambda.Image {
	t.Helper()
	modes := map[string]os.FileMode{}
	image := lambda.Image{Arch: arch, Command: []string{"/app"}}
	for _, f := range files {
		name, base := strings.CutPrefix(f.name, "base/")
		mode := f.mode
		if mode == 0 {
			mode = 0o755
		}
		e := lambda.ImageEntry{Path: name, Base: base}
		switch {
		case mode&os.ModeSymlink != 0:
			e.Target = string(f.data)
		case bytes.HasPrefix(f.data, []byte("\x7fELF")):
			e.Object = objectOf(f.data)
		case name == "app":
			image.Script = f.data[:min(len(f.data), 256)]
		}
		if e.Target != "" || e.Object != nil {
			image.Programs = append(image.Programs, e)
		}
		modes["/"+name] = mode
	}
	// One link of a folder is enough for these images.
	image.File = func(name string) (os.FileMode, bool) {
		for range 10 {
			for _, e := range image.Programs {
				if rest, ok := strings.CutPrefix(name, "/"+e.Path); ok && e.Target != "" && (rest == "" || rest[0] == '/') {
					if !path.IsAbs(e.Target) {
						name = path.Join("/", path.Dir(e.Path), e.Target) + rest
					} else {
						name = e.Target + rest
					}
				}
			}
		}
		mode, ok := modes[name]
		return mode, ok
	}
	return image
}

// TestImagePrograms: what the program of an image needs must be in it, as a container
// made of the same files shows: the kernel and the loader of this machine start it in
// a root folder with these files and nothing else.
func TestImagePrograms(t *testing.T) {
	w := newWorkshop(t)
	arch, loader := elfscan.AMD64, "lib64/ld-linux-x86-64.so.2"
	if strings.HasPrefix(run(t, "", nil, w.cc, "-dumpmachine"), "aarch64") {
		arch, loader = elfscan.ARM64, "lib/ld-linux-aarch64.so.1"
	}
	host := func(name string) []byte { // a library of this machine
		return readFile(t, strings.TrimSpace(run(t, "", nil, w.cc, "-print-file-name="+name)))
	}
	libc, ld := host("libc.so.6"), readFile(t, "/"+loader)
	main := "int f0(void); int main(void) { return f0(); }\n"
	plain := w.compile("plain", "int main(void) { return 0; }\n", "-s")
	static := w.compile("static", "int main(void) { return 0; }\n", "-s", "-static")
	debug := w.compile("debug", "int main(void) { return 0; }\n", "-g", "-static")
	foo := w.library("libfoo.so.1", nil, "-s")
	uses := w.compile("uses", main, "-s", "-L.", "-l:libfoo.so.1")
	origin := w.compile("origin", main, "-s", "-L.", "-l:libfoo.so.1", "-Wl,--enable-new-dtags,-rpath,$ORIGIN/../opt/own")
	relative := w.compile("relative", main, "-s", "-L.", "-l:libfoo.so.1", "-Wl,--disable-new-dtags,-rpath,$ORIGIN/own")
	newer := w.library("libfoo.so.1", []string{"FOO_1.0", "FOO_1.2"}, "-s")
	needsNewer := w.compile("needsnewer", "int f1(void); int main(void) { return f1(); }\n", "-s", "-L.", "-l:libfoo.so.1")
	older := w.library("libfoo.so.1", []string{"FOO_1.0"}, "-s")
	debugFoo := w.library("libfoo.so.1", nil, "-g")
	olderLibc := w.library("libc.so.6", []string{"GLIBC_2.2.5", "GLIBC_2.17"}, "-s")
	withLibc := func(app []byte, more ...file) []file {
		return append([]file{{name: "app", data: app}, {name: "base/" + loader, data: ld}, {name: "base/lib/libc.so.6", data: libc}}, more...)
	}
	w.library("libc.musl-x86_64.so.1", nil, "-s")
	alpine := w.program("alpine", "libc.musl-x86_64.so.1", 1, "-s", "-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1")
	musl := w.program("muslfoo", "libfoo.so.1", 1, "-s", "-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1")
	for _, tt := range []struct {
		name  string
		files []file
		want  []string
		// unsaid: a container cannot show it, for it starts, or is about what it does not do.
		unsaid bool
	}{
		{name: "static", files: []file{{name: "app", data: static}}},
		{name: "without loader and libc", files: []file{{name: "app", data: plain}}, want: []string{"error interpreter-missing /app"}},
		{name: "without libc", files: []file{{name: "app", data: plain}, {name: loader, data: ld}}, want: []string{"error library-missing /app"}},
		{name: "a loader that is not executable", files: []file{{name: "app", data: plain}, {name: loader, data: ld, mode: 0o644}, {name: "lib/libc.so.6", data: libc}},
			want: []string{"error interpreter-missing /app"}},
		{name: "with libc", files: withLibc(plain)},
		{name: "with libc behind links", files: []file{{name: "app", data: plain}, link("lib64", "usr/lib64"), link("lib", "../../usr/lib"), link("usr/lib64", "/usr/lib"),
			{name: "usr/lib/" + path.Base(loader), data: ld}, {name: "usr/lib/libc.so.6", data: libc}}},
		{name: "a library that is not there", files: withLibc(uses), want: []string{"error library-missing /app"}},
		{name: "a library", files: withLibc(uses, file{name: "usr/lib/libfoo.so.1", data: foo})},
		{name: "a library elsewhere", files: withLibc(uses, file{name: "opt/own/libfoo.so.1", data: foo}), want: []string{"warn library-missing /app"}},
		{name: "a library that ldconfig may have found", unsaid: true,
			files: withLibc(uses, file{name: "opt/own/libfoo.so.1", data: foo}, file{name: "etc/ld.so.cache", data: []byte("cache"), mode: 0o644})},
		{name: "RUNPATH with ORIGIN", files: withLibc(origin, file{name: "opt/own/libfoo.so.1", data: foo})},
		{name: "RPATH with ORIGIN", files: withLibc(relative, file{name: "own/libfoo.so.1", data: foo})},
		{name: "a library for another architecture", files: withLibc(uses, file{name: "usr/lib/libfoo.so.1", data: bare(otherThan(arch), elf.ET_DYN)}),
			want: []string{"error library-missing /app"}},
		{name: "a version", files: withLibc(needsNewer, file{name: "usr/lib/libfoo.so.1", data: newer})},
		{name: "a version that the library does not have", files: withLibc(needsNewer, file{name: "usr/lib/libfoo.so.1", data: older}),
			want: []string{"error library-missing /app"}},
		{name: "an older glibc", files: []file{{name: "app", data: plain}, {name: loader, data: ld}, {name: "lib/libc.so.6", data: olderLibc}},
			want: []string{"error glibc-too-new /app"}},
		{name: "a script", files: []file{text("app", "#!/bin/sh\n"), {name: "bin/sh", data: static}}},
		{name: "a script without its shell", files: []file{text("app", "#!/bin/sh\n")}, want: []string{"error interpreter-missing /app"}},
		{name: "a script for a shell without libc", files: []file{text("app", "#!/bin/sh -e\n"), {name: "bin/sh", data: plain}}, want: []string{"error interpreter-missing /bin/sh"}},
		{name: "a script from Windows", files: []file{text("app", "#!/bin/sh\r\n"), {name: "bin/sh", data: static}}, want: []string{"error not-a-program /app"}},
		{name: "a text", files: []file{text("app", "echo\n")}, want: []string{"error not-a-program /app"}},
		{name: "a script for env", files: []file{text("app", "#!/usr/bin/env run\n"), {name: "usr/bin/env", data: static}, {name: "usr/bin/run", data: plain}},
			want: []string{"error interpreter-missing /usr/bin/run"}, unsaid: true}, // that env is none
		{name: "a script for env that may find it", files: []file{text("app", "#!/usr/bin/env run\n"), {name: "usr/bin/env", data: static}},
			want: []string{"warn interpreter-missing /app"}, unsaid: true},
		{name: "a shared library", files: []file{{name: "app", data: foo}}, want: []string{"error not-a-program /app"}, unsaid: true}, // it may crash or not
		{name: "musl without its loader", files: []file{{name: "app", data: musl}}, want: []string{"error interpreter-missing /app"}},
		// musl's loader is its C library, under the name that Alpine's programs ask for.
		{name: "musl", files: []file{{name: "app", data: alpine}, {name: "lib/ld-musl-x86_64.so.1", data: static}}, unsaid: true},
		{name: "musl and a library that is not there", files: []file{{name: "app", data: musl}, {name: "lib/ld-musl-x86_64.so.1", data: static}},
			want: []string{"error library-missing /app"}, unsaid: true},
		{name: "debug information", files: []file{{name: "app", data: debug}}, want: []string{"error debug-information /app"}, unsaid: true},
		{name: "debug information elsewhere", files: []file{{name: "app", data: static}, {name: "bin/tool", data: debug}, {name: "base/bin/other", data: debug}},
			want: []string{"warn debug-information /bin/tool"}, unsaid: true},
		{name: "debug information in a library", files: withLibc(uses, file{name: "lib/libfoo.so.1", data: debugFoo}), want: []string{"warn debug-information /lib/libfoo.so.1"}, unsaid: true},
		{name: "a Go program with symbols", files: []file{{name: "app", data: goProgram(t, arch)}}, want: []string{"error go-symbols /app"}, unsaid: true},
		{name: "a Go program without", files: []file{{name: "app", data: goProgram(t, arch, "-ldflags=-s -w")}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, err := lambda.CheckImage(imageOf(t, arch, tt.files...), "")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range list {
				got = append(got, fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Subject))
			}
			same(t, lines(got...), tt.want...)
			if tt.unsaid {
				return
			}
			t.Run("started", func(t *testing.T) {
				if starts := startsInRoot(t, tt.files); starts != (len(tt.want) == 0) {
					t.Errorf("started in a root folder of these files: %v, and found are %q", starts, tt.want)
				}
			})
		})
	}
}

// startsInRoot starts /app in a root folder with these files alone. A script for which
// there is no shell but another program must start too.
func startsInRoot(t *testing.T, files []file) bool {
	t.Helper()
	chroot := tool(t, "chroot", "coreutils")
	if os.Geteuid() != 0 {
		t.Skip("only root can start a program in another root folder (run it as root)")
	}
	root := t.TempDir()
	for _, f := range files {
		name := filepath.Join(root, strings.TrimPrefix(f.name, "base/"))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := f.mode
		if mode == 0 {
			mode = 0o755
		}
		var err error
		if mode&os.ModeSymlink != 0 {
			err = os.Symlink(string(f.data), name)
		} else {
			err = os.WriteFile(name, f.data, mode)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	start := exec.Command(chroot, root, "/app")
	start.Env = []string{"LD_ORIGIN_PATH=/"} // for $ORIGIN where there is no /proc
	if err := start.Run(); err != nil {
		t.Log(err)
		return false
	}
	return true
}
