// Package startup measures what it costs to start a program: how long it takes
// to exit and how much memory it has at most, over several runs.
package startup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"time"
)

// Cost is what the runs of one program took.
type Cost struct {
	Runs        int
	Min, Median time.Duration // from starting the process to its end
	Memory      uint64        // peak resident bytes of the run that had most, 0 if unknown: the system tells only what is more than our own peak
}

// Measure runs each of the programs, with the arguments, as often as runs says.
// They run in turn, so that a change of the machine's speed meets all of them,
// after one run of each that does not count. They get no input, and what they
// print is thrown away; which exit code they end with makes no difference. A
// run that takes longer than limit is killed, and is an error, as is a program
// that does not start or that a signal ends.
func Measure(ctx context.Context, paths, args []string, runs int, limit time.Duration) ([]Cost, error) {
	costs := make([]Cost, len(paths))
	took := make([][]time.Duration, len(paths))
	for round := -1; round < runs; round++ {
		for i, path := range paths {
			t, memory, err := once(ctx, path, args, limit)
			if err != nil {
				return nil, err
			}
			if round >= 0 {
				took[i] = append(took[i], t)
				costs[i].Memory = max(costs[i].Memory, memory)
			}
		}
	}
	for i := range costs {
		slices.SortFunc(took[i], cmp.Compare)
		costs[i].Runs, costs[i].Min, costs[i].Median = runs, took[i][0], took[i][len(took[i])/2]
	}
	return costs, nil
}

func once(ctx context.Context, path string, args []string, limit time.Duration) (time.Duration, uint64, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTooLong)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	inGroup(cmd)
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if cause := context.Cause(ctx); cause != nil {
		if errors.Is(cause, errTooLong) {
			return 0, 0, fmt.Errorf("it did not end within %v (give it arguments with which it does: --startup-args --version)", limit)
		}
		return 0, 0, cause
	}
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || !exit.Exited()) {
		return 0, 0, fmt.Errorf("it cannot be run: %w", err)
	}
	return took, peakMemory(cmd.ProcessState), nil
}

var errTooLong = errors.New("too long")
