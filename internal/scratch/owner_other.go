//go:build !unix

package scratch

import "os"

// chown has no owners to give here.
func chown(*os.File, os.FileInfo) bool { return true }
