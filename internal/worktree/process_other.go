//go:build !unix

package worktree

import "os/exec"

// ownGroup does nothing: there are no process groups here.
func ownGroup(*exec.Cmd) {}

// ownSession does nothing either.
func ownSession(*exec.Cmd) {}

// killGroup does nothing: what the program started may live on.
func killGroup(*exec.Cmd) {}
