package advise

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/strip"
)

// strip: symbols or debug information are left in. The saving is to what GNU
// strip makes. Go's linker pads the end of the last segment when it writes no
// symbols itself: with -s -w the file is up to a page larger than stripped.
func (a *adviser) strip() (*Advice, error) {
	var symbols, debug uint64
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		switch {
		case s.Alloc():
		case s.Kind == elfscan.Debug:
			debug += s.FileSize
		case s.Base == ".symtab", s.Base == ".strtab":
			symbols += s.FileSize
		}
	}
	if symbols+debug < minSaving {
		return nil, nil
	}
	size, err := strip.Size(a.Binary, strip.All)
	if err != nil {
		var refused *elfscan.Error
		if errors.As(err, &refused) {
			return nil, nil // strip refuses the file
		}
		return nil, err
	}
	if size+minSaving > a.Binary.Size {
		return nil, nil
	}
	advice := &Advice{Code: CodeStrip, Title: "symbols are left in", Saves: &Saving{a.Binary.Size - size, Computed}}
	if debug > 0 {
		advice.Title = "debug information is left in"
		advice.Evidence = append(advice.Evidence, fmt.Sprintf("debug sections have %s bytes", bytesize.Size(debug).Grouped()))
	}
	if symbols > 0 {
		advice.Evidence = append(advice.Evidence, fmt.Sprintf(".symtab and .strtab have %s bytes", bytesize.Size(symbols).Grouped()))
	}
	advice.Evidence = append(advice.Evidence, fmt.Sprintf("%s bytes are left of %s when stripped", bytesize.Size(size).Grouped(), bytesize.Size(a.Binary.Size).Grouped()))
	var settings []string
	if a.Language("go") {
		settings = append(settings, `go build -ldflags="-s -w"`)
		advice.Evidence = append(advice.Evidence, fmt.Sprintf("with -s -w Go's linker pads the file's end: up to %s bytes more are left", bytesize.Size(a.pageSize()).Grouped()))
	}
	if a.Language("rust") {
		settings = append(settings, "[profile.release]\nstrip = \"symbols\"")
	}
	if len(settings) == 0 {
		settings = append(settings, "-s (when linking), or: strip FILE")
	}
	advice.Setting = strings.Join(settings, "\n")
	return advice, nil
}

// pageSize is the largest alignment of a segment.
func (a *adviser) pageSize() uint64 {
	n := uint64(0)
	for _, p := range a.Binary.Segments {
		n = max(n, p.Align)
	}
	return n
}
