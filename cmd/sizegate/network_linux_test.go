package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoNetwork: no command but one that names registry: opens a socket, and none of
// the programs that it starts. strace sees all of them; the last case shows that it
// would see one.
func TestNoNetwork(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace not found (Debian: apt install strace)")
	}
	sizegate, err := exec.LookPath("sizegate")
	if err != nil {
		t.Fatal(err)
	}
	testdata, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	program, zip := filepath.Join(testdata, "elf/go-basic-amd64"), filepath.Join(testdata, "package/function.zip")
	t.Chdir(t.TempDir())
	config := "version: 1\nbudgets:\n- {name: app, path: app, limits: {file: 1 GB, upx: 1 GB, zip: 1 GB, zstd: 1 GB}}\n" +
		"- {name: zip, path: function.zip, preset: aws-lambda-zip, limits: {unzipped: 1 GB}}\n"
	if err := os.WriteFile("sized.yaml", []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]string{"app": program, "function.zip": zip} {
		if err := os.Symlink(from, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		command string
		socket  bool
	}{
		{"report --section all --variants all -f html -o page.html app", false},
		{"report -f json -o old.json app", false},
		{"report function.zip", false},
		{"diff old.json app", false},
		{"check -c sized.yaml --baseline old.json", false},
		{"update -c sized.yaml", false},
		{"init --force -o made.yaml app", false},
		{"lambda --startup app", false},
		{"advise app", false},
		{"version", false},
		{"report registry:localhost:1/none", true},
	} {
		trace := filepath.Join(t.TempDir(), "trace")
		cmd := exec.Command(strace, append([]string{"-f", "-qq", "-e", "trace=socket,socketpair,connect", "-o", trace, sizegate}, strings.Fields(tt.command)...)...)
		out, err := cmd.CombinedOutput()
		if _, ended := err.(*exec.ExitError); err != nil && !ended {
			t.Fatal(err)
		}
		calls, err := os.ReadFile(trace)
		if err != nil {
			t.Fatalf("%s: %v\n%s", tt.command, err, out)
		}
		var sockets []string
		for line := range strings.Lines(string(calls)) {
			if strings.Contains(line, "AF_INET") {
				sockets = append(sockets, line)
			}
		}
		if (len(sockets) > 0) != tt.socket {
			t.Errorf("%s: sockets of the network: %q\n%s", tt.command, sockets, out)
		}
	}
}
