package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test program be a worker, a real one or one with a fault.
func TestMain(m *testing.M) {
	switch fault := os.Getenv("MUTATION_TEST_WORKER"); fault {
	case "":
		os.Exit(m.Run())
	case "none":
		subjects, err := load(os.Args[1:])
		if err == nil {
			err = work(os.Stdin, os.Stdout, subjects)
		}
		if err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
	case "command": // that is named by the arguments, from a process that is small
		if err := json.NewEncoder(os.Stdout).Encode(usage(os.Args[1:])); err != nil {
			os.Exit(1)
		}
	default:
		var j job
		json.NewDecoder(os.Stdin).Decode(&j)
		switch fault {
		case "exit":
			os.Stderr.WriteString("fatal error: stack overflow")
			os.Exit(2)
		case "hang":
			for n := 0; ; n++ { // not even a signal's handler can stop it politely
				runtime.KeepAlive(n)
			}
		case "memory":
			json.NewEncoder(os.Stdout).Encode(result{Peak: maxMemory + 1})
		}
	}
}

func worker(t *testing.T, fault string, args ...string) func(context.Context) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, self, args...)
		cmd.Env = append(os.Environ(), "MUTATION_TEST_WORKER="+fault)
		return cmd
	}
}

// TestFaults: what a worker can do wrong is seen, and leaves no process.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		fault string
		limit time.Duration
		ended bool
		want  string
	}{
		{"exit", time.Minute, true, "stack overflow"},
		{"hang", time.Second, true, "not done after 1s"},
		{"memory", time.Minute, false, "took 1024 MiB of memory"},
	} {
		t.Run(tt.fault, func(t *testing.T) {
			c, err := start(worker(t, tt.fault)(t.Context()))
			if err != nil {
				t.Fatal(err)
			}
			r, ended := c.try(job{}, tt.limit)
			if ended != tt.ended || !strings.Contains(r.Problem, tt.want) {
				t.Errorf("ended: %v, %q", ended, r.Problem)
			}
			if !ended {
				c.stop()
			}
			if c.cmd.ProcessState == nil {
				t.Error("the worker still runs")
			}
		})
	}
}

const fixture = "../../testdata/elf/c-thunk-arm64"

// TestRun lets real workers examine a few mutants of two files.
func TestRun(t *testing.T) {
	paths := []string{fixture, "../../testdata/elf/c-zlib-amd64"}
	subjects, err := load(paths)
	if err != nil {
		t.Fatal(err)
	}
	if len(subjects) != 3 || subjects[2].name != "c-zlib-amd64+inflated" {
		t.Fatalf("%d subjects", len(subjects))
	}
	const n = 300
	r := &run{subjects: subjects, schedule: schedule(subjects), first: 1, count: n, tally: newTally(len(subjects)), command: func() *exec.Cmd { return worker(t, "none", paths...)(t.Context()) },
		failed: func(j job, r result) { t.Errorf("%s, seed %d: %s", subjects[j.Subject].name, j.Seed, r.Problem) }}
	if err := r.all(2); err != nil {
		t.Fatal(err)
	}
	total := &r.tally.total
	if total.sum() != n || total.measured < n/10 || total.refused < n/10 {
		t.Errorf("%+v", *total)
	}
	var table bytes.Buffer
	if err := r.tally.print(&table, subjects); err != nil || strings.Count(table.String(), "\n") != 2+len(subjects)+len(kinds)+1 {
		t.Errorf("%v\n%s", err, &table)
	}
}

// TestMutate: a seed is one mutant, another one is another, and all kinds of
// damage occur.
func TestMutate(t *testing.T) {
	subjects, err := load([]string{fixture})
	if err != nil {
		t.Fatal(err)
	}
	s := subjects[0]
	original := bytes.Clone(s.data)
	seen := make([]int, len(kinds))
	different := 0
	for seed := range uint64(500) {
		data, done := mutate(s, seed)
		again, _ := mutate(s, seed)
		if !bytes.Equal(data, again) {
			t.Fatalf("seed %d is two mutants", seed)
		}
		if len(data) > len(s.data)+8*(2*maxGrowth) {
			t.Errorf("seed %d: %d bytes", seed, len(data))
		}
		if !bytes.Equal(data, s.data) {
			different++
		}
		for _, k := range done {
			seen[k]++
		}
	}
	for k, n := range seen {
		if n == 0 {
			t.Errorf("no mutant with %s", kinds[k].name)
		}
	}
	if different < 400 || !bytes.Equal(original, s.data) {
		t.Errorf("%d of 500 mutants differ from the file", different)
	}
}

// TestExamine: reports of files as they are have no faults.
func TestExamine(t *testing.T) {
	paths, err := fixtures("../../testdata/elf")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > 64<<10 {
			continue // the same in more time
		}
		if measured, err := examine(t.Context(), data); !measured || err != nil {
			t.Errorf("%s: measured: %v, %v", path, measured, err)
		}
	}
}
