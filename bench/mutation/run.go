package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"
)

// What a mutant may take: time from the first analysis to the last of it, and
// memory of the process.
const (
	maxTime   = 10 * time.Second
	maxMemory = 1 << 30
)

// child is a worker's process.
type child struct {
	cmd     *exec.Cmd
	jobs    *json.Encoder
	in      io.Closer
	replies chan result // closed when there are no more
	stderr  *bytes.Buffer
}

// start starts a worker.
func start(cmd *exec.Cmd) (*child, error) {
	c := &child{cmd: cmd, replies: make(chan result), stderr: &bytes.Buffer{}}
	cmd.Stderr = c.stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c.in, c.jobs = in, json.NewEncoder(in)
	go func() {
		defer close(c.replies)
		for d := json.NewDecoder(out); ; {
			var r result
			if d.Decode(&r) != nil {
				return
			}
			c.replies <- r
		}
	}()
	return c, nil
}

// try lets the worker do a job. If it is not alive afterwards, ended is true.
func (c *child) try(j job, limit time.Duration) (r result, ended bool) {
	if err := c.jobs.Encode(j); err == nil {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		select {
		case r, ok := <-c.replies:
			if ok && r.Problem == "" && r.Peak > maxMemory {
				r.Problem = fmt.Sprintf("took %d MiB of memory", r.Peak>>20)
			}
			if ok {
				return r, false
			}
		case <-timer.C:
			c.cmd.Process.Signal(syscall.SIGQUIT) // so that its stack is in the output
			select {
			case <-c.replies:
			case <-time.After(limit):
				c.cmd.Process.Kill()
			}
			c.stop()
			return result{Problem: fmt.Sprintf("not done after %v\n%s", limit, c.said()), Took: limit}, true
		}
	}
	err := c.stop()
	return result{Problem: fmt.Sprintf("the worker ended: %v\n%s", err, c.said())}, true
}

// said is what the worker wrote to standard error: the start, and the stack of the
// goroutine that examines mutants.
func (c *child) said() []byte {
	const most = 4 << 10
	all := c.stderr.Bytes()
	said := all[:min(len(all), most)]
	if _, stack, ok := bytes.Cut(all[len(said):], []byte("\ngoroutine 1 ")); ok {
		said = slices.Concat(said, []byte("\n…\ngoroutine 1 "), stack[:min(len(stack), most)])
	}
	return said
}

// stop ends the worker's input, and waits for its end.
func (c *child) stop() error {
	c.in.Close()
	for range c.replies {
	}
	return c.cmd.Wait()
}

// run is a number of workers and what they have done.
type run struct {
	subjects []*subject
	command  func() *exec.Cmd // a worker
	schedule []int            // positions in subjects, in turn
	first    uint64           // seed of the first mutant
	count    int              // of mutants, 0 for no limit
	until    time.Time        // zero for no limit
	failed   func(j job, r result)

	mu    sync.Mutex
	next  int
	tally tally
}

// take returns the next job, false if there is none.
func (r *run) take() (job, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count > 0 && r.next >= r.count || !r.until.IsZero() && time.Now().After(r.until) {
		return job{}, false
	}
	j := job{r.schedule[r.next%len(r.schedule)], r.first + uint64(r.next)}
	r.next++
	return j, true
}

// all runs the jobs in a number of workers. A worker that ended is replaced.
func (r *run) all(workers int) error {
	errs := make([]error, workers)
	var running sync.WaitGroup
	for i := range errs {
		running.Go(func() { errs[i] = r.some() })
	}
	running.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *run) some() error {
	for {
		c, err := start(r.command())
		if err != nil {
			return err
		}
		ended := false
		for !ended {
			j, more := r.take()
			if !more {
				return c.stop()
			}
			var res result
			res, ended = c.try(j, maxTime)
			r.mu.Lock()
			r.tally.add(j, res)
			if res.Problem != "" {
				r.failed(j, res)
			}
			r.mu.Unlock()
		}
	}
}

// schedule lets large files have fewer turns: most of what can be wrong with a
// file is seen in a small one, in a fraction of the time.
func schedule(subjects []*subject) []int {
	const large, turns = 64 << 10, 8
	var list []int
	for turn := range turns {
		for i, s := range subjects {
			if len(s.data) < large || turn == i%turns {
				list = append(list, i)
			}
		}
	}
	return list
}
