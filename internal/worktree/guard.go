package worktree

import (
	"fmt"
	"io"
	"os"
	"os/exec"
)

// guard kills a process group when this process dies, however that happens: the
// death of a parent reaches the leader of a group and nothing that it has started.
// It is a shell that waits for the end of its input. A nil *guard does nothing.
type guard struct {
	cmd        *exec.Cmd
	input      io.WriteCloser
	held, hold *os.File // the pipe that the leader waits for
}

const (
	guardScript = `read -r group && ! read -r end && kill -s KILL -- "-$group"`
	// The program begins when the guard is told of it, and not before.
	heldScript = `read -r go <&3 && exec 3<&- && exec "$@"`
)

// newGuard changes a program that is not started yet. It returns nil, with the
// program as it was, where there is no shell.
func newGuard(program *exec.Cmd) *guard {
	shell, err := exec.LookPath("sh")
	if err != nil {
		return nil
	}
	cmd := exec.Command(shell, "-c", guardScript)
	cmd.Dir = "/" // it keeps no folder from being removed
	ownSession(cmd)
	input, err := cmd.StdinPipe()
	if err != nil || cmd.Start() != nil {
		return nil
	}
	g := &guard{cmd: cmd, input: input}
	if g.held, g.hold, err = os.Pipe(); err != nil {
		g.end()
		return nil
	}
	program.ExtraFiles = []*os.File{g.held}
	program.Args = append([]string{"sh", "-c", heldScript, "sh", program.Path}, program.Args[1:]...)
	program.Path = shell
	return g
}

// watch lets the program begin, which leads the group.
func (g *guard) watch(leader int) {
	if g != nil {
		fmt.Fprintln(g.input, leader)
		fmt.Fprintln(g.hold)
	}
}

// end is for when the group is gone: its number may become another's.
func (g *guard) end() {
	if g == nil {
		return
	}
	_ = g.cmd.Process.Kill()
	_ = g.cmd.Wait()
	if g.held != nil {
		g.held.Close()
		g.hold.Close()
	}
}
