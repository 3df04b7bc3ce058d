package attrib

import (
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
)

// languages is a set of them.
type languages uint8

const (
	langGo languages = 1 << iota
	langRust
	langC
	langCPP
)

// languageNames are parallel to the bits of a set.
var languageNames = [...]string{"go", "rust", "c", "c++"}

// names are those of the set in the order of Profile.Languages.
func (l languages) names() []string {
	var names []string
	for i, name := range languageNames {
		if l&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// describe fills in what the profile says of the file as a whole.
func (a *attribution) describe(p *Profile) {
	comment := a.comment()
	rustc := ""
	for _, c := range comment {
		if v, ok := strings.CutPrefix(c, "rustc version "); ok {
			rustc, _, _ = strings.Cut(v, " ")
		}
	}
	in := a.found
	if a.goTable != nil || a.goInfo != nil {
		in |= langGo
	}
	if rustc != "" {
		in |= langRust
	}
	p.Languages = in.names()
	modules := ownership.NewGoModules(a.goInfo)
	switch {
	case in&langGo != 0 && a.goInfo != nil:
		p.Compiler, p.Main, p.Version = modules.GoVersion, a.goInfo.Path, a.goInfo.Main.Version
	case in&langGo != 0:
	case in&langRust != 0:
		if rustc != "" {
			p.Compiler = "rustc " + rustc
		}
		p.Main, p.Version = a.crates.Program()
	case len(comment) > 0:
		p.Compiler = comment[0]
	}
	for i := range p.Owners {
		o := &p.Owners[i]
		switch o.Kind {
		case ownership.Package:
			o.Module, o.Version, o.Origin = modules.Of(o.Name)
		case ownership.Crate:
			a.crates.Describe(o, rustc)
		case ownership.Library:
			o.Origin = ownership.Native
		case ownership.Linker:
			o.Origin = ownership.FromLinker
		}
	}
}
