// Package interrupt is how work ends when a signal cancels its context.
package interrupt

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Err is the end of a command by a signal.
var Err = errors.New("interrupted (nothing was written)")

// Moment is how long an interrupted command goes on with what it is at.
const Moment = 2 * time.Second

// Wait waits for what is running, and is true if that ended. After an interruption it
// has a moment to clean up behind itself; a parser that is in the middle of a file does
// not look at the context, and is not waited for.
func Wait(ctx context.Context, running *sync.WaitGroup) bool {
	done := make(chan struct{})
	go func() {
		running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
	}
	select {
	case <-done:
		return true
	case <-time.After(Moment):
		return false
	}
}

// Or is the error, or an interruption where that is the cause of it.
func Or(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return Err
	}
	return err
}
