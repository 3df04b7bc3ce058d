package advise

import (
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/elfscan/buildrecord"
)

// minPackage is what net/http and crypto/tls have at least where they are in use:
// programs have bits of them, which other packages of the standard library name.
const minPackage = 256 << 10

// indirectPackage: net/http is in the file, and nothing of the main module calls it.
// Which packages are the program's own is known only of a program that was built from
// a module: without one, as with GOPATH, any package can be.
func (a *adviser) indirectPackage() (*Advice, error) {
	const path = "net/http"
	var size uint64
	var parts []string
	for _, path := range []string{path, "crypto/tls"} {
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
	info, err := buildrecord.Go(a.Binary)
	if err != nil || info == nil || info.Main.Path == "" || info.Main.Path == "std" {
		return nil, err
	}
	use, err := a.GoUse(path, info)
	if err != nil || use == nil || use.Own {
		return nil, err
	}
	by := "nothing calls it directly"
	if calls := a.named(use.Calls, attrib.Dependency); len(calls) > 0 {
		by = "direct calls of dependencies: " + largest(calls)
	} else if calls := a.named(use.Calls, attrib.Standard); len(calls) > 0 {
		by = "no dependency calls it directly; direct calls of the standard library: " + largest(calls)
	}
	return &Advice{
		Code:  CodeIndirectPackage,
		Title: path + " is in the program, and the program's own packages do not call it",
		Evidence: []string{
			strings.Join(parts, ", "),
			fmt.Sprintf("no code of the main module %s calls a function of it, has one inlined, or refers to a function value or a type of it", quote(info.Main.Path)),
			"a method that is called through an interface leaves no trace, as that of a ResponseWriter that a dependency hands over",
			by,
		},
		Setting:      "go mod why " + path + "    # says which import brings it",
		HowToFindOut: "build without that import: sizegate diff OLD NEW",
	}, nil
}

// named returns the counts of owners of an origin by their names.
func (a *adviser) named(counts map[int]uint64, origin attrib.Origin) map[string]uint64 {
	names := make(map[string]uint64)
	for owner, n := range counts {
		if o := &a.Profile.Owners[owner]; o.Origin == origin {
			names[o.Name] += n
		}
	}
	return names
}
