package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// jump is how far the clock is off when it is looked at for the n-th time, from 1.
type jump func(n int) time.Duration

const decades = 40 * 365 * 24 * time.Hour

func right(int) time.Duration { return 0 }

// from is a clock that is right until a look at it, and then far off.
func from(first int, far time.Duration) jump {
	return func(n int) time.Duration {
		if n < first {
			return 0
		}
		return far
	}
}

// restless are clocks of which no two looks, or no two in succession, tell what really
// passed between them.
var restless = map[string]jump{
	"ever more ahead":  func(n int) time.Duration { return time.Duration(n) * 100 * 24 * time.Hour },
	"ever more behind": func(n int) time.Duration { return time.Duration(n) * -100 * 24 * time.Hour },
	"to and fro":       func(n int) time.Duration { return decades * time.Duration(n%2*2-1) },
}

// jumps are those and one jump at each of the looks, ahead and back.
func jumps(looks ...int) map[string]jump {
	list := maps.Clone(restless)
	for _, n := range looks {
		list[fmt.Sprintf("ahead from look %d", n)] = from(n, decades)
		list[fmt.Sprintf("back from look %d", n)] = from(n, -decades)
	}
	return list
}

// upTo are the looks 1, 2 … n.
func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i + 1
	}
	return list
}

// jumped is what came of a command while the clock jumped.
type jumped struct {
	code           int
	stdout, stderr string
	looks, changed int // how often the clock was looked at, and how often it was off
}

// jumping runs sizegate to its end under ptrace, and moves the time that the kernel
// tells it. The clock that does not jump is left alone, as it is when the time of a
// machine is set, and so are the programs that sizegate starts.
func (s *site) jumping(far jump, args ...string) jumped {
	s.t.Helper()
	var outputs [2]*os.File
	for i := range outputs {
		f, err := os.Create(filepath.Join(s.t.TempDir(), "output"))
		if err != nil {
			s.t.Fatal(err)
		}
		defer f.Close()
		outputs[i] = f
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		s.t.Fatal(err)
	}
	defer null.Close()
	command := s.command(args...)
	attr := &os.ProcAttr{Dir: command.Dir, Env: command.Environ(), Files: []*os.File{null, outputs[0], outputs[1]}, Sys: &syscall.SysProcAttr{Setpgid: true, Ptrace: true}}
	var got jumped
	done := make(chan error)
	go func() {
		// Requests of ptrace come from the thread that started the program, which
		// ends with the goroutine.
		runtime.LockOSThread()
		var err error
		got, err = traceClock(command.Path, command.Args, attr, far)
		done <- err
	}()
	switch err := <-done; {
	case errors.Is(err, syscall.EPERM):
		s.t.Skip("ptrace is not allowed here (set kernel.yama.ptrace_scope to 0 or 1; in a container: docker run --cap-add SYS_PTRACE)")
	case err != nil:
		s.t.Fatalf("%q: %v", args, err)
	}
	for i, text := range []*string{&got.stdout, &got.stderr} {
		data, err := os.ReadFile(outputs[i].Name())
		if err != nil {
			s.t.Fatal(err)
		}
		*text = string(data)
	}
	return got
}

const (
	ptraceExitKill  = 1 << 20 // PTRACE_O_EXITKILL
	clockRealtime   = 0       // CLOCK_REALTIME
	clockRealCoarse = 5       // CLOCK_REALTIME_COARSE
	auxIgnore       = 1       // AT_IGNORE
	auxVDSO         = 33      // AT_SYSINFO_EHDR
)

func traceClock(path string, args []string, attr *os.ProcAttr, far jump) (got jumped, err error) {
	p, err := os.StartProcess(path, args, attr)
	if err != nil {
		return got, err
	}
	pid := p.Pid
	if err := p.Release(); err != nil { // it is waited for below
		return got, err
	}
	var status syscall.WaitStatus
	// It is stopped before its first instruction.
	if _, err := waitFor(pid, &status); err != nil || !status.Stopped() {
		return got, fmt.Errorf("it does not stop: %v, %v", status, err)
	}
	kill := func() { _ = syscall.Kill(-pid, syscall.SIGKILL) }
	defer func() {
		if err != nil {
			kill()
		}
	}()
	// Only so that a program which waits for ever fails the test before its time limit does.
	defer time.AfterFunc(time.Minute, kill).Stop()
	// Threads are followed. What it starts is not: that is neither a clone nor traced.
	if err := syscall.PtraceSetOptions(pid, syscall.PTRACE_O_TRACESYSGOOD|syscall.PTRACE_O_TRACECLONE|syscall.PTRACE_O_TRACEEXEC|ptraceExitKill); err != nil {
		return got, err
	}
	if err := hideVDSO(pid); err != nil {
		return got, err
	}
	for thread := pid; ; {
		signal := 0
		switch stop := status.StopSignal(); {
		case !status.Stopped():
		case stop == syscall.SIGTRAP|0x80:
			if err := got.turn(thread, far); err != nil && !errors.Is(err, syscall.ESRCH) { // the thread was ended meanwhile
				return got, err
			}
		case status.TrapCause() == syscall.PTRACE_EVENT_EXEC:
			// The race detector may start the program again.
			if err := hideVDSO(thread); err != nil {
				return got, err
			}
		case stop != syscall.SIGTRAP && stop != syscall.SIGSTOP: // a new thread begins with a stop
			signal = int(stop)
		}
		if status.Stopped() {
			if err := syscall.PtraceSyscall(thread, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
				return got, err
			}
		}
		// Threads are in the process group of their program.
		if thread, err = waitFor(-pid, &status); err != nil {
			return got, err
		}
		if thread == pid && (status.Exited() || status.Signaled()) {
			got.code = status.ExitStatus()
			return got, nil
		}
	}
}

func waitFor(pid int, status *syscall.WaitStatus) (int, error) {
	for {
		got, err := syscall.Wait4(pid, status, syscall.WALL, nil)
		if err != syscall.EINTR {
			return got, err
		}
	}
}

// hideVDSO has a program that begins ask the kernel for the time: it is not told of
// the code of the kernel's that reads clocks without a system call. The auxiliary
// vector comes after the arguments and the environment, which a zero ends each.
func hideVDSO(pid int) error {
	var registers syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(pid, &registers); err != nil {
		return err
	}
	at := uintptr(registers.Rsp)
	next := func() (uint64, error) {
		var word [8]byte
		_, err := syscall.PtracePeekData(pid, at, word[:])
		at += 8
		return binary.LittleEndian.Uint64(word[:]), err
	}
	if _, err := next(); err != nil { // the number of arguments
		return err
	}
	for zeros := 0; zeros < 2; {
		word, err := next()
		if err != nil {
			return err
		}
		if word == 0 {
			zeros++
		}
	}
	for {
		name, err := next()
		switch {
		case err != nil:
			return err
		case name == auxVDSO:
			_, err := syscall.PtracePokeData(pid, at-8, binary.LittleEndian.AppendUint64(nil, auxIgnore))
			return err
		case name == 0:
			return errors.New("the kernel tells of no vDSO")
		}
		at += 8
	}
}

// turn is for a thread that stops at a system call. Where that returns the time, it
// returns another.
func (j *jumped) turn(thread int, far jump) error {
	var registers syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(thread, &registers); err != nil {
		return err
	}
	if int64(registers.Rax) < 0 {
		return nil // it begins, or failed
	}
	switch registers.Orig_rax {
	case syscall.SYS_CLOCK_GETTIME:
		if registers.Rdi != clockRealtime && registers.Rdi != clockRealCoarse {
			return nil
		}
	case syscall.SYS_GETTIMEOFDAY, syscall.SYS_TIME:
		return errors.New("the time is asked for by a system call that this test does not change")
	default:
		return nil
	}
	j.looks++
	off := int64(far(j.looks) / time.Second)
	if off == 0 {
		return nil
	}
	j.changed++
	seconds := make([]byte, 8)
	if _, err := syscall.PtracePeekData(thread, uintptr(registers.Rsi), seconds); err != nil {
		return err
	}
	binary.LittleEndian.PutUint64(seconds, uint64(int64(binary.LittleEndian.Uint64(seconds))+off))
	_, err := syscall.PtracePokeData(thread, uintptr(registers.Rsi), seconds)
	return err
}

// clockConfig has two limits that are exceeded, and a waiver for each, of one day.
const clockConfig = `version: 1
budgets:
  - name: app
    path: dist/app
    build: mkdir -p dist && cp src/app dist/app
    limits: {file: 1 kB, stripped: 1 kB, upx: 1 MB}
    max-increase: {file: 50%%}
waivers:
  - {budget: app, metric: file, limit: 1 MB, reason: "#1", expires: %[1]s}
  - {budget: app, metric: stripped, limit: 1 MB, reason: "#2", expires: %[1]s}
`

// TestClockJumps moves the clock while sizegate runs: decades ahead, decades back, at
// each moment at which it looks at it.
func TestClockJumps(t *testing.T) {
	for _, tt := range []struct {
		name string
		run  func(s *site)
	}{
		{"check", clockAndWaivers}, {"base", clockAndBase}, {"cache", clockAndCache}, {"startup", clockAndDurations},
		{"timeout", clockAndTimeout}, {"stale", clockAndStale},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(newSite(t)) })
	}
}

// clockAndWaivers: one day decides about all waivers.
func clockAndWaivers(s *site) {
	s.write("repo/clock.yaml", fmt.Sprintf(clockConfig, time.Now().AddDate(1, 0, 0).Format(time.DateOnly)))
	args := []string{"check", "-c", "clock.yaml"}
	expired, waived := s.jumping(from(1, decades), args...), s.jumping(from(1, -decades), args...)
	_, stdout, _ := s.run(args...)
	if waived.code != exitOK || waived.stdout != stdout || strings.Count(stdout, "; waived up to 1 MB") != 2 {
		s.t.Errorf("exit code %d with waivers:\n%s", waived.code, waived.stdout)
	}
	// This shows too that the clock is moved.
	if expired.code != exitExceeded || strings.Count(expired.stdout, "the waiver for it expired on") != 2 {
		s.t.Errorf("exit code %d when the waivers have expired:\n%s%s", expired.code, expired.stdout, expired.stderr)
	}
	for name, far := range jumps(upTo(waived.looks)...) {
		got := s.jumping(far, args...)
		if same := func(want jumped) bool {
			return got.code == want.code && got.stdout == want.stdout && got.stderr == want.stderr
		}; !same(waived) && !same(expired) {
			s.t.Errorf("%s: judged by two days: exit code %d\n%s%s", name, got.code, got.stdout, got.stderr)
		}
	}
}

// clockAndBase: the base is checked out, built and removed as ever.
func clockAndBase(s *site) {
	args := []string{"check", "--no-cache", "--build", "--base", "HEAD~1"}
	want := s.must(args...)
	before := s.files()
	looks := s.jumping(right, args...).looks
	for name, far := range jumps(looks / 2) {
		if got := s.jumping(far, args...); got.code != exitOK || got.stdout != want {
			s.t.Errorf("%s: exit code %d\n%s%s", name, got.code, got.stdout, got.stderr)
		}
		s.alone(name)
		s.same(name, before)
	}
}

// clockAndCache: what a run wrote is found by the next one, whenever each of them
// thinks that it is.
func clockAndCache(s *site) {
	s.write("bin/upx", `#!/bin/sh
[ "$1" = --version ] && echo 'upx 4.2.2' && exit 0
case "$*" in *-t*) exit 0;; esac
echo packed >>"`+s.path("packed")+`"
cat bootstrap >packed
`)
	args := []string{"report", "--variants", "all", "--upx-level", "fast,best", "-f", "json", "dist/app"}
	want := s.must(args...)
	looks := s.jumping(right, args...).looks
	for name, far := range jumps(1, looks/2, looks) {
		s.write("packed", "")
		if err := os.RemoveAll(s.path("cache")); err != nil {
			s.t.Fatal(err)
		}
		for i, far := range []jump{far, func(n int) time.Duration { return -far(n) }} {
			if got := s.jumping(far, args...); got.code != exitOK || got.stdout != want || got.stderr != "" {
				s.t.Errorf("%s, run %d: exit code %d\n%s%s", name, i+1, got.code, got.stdout, got.stderr)
			}
		}
		if text, err := os.ReadFile(s.path("packed")); err != nil || string(text) != "packed\npacked\n" {
			s.t.Errorf("%s: UPX was not run once for each level: %q, %v", name, text, err)
		}
	}
}

// took is a cell of a table of variants.
var took = regexp.MustCompile(`-?[0-9.,]+ m?s\b`)

// clockAndDurations: what took a time took no less than none, and no more than the
// whole run.
func clockAndDurations(s *site) {
	args := []string{"report", "--no-cache", "--variants", "all", "--startup=2", "dist/app"}
	for name, far := range restless {
		start := time.Now()
		table := s.jumping(far, args...)
		tableTook := time.Since(start)
		cells := took.FindAllString(table.stdout, -1)
		for _, cell := range cells {
			if d, err := time.ParseDuration(strings.ReplaceAll(cell, " ", "")); err != nil || d < 0 || d > tableTook {
				s.t.Errorf("%s: %q of %v, %v", name, cell, tableTook, err)
			}
		}
		// Six variants that take long, and two cells of each of three starts; what follows
		// from them may have one more.
		if table.code != exitOK || table.changed == 0 || len(cells) < 12 {
			s.t.Errorf("%s: exit code %d, %d jumps\n%s%s", name, table.code, table.changed, table.stdout, table.stderr)
		}

		start = time.Now()
		got := s.jumping(far, append(args, "-f", "json")...)
		most := time.Since(start).Nanoseconds()
		var report snapshot.Report
		if err := json.Unmarshal([]byte(got.stdout), &report); err != nil || len(report.Binaries) != 1 {
			s.t.Fatalf("%s: %v\n%s%s", name, err, got.stdout, got.stderr)
		}
		starts := []*snapshot.Startup{report.Binaries[0].Startup}
		for _, v := range report.Binaries[0].Variants {
			if v.Startup != nil {
				starts = append(starts, v.Startup)
			}
		}
		for _, start := range starts {
			if start.Runs != 2 || start.Min <= 0 || start.Median < start.Min || start.Median > most {
				s.t.Errorf("%s: %+v of %d ns", name, start, most)
			}
		}
		if got.code != exitOK || got.changed == 0 || len(starts) != 3 {
			s.t.Errorf("%s: exit code %d, %d jumps, %d starts", name, got.code, got.changed, len(starts))
		}
	}
}

// clockAndTimeout: the time limit of UPX is not reached because the clock is set ahead,
// and is reached although it is set back.
func clockAndTimeout(s *site) {
	for _, pipe := range []string{"packing", "go", "never"} {
		s.pipe(pipe)
	}
	program := func(pack string) {
		s.write("bin/upx", "#!/bin/sh\nexec 9<>\""+s.path("alive")+`"
[ "$1" = --version ] && echo 'upx 4.2.2' && exit 0
case "$*" in *-t*) exit 0;; esac
`+pack+"\n")
	}
	program(`echo packing >"` + s.path("packing") + `"; cat "` + s.path("go") + `" >/dev/null; cat bootstrap >packed`)
	args := []string{"report", "--no-cache", "--upx-level", "fast", "-f", "json", "dist/app"}
	for _, far := range []time.Duration{decades, -decades} {
		var off atomic.Int64
		told := make(chan error, 1)
		go func() {
			_, err := os.ReadFile(s.path("packing")) // waits for UPX
			off.Store(int64(far))
			told <- errors.Join(err, os.WriteFile(s.path("go"), nil, 0o600))
		}()
		got := s.jumping(func(int) time.Duration { return time.Duration(off.Load()) }, args...)
		select {
		case err := <-told:
			if err != nil {
				s.t.Error(err)
			}
		case <-time.After(time.Minute):
			s.t.Fatalf("UPX was not run: exit code %d\n%s", got.code, got.stderr)
		}
		// From then on it need not look at the clock that jumps at all.
		if got.code != exitOK || got.stderr != "" || !strings.Contains(got.stdout, `"tool": "upx 4.2.2"`) {
			s.t.Errorf("%v while UPX runs: exit code %d, %d jumps\n%s%s", far, got.code, got.changed, got.stdout, got.stderr)
		}
		s.alone(far.String())
	}

	program(`cat "` + s.path("never") + `"`)
	for name, far := range restless {
		got := s.jumping(far, "check", "--no-cache", "--timeout", "100ms")
		if got.code != exitFailed || got.changed == 0 {
			s.t.Errorf("%s: exit code %d, %d jumps", name, got.code, got.changed)
		}
		oneError(s.t, name, got.stderr, "upx (default) could not be measured: stopped at the time limit of 100ms")
		s.alone(name)
	}
}

// clockAndStale: what a run uses that began in another decade stays, and what nobody
// uses goes.
func clockAndStale(s *site) {
	for _, pipe := range []string{"packing", "go-upx", "building", "go-build"} {
		s.pipe(pipe)
	}
	s.write("bin/upx", `#!/bin/sh
[ "$1" = --version ] && echo 'upx 4.2.2' && exit 0
case "$*" in *-t*) exit 0;; *--best*) pwd >"`+s.path("packing")+`"; cat "`+s.path("go-upx")+`";; esac
cat bootstrap >packed
`)
	s.write("repo/hang.yaml", `version: 1
budgets:
  - name: app
    path: dist/app
    build: pwd >"`+s.path("building")+`"; cat "`+s.path("go-build")+`"; mkdir -p dist; cp src/app dist/app
    max-increase: {file: 50%}
`)
	before := s.files()
	live := []struct {
		args       []string
		ready, end string
	}{
		{[]string{"report", "--no-cache", "--upx-level", "best", "dist/app"}, "packing", "go-upx"},
		{[]string{"check", "-c", "hang.yaml", "--base", "HEAD~1"}, "building", "go-build"},
	}
	var running []*exec.Cmd
	var folders []string
	for _, l := range live {
		cmd := s.command(l.args...)
		if err := cmd.Start(); err != nil {
			s.t.Fatal(err)
		}
		folder, err := os.ReadFile(s.path(l.ready)) // waits until it is there
		if err != nil || !strings.HasPrefix(string(folder), s.tmp) {
			s.t.Fatalf("%q, %v", folder, err)
		}
		running, folders = append(running, cmd), append(folders, strings.TrimSuffix(string(folder), "\n"))
	}
	const stale = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	left := []string{"tmp/sizegate-upx-" + stale + "/file", "tmp/sizegate-base-" + stale + "/file", "repo/.sizegate-" + stale}
	for name, far := range restless {
		for _, name := range left {
			s.write(name, "x")
		}
		if got := s.jumping(far, "check", "--no-cache", "--base", "HEAD~1", "-o", "out.txt"); got.code != exitOK || got.changed == 0 {
			s.t.Errorf("%s: exit code %d, %d jumps\n%s", name, got.code, got.changed, got.stderr)
		}
		for _, folder := range folders {
			if _, err := os.Stat(folder); err != nil {
				s.t.Errorf("%s: in use, and removed: %v", name, err)
			}
		}
		for _, left := range left {
			if _, err := os.Stat(s.path(left)); !errors.Is(err, fs.ErrNotExist) {
				s.t.Errorf("%s: %s is still there: %v", name, left, err)
			}
		}
	}
	for i, l := range live {
		if err := os.WriteFile(s.path(l.end), nil, 0o600); err != nil {
			s.t.Fatal(err)
		}
		if err := running[i].Wait(); err != nil {
			s.t.Errorf("%q: %v", l.args, err)
		}
	}
	s.same("the end", before, "repo/out.txt")
}
