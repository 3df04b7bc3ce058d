// Sizegate says where every byte of an ELF binary goes.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// SIGTERM is what CI systems send to a job that is cancelled, SIGHUP a terminal
	// that is closed, SIGPIPE a reader that has gone. All end in an orderly way, so
	// that no worktree and no temporary file stays behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
