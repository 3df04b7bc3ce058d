package advise

import (
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
)

// minUnoptimized is how much code is more than a few start-up functions.
const minUnoptimized = 8 << 10

// minOneByOne is how much code has to be in files that were optimized one by one.
const minOneByOne = 8 << 10

// optLevel: code that was not optimized at all. GCC writes its flags into debug
// information, clang and rustc do not; but in Rust functions that every level of
// optimization removes are left then.
func (a *adviser) optLevel() (*Advice, error) {
	code, files, err := a.compiled(unoptimized)
	if err != nil {
		return nil, err
	}
	advice := &Advice{Code: CodeOptLevel, HowToFindOut: "build with it and compare: sizegate diff OLD NEW"}
	var languages, settings []string
	if a.Symbols.Identities > 0 {
		languages = append(languages, "Rust")
		advice.Evidence = append(advice.Evidence, "functions for IntoIterator::into_iter that only return their argument, and that any opt-level above 0 removes: "+bytesize.Size(a.Symbols.Identities).Grouped())
		settings = append(settings, "cargo build --release\n# or, where the profile says 0:\n[profile.release]\nopt-level = 3    # or \"s\", or \"z\": smaller as a rule, and slower")
	}
	if code >= minUnoptimized {
		languages = append(languages, "C")
		advice.Evidence = append(advice.Evidence,
			fmt.Sprintf("%s source files with %s bytes of code have no -O in the flags that GCC wrote down: %s", bytesize.Size(len(files)).Grouped(), bytesize.Size(code).Grouped(), largest(files)))
		switch {
		case a.Language("go"):
			settings = append(settings, `CGO_CFLAGS="-Os" go build`)
		case a.Language("rust"):
			settings = append(settings, `CFLAGS="-Os" cargo build --release    # the crate cc passes it on`)
		default:
			settings = append(settings, "-Os    # or -O2")
		}
	}
	if len(languages) == 0 {
		return nil, nil
	}
	advice.Title = strings.Join(languages, " and ") + " code is compiled without optimization"
	advice.Setting = strings.Join(settings, "\n")
	return advice, nil
}

// ltoOfC: a C or C++ program whose source files GCC optimized one by one, by the flags that
// it writes into debug information. Clang writes down none.
func (a *adviser) ltoOfC() (*Advice, error) {
	code, files, err := a.compiled(func(producer string) bool {
		return strings.HasPrefix(producer, "GNU C") && !unoptimized(producer) && !hasFlag(producer, "-flto")
	})
	if err != nil {
		return nil, err
	}
	if len(files) < 2 || code < minOneByOne {
		return nil, nil
	}
	return &Advice{
		Code:  CodeLTO,
		Title: "source files are not optimized as a whole",
		Evidence: []string{
			fmt.Sprintf("%s source files with %s bytes of code have no -flto in the flags that GCC wrote down: %s", bytesize.Size(len(files)).Grouped(), bytesize.Size(code).Grouped(), largest(files)),
		},
		Setting:      "-flto    # when compiling, and when linking with the same -O",
		HowToFindOut: "files get smaller as a rule, and builds slower: build with it and compare: sizegate diff OLD NEW",
	}, nil
}

// compiled is the bytes of code of the compile units whose producer is as asked, in all
// and by source file.
func (a *adviser) compiled(asked func(producer string) bool) (code uint64, files map[string]uint64, err error) {
	units, err := a.CompileUnits()
	if err != nil {
		return 0, nil, err
	}
	files = make(map[string]uint64)
	for _, u := range units {
		if !asked(u.Producer) {
			continue
		}
		n := uint64(0)
		for _, r := range u.Ranges {
			n += r.Hi - r.Lo
		}
		if n > 0 {
			code += n
			files[u.Name] += n
		}
	}
	return code, files, nil
}

// hasFlag says whether a producer was given a flag, with or without a value.
func hasFlag(producer, flag string) bool {
	for f := range strings.FieldsSeq(producer) {
		if name, _, _ := strings.Cut(f, "="); name == flag {
			return true
		}
	}
	return false
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
