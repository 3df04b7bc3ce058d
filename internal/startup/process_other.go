//go:build !unix

package startup

import (
	"os"
	"os/exec"
)

func inGroup(*exec.Cmd) {}

func peakMemory(*os.ProcessState) uint64 { return 0 }
