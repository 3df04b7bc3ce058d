package worktree

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/sizegate/sizegate/internal/scratch"
)

const (
	// lockLimit is how long to wait for the lock of a repository. It is held
	// while an entry is made or removed, which takes milliseconds.
	lockLimit = 10 * time.Second
	lockPause = 5 * time.Millisecond
)

// lock takes the lock of the whole repository, under which its list of worktrees
// changes: git reads the entries that others are still writing, and fails. The
// lock is nil if there is none to be had; the work can be done without.
func (r *Repo) lock(ctx context.Context) *os.File {
	ctx, cancel := context.WithTimeout(ctx, lockLimit)
	defer cancel()
	pause := time.NewTicker(lockPause)
	defer pause.Stop()
	for {
		f, err := scratch.Hold(r.common)
		if !errors.Is(err, scratch.ErrHeld) {
			return f
		}
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
	}
}

// unlock accepts the nil of a lock that could not be had.
func unlock(f *os.File) {
	if f != nil {
		f.Close()
	}
}
