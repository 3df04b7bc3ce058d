// Package startup measures what it costs to start a program: how long it takes
// to exit and how much memory it has at most, over several runs.
package startup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"time"
)

// Cost is what the runs of one program took.
type Cost struct {
	Runs        int
	Min, Median time.Duration // from starting the process to its end
	Memory      uint64        // peak resident bytes of one run, 0 if unknown
	Exit        int           // the exit code of the last run
}

// Measure runs each of the programs, with the arguments, as often as runs says.
// They run in turn, so that a change of the machine's speed meets all of them,
// after one run of each that is not timed and tells the memory. They get no
// input, and what they print is thrown away; an exit code that
// is not 0 is no error. A run that takes longer than limit is killed, and is an error,
// as is a program that does not start or that a signal ends. What a program
// leaves running in its process group is killed.
func Measure(ctx context.Context, paths, args []string, runs int, limit time.Duration) ([]Cost, error) {
	costs := make([]Cost, len(paths))
	for i, path := range paths {
		var err error
		if costs[i].Memory, err = peakMemory(ctx, path, args, limit); err != nil {
			return nil, err
		}
	}
	took := make([][]time.Duration, len(paths))
	for range runs {
		for i, path := range paths {
			t, exit, err := once(ctx, path, args, limit)
			if err != nil {
				return nil, err
			}
			costs[i].Exit = exit
			took[i] = append(took[i], t)
		}
	}
	for i := range costs {
		slices.SortFunc(took[i], cmp.Compare)
		costs[i].Runs, costs[i].Min, costs[i].Median = runs, took[i][0], took[i][len(took[i])/2]
	}
	return costs, nil
}

func once(ctx context.Context, path string, args []string, limit time.Duration) (took time.Duration, exit int, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTooLong)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	inGroup(cmd)
	// See dieToo.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := time.Now()
	err = cmd.Run()
	took = time.Since(start)
	if cmd.Process != nil {
		killGroup(cmd.Process.Pid)
	}
	if err := tooLong(ctx, limit); err != nil {
		return 0, 0, err
	}
	var exited *exec.ExitError
	if err != nil && (!errors.As(err, &exited) || !exited.Exited()) {
		return 0, 0, fmt.Errorf("it cannot be run: %w", err)
	}
	return took, cmd.ProcessState.ExitCode(), nil
}

// tooLong is the error of a run that the context has ended.
func tooLong(ctx context.Context, limit time.Duration) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, errTooLong) {
		return fmt.Errorf("it did not end within %v (give it arguments with which it does: --startup-args --version)", limit)
	}
	return cause
}

var errTooLong = errors.New("too long")
