package advise

import (
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// minUnoptimized is how much code is more than a few start-up functions.
const minUnoptimized = 8 << 10

// optLevel: GCC writes its flags into debug information. clang and rustc do not.
func (a *adviser) optLevel() (*Advice, error) {
	units, err := a.compileUnits()
	if err != nil {
		return nil, err
	}
	code := uint64(0)
	files := make(map[string]uint64)
	for _, u := range units {
		if !unoptimized(u.Producer) {
			continue
		}
		n := uint64(0)
		for _, r := range u.Ranges {
			n += r.Hi - r.Lo
		}
		code += n
		files[u.Name] += n
	}
	if code < minUnoptimized {
		return nil, nil
	}
	setting := "-Os    # or -O2"
	if a.language("go") {
		setting = `CGO_CFLAGS="-Os" go build`
	}
	return &Advice{
		Code:  CodeOptLevel,
		Title: "C code is compiled without optimization",
		Evidence: []string{
			fmt.Sprintf("%d source files with %d bytes of code have no -O in the flags that GCC wrote down: %s", len(files), code, largest(files)),
		},
		Setting:      setting,
		HowToFindOut: "build with it and compare: sizegate diff OLD NEW",
	}, nil
}

// unoptimized says whether a producer is GCC compiling without optimization. The
// last of several flags is the one that counts; -Og keeps most calls, but is one.
func unoptimized(producer string) bool {
	if !strings.HasPrefix(producer, "GNU C") {
		return false
	}
	level := ""
	for f := range strings.FieldsSeq(producer) {
		if strings.HasPrefix(f, "-O") {
			level = f
		}
	}
	return level == "" || level == "-O0"
}

// compileUnits reads the compile units of the file or its debug file; none where
// there are only Go's.
func (a *adviser) compileUnits() ([]native.Unit, error) {
	b := a.Binary
	if a.DebugFile != nil && a.DebugFile.HasInfo() && a.section(".debug_info", ".zdebug_info") == nil && !a.hasDebug() {
		b = a.DebugFile.Binary
	}
	sections, err := attrib.DWARF(b, false)
	if err != nil {
		return nil, nil // it says in attribution what is wrong with it
	}
	if sections.Info == nil || sections.Abbrev == nil {
		return nil, nil
	}
	units, _, err := native.ReadUnits(sections, func(r native.Range) bool {
		i := a.Binary.SectionAt(r.Lo)
		if i < 0 {
			return false
		}
		s := &a.Binary.Sections[i]
		return s.Kind == elfscan.Code && r.Hi-s.Addr <= s.Size
	})
	return units, err
}
