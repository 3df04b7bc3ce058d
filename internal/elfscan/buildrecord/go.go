package buildrecord

import (
	"debug/buildinfo"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// Go returns what the Go linker recorded about the build, or nil if
// the file is no Go program or was built without it.
func Go(b *elfscan.Binary) *buildinfo.BuildInfo {
	info, err := buildinfo.Read(b.Reader())
	if err != nil {
		return nil
	}
	return info
}
