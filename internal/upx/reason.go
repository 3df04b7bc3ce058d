package upx

import (
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/oneline"
)

// reasonLimit is the length of a reason in runes. UPX's are below 100.
const reasonLimit = 200

// declining are the exceptions by which UPX says that it does not pack a file
// of this kind, as opposed to having failed at it (src/except.h of UPX).
var declining = []string{
	"AlreadyPackedException",
	"CantPackException",
	"NotCompressibleException",
	"OverlayException",
	"UnknownExecutableFormatException",
}

// declines says whether a message of UPX is about the kind of file. Empty and
// tiny files are an IOException of a form that no error of the disk has.
func declines(message string) bool {
	name, _, _ := strings.Cut(message, ":")
	return slices.Contains(declining, name) || name == "IOException" && strings.HasSuffix(message, "-- skipped")
}

// message is what UPX said, in one line: its first line of the form "upx: FILE:
// TEXT" without the names; else the last line on standard error, where other
// programs say what is wrong; else "".
func message(e ending) string {
	last := ""
	for line := range strings.Lines(e.stderr) {
		for _, file := range []string{inputName, packedName} {
			if _, text, ok := strings.Cut(line, ": "+file+": "); ok {
				return oneLine(text)
			}
		}
		if line = oneLine(line); line != "" {
			last = line
		}
	}
	return last
}

// oneLine is a text of UPX as a reason.
func oneLine(s string) string { return oneline.Quote(s, reasonLimit) }
