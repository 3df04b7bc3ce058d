package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// onDisk runs a shell script that can mount, with a tmpfs of 256 KiB at $DISK that
// goes with it. What the script prints behind "--" is what is left of the disk.
func onDisk(t *testing.T, s *site, script string) (code int, stdout, stderr string) {
	t.Helper()
	for tool, in := range map[string]string{"mount": "mount", "dd": "coreutils"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s not found (Debian: apt install %s)", tool, in)
		}
	}
	disk := s.path("disk")
	if err := os.MkdirAll(disk, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", `mount -t tmpfs -o size=256k none "$DISK" || exit 77
fill() { dd if=/dev/zero of="$DISK/fill" bs=4096 2>/dev/null; }
seal() { mount -o remount,ro none "$DISK" || exit 77; }
`+script+`
code=$?
echo --
cd "$DISK" && ls -A
exit $code`)
	cmd.Dir, cmd.Env = s.repo, append(s.env, "DISK="+disk)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if id := os.Getuid(); id != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	if err := exec.Command("unshare", "-m", "true").Run(); err != nil && exec.Command("unshare", "-rm", "true").Run() != nil {
		t.Skip("a tmpfs cannot be mounted here (run as root, or where user namespaces are allowed, with unshare: apt install util-linux)")
	}
	code, stdout, stderr = ranTo(t, cmd)
	if code == 77 {
		t.Skipf("a tmpfs cannot be mounted here (run as root, or where user namespaces are allowed): %s", stderr)
	}
	return code, stdout, stderr
}

// TestFullDisk and TestReadOnlyDisk give the outputs, and the temporary files, a
// disk that takes nothing.
func TestFullDisk(t *testing.T) {
	const kept, none = "(the file is as it was)", "(no file was made)"
	tests := []struct {
		name, script string
		code         int
		text, left   string
	}{
		{"report", `echo old >"$DISK/out"; fill; sizegate report -f json -o "$DISK/out" dist/app; code=$?; [ "$(cat "$DISK/out")" = old ] && (exit $code)`,
			exitFailed, "/out: cannot be written: no space left on device " + kept, "fill\nout\n"},
		{"baseline", `fill; sizegate check --save-baseline "$DISK/base.json"`, exitFailed, "/base.json: cannot be written: no space left on device " + none, "fill\n"},
		{"check", `fill; sizegate check -f sarif -o "$DISK/out"`, exitFailed, "/out: cannot be written: no space left on device " + none, "fill\n"},
		{"update", `cp budgets.yaml "$DISK"; mkdir "$DISK/dist"; cp dist/app "$DISK/dist"; fill; sizegate update -c "$DISK/budgets.yaml"; code=$?; cmp budgets.yaml "$DISK/budgets.yaml" && (exit $code)`,
			exitFailed, "/budgets.yaml: cannot be written: no space left on device " + kept, "budgets.yaml\ndist\nfill\n"},
		{"init", `fill; sizegate init -c "$DISK/new.yaml" dist/app`, exitFailed, "/new.yaml: cannot be written: no space left on device " + none, "fill\n"},
		{"upx", `fill; TMPDIR="$DISK" sizegate check --no-cache`, exitFailed, "no space left on device", "fill\n"},
		{"base", `fill; TMPDIR="$DISK" sizegate check --base HEAD~1`, exitFailed, "cannot check out the base commit ", "fill\n"},
		{"summary", `: >"$DISK/summary"; fill; GITHUB_STEP_SUMMARY="$DISK/summary" sizegate check -f github`, exitOK, "GITHUB_STEP_SUMMARY: cannot be written: no space left on device (the check is not affected)", "fill\nsummary\n"},
		{"cache", `mkdir "$DISK/cache"; fill; XDG_CACHE_HOME="$DISK/cache" sizegate check -q -o "$TMPDIR/out" && rm "$TMPDIR/out"`, exitOK, "", "cache\nfill\n"},
		{"standard output", `fill; sizegate report -f json dist/app >"$DISK/fill2"`, exitFailed, "standard output: no space left on device (the result is not complete)", "fill\nfill2\n"},
		// A limit of the shell's, in blocks of 512 bytes.
		{"file size limit", `ulimit -f 1; sizegate report -f json -o "$DISK/out" dist/app`, exitFailed, "/out: cannot be written: file too large " + none, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			diskTest(t, s, tt.script, tt.code, tt.text, tt.left)
		})
	}
}

func TestReadOnlyDisk(t *testing.T) {
	const where = ": cannot be written: read-only file system (name a file in a folder you can write to)"
	tests := []struct {
		name, script string
		code         int
		text, left   string
	}{
		{"report", `echo old >"$DISK/out"; seal; sizegate report -o "$DISK/out" dist/app`, exitUsage, "/out" + where, "out\n"},
		{"baseline", `seal; sizegate check --save-baseline "$DISK/out"`, exitUsage, "/out" + where, ""},
		{"update", `cp budgets.yaml "$DISK"; seal; sizegate update -c "$DISK/budgets.yaml"`, exitUsage, "/budgets.yaml" + where, "budgets.yaml\n"},
		{"init", `seal; sizegate init -c "$DISK/new.yaml" dist/app`, exitUsage, "/new.yaml" + where, ""},
		{"upx", `seal; TMPDIR="$DISK" sizegate check --no-cache`, exitFailed, "set TMPDIR to one that can be written", ""},
		{"base", `seal; TMPDIR="$DISK" sizegate check --base HEAD~1`, exitFailed, "set TMPDIR to one that can be written", ""},
		{"repository", `cp -r . "$DISK/repo" && seal && cd "$DISK/repo" && sizegate check --base HEAD~1`, exitFailed, "cannot check out the base commit ", "repo\n"},
		{"cache", `mkdir "$DISK/cache"; seal; XDG_CACHE_HOME="$DISK/cache" sizegate check -q -o "$TMPDIR/out" && rm "$TMPDIR/out"`, exitOK, "", "cache\n"},
		// All that is only read works.
		{"inputs", `mkdir "$DISK/dist"; cp budgets.yaml "$DISK"; cp dist/app "$DISK/dist"; seal; cd "$DISK"; sizegate check -q >/dev/null && sizegate report dist/app >/dev/null`, exitOK, "", "budgets.yaml\ndist\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			diskTest(t, s, tt.script, tt.code, tt.text, tt.left)
		})
	}
}

func diskTest(t *testing.T, s *site, script string, code int, text, left string) {
	t.Helper()
	if err := os.MkdirAll(s.path("disk"), 0o755); err != nil {
		t.Fatal(err)
	}
	before := s.files()
	got, stdout, stderr := onDisk(t, s, script)
	if got != code {
		t.Errorf("exit code %d, want %d\n%s%s", got, code, stdout, stderr)
	}
	if text != "" {
		oneError(t, script, stderr, text)
	} else if stderr != "" {
		t.Errorf("stderr %q", stderr)
	}
	if _, names, ok := strings.Cut(stdout, "--\n"); !ok || names != left {
		t.Errorf("on the disk there is %q, want %q", names, left)
	}
	s.same(script, before)
	s.alone(script)
}

// TestNoPermission runs sizegate as a user that owns nothing here.
func TestNoPermission(t *testing.T) {
	s := newSite(t)
	command := s.command
	if os.Geteuid() == 0 {
		// Another user reaches neither the program nor the folders above.
		self, err := os.ReadFile(s.program)
		if err != nil {
			t.Fatal(err)
		}
		s.write("bin/sizegate", string(self))
		s.program = s.path("bin/sizegate")
		if err := os.Chmod(filepath.Dir(s.root), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(s.tmp, 0o777); err != nil {
			t.Fatal(err)
		}
		command = func(args ...string) *exec.Cmd {
			cmd := s.command(args...)
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			return cmd
		}
		if err := command("version").Run(); err != nil {
			t.Skipf("no other user can be used here: %v (run as root)", err)
		}
	} else if err := os.Chmod(s.repo, 0o555); err != nil {
		t.Fatal(err)
	} else {
		defer os.Chmod(s.repo, 0o755)
	}
	const where = ": cannot be written: permission denied (name a file in a folder you can write to)"
	s.write("secret", "x")
	s.write("closed/budgets.yaml", "x")
	for name, mode := range map[string]os.FileMode{"secret": 0, "closed": 0} {
		if err := os.Chmod(s.path(name), mode); err != nil {
			t.Fatal(err)
		}
	}
	defer os.Chmod(s.path("closed"), 0o755)
	tests := []struct {
		args []string
		code int
		text string
	}{
		{[]string{"report", s.path("secret")}, exitFailed, "secret: permission denied (make it readable: chmod +r)"},
		{[]string{"report", "-o", "out.txt", "dist/app"}, exitUsage, "out.txt" + where},
		{[]string{"check", "--save-baseline", "out.json"}, exitUsage, "out.json" + where},
		{[]string{"check", "--baseline", s.path("secret"), "two"}, exitFailed, "secret: permission denied (make it readable: chmod +r)"},
		{[]string{"check", "-c", s.path("secret")}, exitUsage, "secret: permission denied"},
		{[]string{"check", "-c", s.path("closed/budgets.yaml")}, exitUsage, "closed/budgets.yaml: permission denied"},
		{[]string{"update"}, exitUsage, "budgets.yaml" + where},
		{[]string{"init", "-c", "new.yaml", "dist/app"}, exitUsage, "new.yaml" + where},
		{[]string{"diff", s.path("secret"), "dist/app"}, exitFailed, "secret: permission denied (make it readable: chmod +r)"},
	}
	config, err := os.ReadFile(s.path("repo/budgets.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		s.write("repo/budgets.yaml", string(config)+"  - {name: two, path: src/app, build: 'true', limits: {file: 2 MB}}\n")
	} else {
		tests[3].args = tests[3].args[:3]
	}
	for _, tt := range tests {
		code, stdout, stderr := ranTo(t, command(tt.args...))
		if code != tt.code || stdout != "" {
			t.Errorf("%q: exit code %d, want %d, stdout %q", tt.args, code, tt.code, stdout)
		}
		oneError(t, strings.Join(tt.args, " "), stderr, tt.text)
	}
	left, err := os.ReadDir(s.tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
