//go:build unix

package startup

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestMain is also the program that is measured.
func TestMain(m *testing.M) {
	switch os.Getenv("SIZEGATE_STARTUP_TEST") {
	case "":
		os.Exit(m.Run())
	case "exit":
		if f, err := os.OpenFile(os.Getenv("SIZEGATE_STARTUP_LOG"), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600); err == nil {
			f.WriteString(strings.Join(os.Args[1:], " ") + "\n")
			f.Close()
		}
		sayPeak()
		os.Exit(7)
	case "hang":
		select {}
	case "memory":
		memory := bytes.Repeat([]byte{1}, 256<<20)
		sayPeak()
		os.Exit(int(memory[1]))
	}
}

// sayPeak writes what the system says of the memory of this process.
func sayPeak() {
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		if f, err := os.OpenFile(os.Getenv("SIZEGATE_STARTUP_PEAK"), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600); err == nil {
			f.Write(status)
			f.Close()
		}
	}
}

func self(t *testing.T, does string) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SIZEGATE_STARTUP_TEST", does)
	return path
}

func TestMeasure(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	t.Setenv("SIZEGATE_STARTUP_LOG", log)
	path := self(t, "exit")
	costs, err := Measure(context.Background(), []string{path, path}, []string{"--flag", "x"}, 3, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range costs {
		if c.Runs != 3 || c.Exit != 7 || c.Min <= 0 || c.Median < c.Min {
			t.Errorf("%+v", c)
		}
	}
	runs, err := os.ReadFile(log)
	if want := strings.Repeat("--flag x\n", 8); err != nil || string(runs) != want {
		t.Errorf("runs %q, %v, want %q", runs, err, want)
	}
}

// TestMemory: the peak is that of the program, which tells it itself as it
// ends, and has nothing of ours, which is larger.
func TestMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has /proc (run it there)")
	}
	ballast := bytes.Repeat([]byte{1}, 512<<20)
	log := filepath.Join(t.TempDir(), "log")
	t.Setenv("SIZEGATE_STARTUP_PEAK", log)
	for _, does := range []string{"exit", "memory"} {
		costs, err := Measure(context.Background(), []string{self(t, does)}, nil, 1, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		said, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(said), "VmHWM:")
		peak, err := strconv.ParseUint(strings.Fields(rest)[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		// What was read to say it, and the exit, may need a little more.
		if got := costs[0].Memory; got < peak<<10 || got > peak<<10+4<<20 || does == "memory" && got < 256<<20 || does == "exit" && got > 128<<20 {
			t.Errorf("%s: %d bytes, the program says %d kB", does, got, peak)
		}
		os.Remove(log)
	}
	runtime.KeepAlive(ballast)
}

func TestTooLong(t *testing.T) {
	_, err := Measure(context.Background(), []string{self(t, "hang")}, nil, 1, time.Nanosecond)
	if err == nil || !strings.Contains(err.Error(), "did not end within 1ns") {
		t.Error(err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Measure(ctx, []string{self(t, "hang")}, nil, 1, time.Minute); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestNotAProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(path, []byte("\x7fELF but no more"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + " missing"} {
		if _, err := Measure(context.Background(), []string{p}, nil, 1, time.Minute); err == nil || !strings.Contains(err.Error(), "cannot be run") {
			t.Errorf("%s: %v", p, err)
		}
	}
}
