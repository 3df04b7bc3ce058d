package elfscan

import "debug/buildinfo"

// GoBuildInfo returns what the Go linker recorded about the build, or nil if
// the file is no Go program or was built without it.
func (b *Binary) GoBuildInfo() *buildinfo.BuildInfo {
	info, err := buildinfo.Read(b.file)
	if err != nil {
		return nil
	}
	return info
}
