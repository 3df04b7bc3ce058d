package references

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/oneline"
)

// formats are what content is where it begins so. Only what is very unlikely to be
// met by chance is in the list.
var formats = []struct{ magic, name string }{
	{"\x1f\x8b\x08", "gzip data"},
	{"\x28\xb5\x2f\xfd", "zstd data"},
	{"\xfd7zXZ\x00", "xz data"},
	{"PK\x03\x04", "zip archive"},
	{"\x89PNG\r\n\x1a\n", "PNG image"},
	{"\xff\xd8\xff", "JPEG image"},
	{"GIF87a", "GIF image"},
	{"GIF89a", "GIF image"},
	{"wOFF", "WOFF font"},
	{"wOF2", "WOFF2 font"},
	{"%PDF-", "PDF document"},
	{"\x7fELF", "ELF file"},
	{"\x00asm\x01\x00\x00\x00", "WebAssembly module"},
	{"SQLite format 3\x00", "SQLite database"},
}

// contentName is the name of an object by the bytes that it begins with: the
// format of a file, or the start of a text. more says that the object is longer.
// It is "" for what is neither.
func contentName(head []byte, more bool) string {
	for _, f := range formats {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return f.name
		}
	}
	if !isText(head) {
		return ""
	}
	const limit = 40 // characters
	s := oneline.Quote(string(head), limit+1)
	if s == "" {
		return "" // nothing but space
	}
	if more && !strings.HasSuffix(s, "…") {
		s += "…"
	}
	return `"` + s + `"`
}

// isText says whether bytes are text in UTF-8 by and large: at most one character
// in 32 is none that text has. The last may be cut.
func isText(head []byte) bool {
	all, bad := 0, 0
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 && !utf8.FullRune(head) {
			break
		}
		all++
		if r == utf8.RuneError && n == 1 || !unicode.IsGraphic(r) && !strings.ContainsRune("\t\n\f\r\ufeff", r) {
			bad++
		}
		head = head[n:]
	}
	return bad <= all/32
}
