//go:build !unix || aix || solaris

package scratch

import (
	"errors"
	"os"
)

// Hold has no lock to take here, so that nothing counts as left behind.
func Hold(string) (*os.File, error) { return nil, errors.ErrUnsupported }

func holdFile(string) (*os.File, error) { return nil, errors.ErrUnsupported }
