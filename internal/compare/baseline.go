package compare

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// Match finds what a binary was in the baseline, nil if it was not there: the
// one with the budget's name (of several the one with the path too), then the
// one with the path, then the only one. only says that it is alone on its own
// side as well.
func Match(baseline *snapshot.Report, name, path string, only bool) *snapshot.Binary {
	if baseline == nil {
		return nil
	}
	var named, placed *snapshot.Binary
	count := 0
	for i := range baseline.Binaries {
		b := &baseline.Binaries[i]
		here := samePath(b.Path, path)
		if b.Name == name {
			if here {
				return b
			}
			named = b
			count++
		}
		if here && placed == nil {
			placed = b
		}
	}
	switch {
	case count == 1:
		return named
	case placed != nil:
		return placed
	case only && len(baseline.Binaries) == 1:
		return &baseline.Binaries[0]
	}
	return nil
}

// samePath compares paths as they were named, from wherever that was.
func samePath(a, b string) bool {
	clean := func(p string) string { return path.Clean(filepath.ToSlash(p)) }
	return a != "" && b != "" && clean(a) == clean(b)
}

// Comparable says why growth from old to new may be nobody's doing, in a
// sentence for each reason; nothing if it can be judged. The versions are those
// of sizegate that measured. What is unknown is no reason. The sentences can
// quote the files.
func Comparable(old, new *snapshot.Binary, oldVersion, newVersion string) []string {
	var reasons []string
	differ := func(format, before, after string) {
		if before != "" && after != "" && before != after {
			reasons = append(reasons, fmt.Sprintf(format, before, after))
		}
	}
	differ("the baseline was built by %.60s, this file by %.60s", old.Compiler, new.Compiler)
	differ("the baseline is for %.60s, this file for %.60s", old.Arch, new.Arch)
	if before, after := viewOf(old), viewOf(new); before != after {
		reasons = append(reasons, fmt.Sprintf("the baseline was measured with --view %.60s, this file with %.60s", before, after))
	}
	differ("the baseline was measured by sizegate %.60s, this file by %.60s", majorVersion(oldVersion), majorVersion(newVersion))
	return reasons
}

// viewOf is how the code of a binary was charged.
func viewOf(b *snapshot.Binary) string {
	if b.View == "" {
		return "defined"
	}
	return b.View
}

// majorVersion is "v1" of "v1.4.0", "" of what is no version.
func majorVersion(version string) string {
	digitsAndRest, ok := strings.CutPrefix(version, "v")
	n := digits(digitsAndRest)
	if !ok || n == 0 || n < len(digitsAndRest) && digitsAndRest[n] != '.' {
		return ""
	}
	return version[:1+n]
}
