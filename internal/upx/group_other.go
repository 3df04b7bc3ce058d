//go:build !unix

package upx

import (
	"context"
	"os/exec"
)

// ownGroup does nothing: there are no process groups here.
func ownGroup(*exec.Cmd) {}

// wait waits for the program, or kills it at ctx's end and says so.
func wait(ctx context.Context, cmd *exec.Cmd) (killed bool) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		// The process's state says how it ended; there is no other error that matters.
		_ = cmd.Wait()
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		killed = true
		_ = cmd.Process.Kill()
		<-ended
	}
	return killed
}
