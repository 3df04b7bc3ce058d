package lambda

import (
	"slices"
	"strconv"
	"strings"
)

// version is the numbers of a symbol version: 2, 34 of GLIBC_2.34.
type version []int

// parseVersion takes a symbol version apart: "GLIBC" and 2, 34. ok is false for
// those without numbers, such as GLIBC_PRIVATE.
func parseVersion(name string) (family string, v version, ok bool) {
	family, numbers, found := strings.Cut(name, "_")
	if !found || len(numbers) > 40 {
		return "", nil, false
	}
	for part := range strings.SplitSeq(numbers, ".") {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return "", nil, false
		}
		v = append(v, int(n))
	}
	return family, v, true
}

func (v version) newer(than version) bool { return slices.Compare(v, than) > 0 }

func (v version) String() string {
	var parts []string
	for _, n := range v {
		parts = append(parts, strconv.Itoa(n))
	}
	return strings.Join(parts, ".")
}
