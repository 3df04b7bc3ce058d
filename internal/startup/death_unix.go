//go:build unix && !linux

package startup

import "syscall"

// dieToo does nothing: only Linux can kill a program for its parent's death.
func dieToo(*syscall.SysProcAttr) {}
