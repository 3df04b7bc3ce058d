package rustsym

import (
	"strings"
	"testing"
)

func FuzzParseV0(f *testing.F) {
	for _, n := range v0Names {
		f.Add(n.name)
	}
	for _, n := range realNames(f) {
		if n.want.Scheme == V0 {
			f.Add(n.name)
		}
	}
	f.Fuzz(func(t *testing.T, name string) {
		checkInvariants(t, name)
		if rest, ok := strings.CutPrefix(name, v0Prefix); ok && !strings.ContainsAny(name, ".$") {
			// A suffix never changes what is read before it.
			a, aOK := Parse(name)
			b, bOK := Parse(v0Prefix + rest + ".llvm.1")
			if a != b || aOK != bOK {
				t.Fatalf("%+v, %v without a suffix, %+v, %v with one", a, aOK, b, bOK)
			}
		}
	})
}

func FuzzParseLegacy(f *testing.F) {
	for _, n := range legacyNames {
		f.Add(legacyName(n.elements...))
	}
	for _, n := range realNames(f) {
		if n.want.Scheme == Legacy {
			f.Add(n.name)
		}
	}
	f.Fuzz(func(t *testing.T, name string) {
		checkInvariants(t, name)
		// The text as the first element of a name that is otherwise right.
		if name != "" {
			checkInvariants(t, legacyName(name, "f"))
		}
	})
}
