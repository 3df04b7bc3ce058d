// Sizegate says where every byte of an ELF binary goes.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// collectAt is the growth of the heap, in percent, at which garbage is collected.
// With Go's 100 the whole of an 80 MB program takes 129 MB in place of 92 MB, and
// 0.62 s in place of 0.64 s.
const collectAt = 25

func main() {
	debug.SetGCPercent(collectAt)
	// SIGTERM is what CI systems send to a job that is cancelled, SIGHUP a terminal
	// that is closed, SIGPIPE a reader that has gone. All end in an orderly way, so
	// that no worktree and no temporary file stays behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
