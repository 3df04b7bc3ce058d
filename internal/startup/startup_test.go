//go:build unix

package startup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
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
		os.Exit(7)
	case "hang":
		select {}
	case "memory":
		memory := make([]byte, 256<<20)
		for i := range memory {
			memory[i] = byte(i)
		}
		os.Exit(int(memory[1]) - 1)
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
		if c.Runs != 3 || c.Min <= 0 || c.Median < c.Min {
			t.Errorf("%+v", c)
		}
	}
	runs, err := os.ReadFile(log)
	if want := strings.Repeat("--flag x\n", 8); err != nil || string(runs) != want {
		t.Errorf("runs %q, %v, want %q", runs, err, want)
	}
}

func TestMemory(t *testing.T) {
	costs, err := Measure(context.Background(), []string{self(t, "memory")}, nil, 1, time.Minute)
	if err != nil || costs[0].Memory < 256<<20 {
		t.Errorf("%+v, %v", costs, err)
	}
}

// TestMemoryUnknown: a program that needs less than this one has no figure,
// not this one's.
func TestMemoryUnknown(t *testing.T) {
	ballast := make([]byte, 64<<20)
	for i := range ballast {
		ballast[i] = 1
	}
	costs, err := Measure(context.Background(), []string{self(t, "exit")}, nil, 1, time.Minute)
	if err != nil || costs[0].Memory != 0 {
		t.Errorf("%+v, %v", costs, err)
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
