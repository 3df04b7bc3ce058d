package bundle

import (
	"bytes"
	"io"

	"github.com/sizegate/sizegate/internal/bundle/flaw"
	"github.com/sizegate/sizegate/internal/bundle/tarstream"
	"github.com/sizegate/sizegate/internal/bundle/zipfile"
)

// Format is how a package is made.
type Format string

const (
	FormatDirectory Format = "directory"
	FormatZip       Format = "zip"
	FormatTar       Format = "tar"
	FormatTarGzip   Format = "tar+gzip"
	FormatTarZstd   Format = "tar+zstd"
)

const supported = "sizegate reads directories, .zip, .tar, .tar.gz and .tar.zst"

// others are the first bytes of archives that are not read.
var others = []struct{ magic, what string }{
	{"\xfd7zXZ\x00", "an xz file"},
	{"BZh", "a bzip2 file"},
	{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
	{"Rar!\x1a\x07", "a RAR archive"},
	{"PK\x07\x08", "the first part of a split zip archive"},
}

// formatOf tells the format of size bytes by their content. A zip archive may
// have something in front of it, so that is looked for last.
func formatOf(r io.ReaderAt, size int64) (Format, error) {
	if size == 0 {
		return "", &flaw.Error{Problem: "an empty file", Hint: "did the build fail, or the disk fill up?"}
	}
	head := make([]byte, min(size, tarstream.BlockSize))
	if n, err := r.ReadAt(head, 0); err != nil && n < len(head) {
		return "", flaw.Reading(err)
	}
	has := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case has("PK\x03\x04"), has("PK\x05\x06"):
		return FormatZip, nil
	case has("\x1f\x8b"):
		return FormatTarGzip, nil
	case has("\x28\xb5\x2f\xfd"), len(head) > 4 && head[0]>>4 == 5 && has(string(head[:1])+"\x2a\x4d\x18"): // the latter is a skippable frame
		return FormatTarZstd, nil
	case tarstream.IsTar(head):
		return FormatTar, nil
	}
	for _, o := range others {
		if has(o.magic) {
			return "", &flaw.Error{Problem: o.what, Hint: supported}
		}
	}
	if _, err := zipfile.Find(r, size); err == nil {
		return FormatZip, nil
	}
	return "", &flaw.Error{Problem: "not a deployment package", Hint: supported}
}
