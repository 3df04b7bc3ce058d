package bundle

import (
	"bytes"
	"io"
	"strconv"
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
		return "", &Error{Problem: "an empty file", Hint: "did the build fail, or the disk fill up?"}
	}
	head := make([]byte, min(size, blockSize))
	if n, err := r.ReadAt(head, 0); err != nil && n < len(head) {
		return "", readError(err)
	}
	has := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case has("PK\x03\x04"), has("PK\x05\x06"):
		return FormatZip, nil
	case has("\x1f\x8b"):
		return FormatTarGzip, nil
	case has("\x28\xb5\x2f\xfd"), len(head) > 4 && head[0]>>4 == 5 && has(string(head[:1])+"\x2a\x4d\x18"): // the latter is a skippable frame
		return FormatTarZstd, nil
	case isTar(head):
		return FormatTar, nil
	}
	for _, o := range others {
		if has(o.magic) {
			return "", &Error{Problem: o.what, Hint: supported}
		}
	}
	if _, err := findEnd(r, size); err == nil {
		return FormatZip, nil
	}
	return "", &Error{Problem: "not a deployment package", Hint: supported}
}

// isTar reports whether a block begins a tar archive: its checksum is right, or
// it is the first of the two empty blocks at the end.
func isTar(block []byte) bool {
	const at, length = 148, 8 // of the checksum, which counts as spaces
	if len(block) < blockSize {
		return false
	}
	block = block[:blockSize]
	text := string(bytes.Trim(block[at:at+length], " \x00"))
	var unsigned, signed int64
	for i, c := range block {
		if at <= i && i < at+length {
			c = ' '
		}
		unsigned += int64(c)
		signed += int64(int8(c)) // as some old programs did
	}
	if text == "" {
		return unsigned == length*' ' && block[at] == 0
	}
	want, err := strconv.ParseInt(text, 8, 64)
	return err == nil && (want == unsigned || want == signed)
}
