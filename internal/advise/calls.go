package advise

import (
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/bytesize"
)

// minPackage is what net/http and crypto/tls have at least where they are in use:
// programs have bits of them, which other packages of the standard library name.
const minPackage = 256 << 10

// indirectPackage: net/http is in the file, and no code of the program calls it.
func (a *adviser) indirectPackage() (*Advice, error) {
	var size uint64
	var parts []string
	for _, path := range []string{"net/http", "crypto/tls"} {
		n := uint64(0)
		for _, o := range a.Profile.Owners {
			if o.Kind == attrib.Package && o.Name == path {
				n += o.Size
			}
		}
		size += n
		parts = append(parts, fmt.Sprintf("%s: %s bytes", path, bytesize.Size(n).Grouped()))
	}
	if size < minPackage {
		return nil, nil
	}
	callers, err := a.Callers("net/http")
	if err != nil || callers == nil {
		return nil, err
	}
	dependencies := make(map[string]uint64)
	for owner, n := range callers {
		switch o := &a.Profile.Owners[owner]; o.Origin {
		case attrib.Own:
			return nil, nil
		case attrib.Dependency:
			dependencies[o.Name] += n
		}
	}
	by := "no package outside of the standard library calls it: it is imported for what it does when it is initialized, or for a type"
	if len(dependencies) > 0 {
		by = "places that call it: " + largest(dependencies)
	}
	return &Advice{
		Code:         CodeIndirectPackage,
		Title:        "net/http is in the program, and the program's own packages do not call it",
		Evidence:     []string{strings.Join(parts, ", "), by},
		Setting:      "go mod why net/http    # says which import brings it",
		HowToFindOut: "build without that import: sizegate diff OLD NEW",
	}, nil
}
