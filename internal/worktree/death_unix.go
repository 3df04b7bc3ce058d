//go:build unix && !linux

package worktree

import "syscall"

// dieToo does nothing: only Linux can kill a program for its parent's death.
func dieToo(*syscall.SysProcAttr) {}
