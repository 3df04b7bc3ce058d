package page

import (
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Whom code counts for, by the view that a binary was measured with.
const (
	writerCharged   = "Rust functions count for the crate that wrote them"
	compilerCharged = "for the crate that compiled them"
	sourceCharged   = "Inlined code counts for the package or crate that wrote it"
)

// viewOf is the view that a binary was measured with, "" where none could make a
// difference: only Rust is told apart by who wrote and who compiled it. asked is
// Options.View. Where that is "" a binary without a view may be from a report
// that does not know it.
func viewOf(b *snapshot.Binary, asked string) string {
	switch rust := slices.Contains(b.Languages, "rust"); {
	case b.View == "source" || b.View == "instantiated" && rust:
		return b.View
	case b.View == "" && asked != "" && rust:
		return "defined"
	}
	return ""
}

// viewNote is what is to be said of a binary that was not measured with the
// default view.
func viewNote(b *snapshot.Binary) string {
	switch viewOf(b, "") {
	case "instantiated":
		return "Rust functions count " + compilerCharged
	case "source":
		return sourceCharged
	}
	return ""
}

// charged says in sentences whom code counts for, "" where no view could make a
// difference.
func charged(asked string, binaries ...snapshot.Binary) string {
	count := make(map[string]int)
	for i := range binaries {
		count[viewOf(&binaries[i], asked)]++
	}
	var sentences []string
	switch written, compiled := count["defined"] > 0, count["instantiated"] > 0; {
	case written && compiled:
		files := "1 file"
		if n := count["instantiated"]; n > 1 {
			files = bytesize.Size(n).Grouped() + " files"
		}
		sentences = append(sentences, writerCharged+", in "+files+" "+compilerCharged+".")
	case written:
		sentences = append(sentences, writerCharged+".")
	case compiled:
		sentences = append(sentences, "Rust functions count "+compilerCharged+".")
	}
	if count["source"] > 0 {
		sentences = append(sentences, sourceCharged+".")
	}
	return strings.Join(sentences, " ")
}
