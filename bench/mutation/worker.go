package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
)

// job is one mutant to examine.
type job struct {
	Subject int // position in the list that both sides have
	Seed    uint64
}

// result is what came of a job.
type result struct {
	Done     []int  // positions in kinds
	Measured bool   // or refused
	Problem  string // "" if nothing is wrong
	Took     time.Duration
	Peak     uint64 // memory of the process at its highest, in bytes
}

// work examines the mutants that it reads of, one after the other. It ends with
// its input. What a process cannot survive, such as a stack that overflows, ends
// it earlier.
func work(in io.Reader, out io.Writer, subjects []*subject) error {
	// The parent's limit is for what is used. This one ends the process in the
	// moment it asks for far more.
	const limit = 3 * maxMemory / 2
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	// The signal that ends a hanging process is to leave stacks, not a core.
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return err
	}
	debug.SetTraceback("crash") // of all threads
	replies := json.NewEncoder(out)
	for jobs := json.NewDecoder(bufio.NewReader(in)); ; {
		var j job
		if err := jobs.Decode(&j); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := replies.Encode(one(subjects[j.Subject], j.Seed)); err != nil {
			return err
		}
	}
}

// baseMemory is what a worker may have in use before a mutant, in bytes.
const baseMemory = 96 << 20

// one examines one mutant.
func one(s *subject, seed uint64) (r result) {
	data, done := mutate(s, seed)
	r.Done = done
	if r.Peak, _ = readPeak(); r.Peak > baseMemory {
		debug.FreeOSMemory() // what the mutant before left is not this one's
	}
	if err := resetPeak(); err != nil {
		r.Problem = err.Error()
		return r
	}
	start := time.Now()
	defer func() {
		if p := recover(); p != nil {
			r.Problem = fmt.Sprintf("panic: %v\n%s", p, debug.Stack())
		}
		r.Took = time.Since(start)
		peak, err := readPeak()
		if err != nil && r.Problem == "" {
			r.Problem = err.Error()
		}
		r.Peak = peak
	}()
	measured, err := examine(context.Background(), data)
	r.Measured = measured
	if err != nil {
		r.Problem = err.Error()
	}
	return r
}

// resetPeak lets the kernel forget the process's highest use of memory.
func resetPeak() error { return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// readPeak returns the highest use of memory since then, in bytes.
func readPeak() (uint64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0, fmt.Errorf("/proc/self/status has no VmHWM")
	}
	kib, err := strconv.ParseUint(string(fields[0]), 10, 64)
	return kib << 10, err
}
