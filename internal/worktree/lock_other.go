//go:build !unix || aix || solaris

package worktree

import (
	"errors"
	"os"
)

// hold has no lock to take here, so that nothing counts as left behind.
func hold(string) (*os.File, error) { return nil, errors.ErrUnsupported }
