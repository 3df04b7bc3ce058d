package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// TestNoNetwork: no command but one that names registry: opens a socket, and none of
// the programs that it starts. strace sees all of them; the last case shows that it
// would see one. Each command must end as it says: one that stops at a file that is
// missing shows nothing.
func TestNoNetwork(t *testing.T) {
	tools := make(map[string]string)
	for name, from := range map[string]string{"strace": "Debian: apt install strace", "git": "Debian: apt install git", "sizegate": "the test starts itself under this name"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("%s not found (%s)", name, from)
		}
		tools[name] = path
	}
	testdata, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	write := func(name string, text []byte, mode os.FileMode) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, mode); err != nil {
			t.Fatal(err)
		}
	}
	for name, from := range map[string]string{"app": "elf/rust-std-mixed-amd64", "stripped": "elf/rust-v0-stripped-amd64", "folder/lib.so": "elf/c-shared-arm64.so", "function.zip": "package/function.zip"} {
		text, err := os.ReadFile(filepath.Join(testdata, from))
		if err != nil {
			t.Fatal(err)
		}
		write(name, text, 0o755)
	}
	write("sized.yaml", []byte("version: 1\nbudgets:\n- {name: app, path: app, limits: {file: 1 GB, upx: 1 GB, zip: 1 GB, zstd: 1 GB}}\n"+
		"- {name: zip, path: function.zip, preset: aws-lambda-zip, limits: {unzipped: 1 GB}}\n"+
		"- {name: image, path: image.tar, limits: {image: 1 GB}}\n"), 0o644)
	write("built.yaml", []byte("version: 1\nbudgets:\n- {name: app, path: dist/app, build: mkdir -p dist && cp app dist/app, limits: {file: 1 GB}, max-increase: {text: 1%}}\n"), 0o644)
	write(".gitignore", []byte("/dist\n/trace\n"), 0o644)
	files, err := readTree("folder")
	if err != nil {
		t.Fatal(err)
	}
	img, err := madeImage(false, "linux/arm64", []layerFile{{files: files, createdBy: "COPY folder /"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := writeImage("docker", "image.tar", []string{"linux/arm64"}, []v1.Image{img}); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "."}, {"-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "-q", "-m", "main"}} {
		if out, err := exec.Command(tools["git"], args...).CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}

	upx := 0
	if _, err := exec.LookPath("upx"); err != nil {
		upx = 3 // what needs it says so
	}
	type run struct {
		command string
		code    int
		socket  bool
	}
	tests := []run{
		{"report --section all --variants all -f html -o page.html app", 0, false}, // without UPX that variant is skipped
		{"report -f json -o old.json app", 0, false},
		{"report --by function --section all -f csv stripped", 0, false},
		{"report function.zip", 0, false},
		{"report --by package folder", 0, false},
		{"report image.tar", 0, false},
		{"diff old.json app", 0, false},
		{"diff image.tar image.tar", 0, false},
		{"check -c sized.yaml --baseline old.json", upx, false},
		{"check -c built.yaml --build --base main", 0, false},
		{"check -c sized.yaml -f github --save-baseline saved.json app", upx, false},
		{"update -c sized.yaml", upx, false},
		{"init --force -o made.yaml app function.zip image.tar", 0, false},
		{"lambda --startup=1 app", 0, false},
		{"lambda function.zip", 0, false},
		{"advise app stripped", 0, false},
		{"version", 0, false},
		{"completion bash", 0, false},
		{"--help", 0, false},
		{"report registry:localhost:1/none", 3, true},
	}
	for _, c := range commands {
		if !slices.ContainsFunc(tests, func(tt run) bool { return strings.HasPrefix(tt.command, c.name) && !tt.socket }) {
			t.Errorf("sizegate %s is not among the commands of this test", c.name)
		}
	}
	for _, tt := range tests {
		trace := filepath.Join(dir, "trace")
		cmd := exec.Command(tools["strace"], append([]string{"-f", "-qq", "-e", "trace=socket,socketpair,connect", "-o", trace, tools["sizegate"]}, strings.Fields(tt.command)...)...)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if code := cmd.ProcessState.ExitCode(); code != tt.code {
			t.Errorf("%s: the exit code is %d, want %d\n%s", tt.command, code, tt.code, out)
		}
		calls, err := os.ReadFile(trace)
		if err != nil {
			t.Fatalf("%s: %v\n%s", tt.command, err, out)
		}
		// The C library of a program that is started may ask a local daemon for names of users.
		var sockets []string
		for line := range strings.Lines(string(calls)) {
			if strings.Contains(line, "AF_") && !strings.Contains(line, "AF_UNIX") {
				sockets = append(sockets, line)
			}
		}
		if (len(sockets) > 0) != tt.socket {
			t.Errorf("%s: sockets of the network: %q\n%s", tt.command, sockets, out)
		}
	}
}
