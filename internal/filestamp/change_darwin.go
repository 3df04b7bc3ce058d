package filestamp

import (
	"os"
	"syscall"
)

func changeOf(info os.FileInfo) (changed int64, links uint64) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return s.Ctimespec.Nano(), uint64(s.Nlink)
	}
	return 0, 0
}
