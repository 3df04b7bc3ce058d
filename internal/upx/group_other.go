//go:build !unix

package upx

import (
	"context"
	"os/exec"
)

// leader leads nothing: there are no process groups here.
type leader struct{}

func startsNothing(string) bool { return true }

func newLeader() *leader   { return nil }
func (*leader) group() int { return 0 }
func (*leader) end()       {}
func join(*exec.Cmd, int)  {}

// wait waits for the program, or kills it at ctx's end and says so.
func wait(ctx context.Context, cmd *exec.Cmd, _ int) (killed bool) {
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
