package attrib

import (
	"strings"
)

// describe fills in what the profile says of the file as a whole.
func (a *attribution) describe(p *Profile) {
	comment := a.comment()
	rustc := ""
	for _, c := range comment {
		if v, ok := strings.CutPrefix(c, "rustc version "); ok {
			rustc, _, _ = strings.Cut(v, " ")
		}
	}
	isGo, isRust := a.goTable != nil || a.goInfo != nil, a.found.rust || rustc != ""
	for _, l := range []struct {
		name string
		used bool
	}{{"go", isGo}, {"rust", isRust}, {"c", a.found.c}, {"c++", a.found.cpp}} {
		if l.used {
			p.Languages = append(p.Languages, l.name)
		}
	}
	modules := newGoModules(a.goInfo)
	switch {
	case isGo && a.goInfo != nil:
		p.Compiler, p.Main, p.Version = modules.goVersion, a.goInfo.Path, a.goInfo.Main.Version
	case isGo:
	case isRust:
		if rustc != "" {
			p.Compiler = "rustc " + rustc
		}
		if !a.crates.nameless {
			p.Main = a.crates.mainCrate()
			p.Version = a.crates.mainVersion()
		}
	case len(comment) > 0:
		p.Compiler = comment[0]
	}
	for i := range p.Owners {
		o := &p.Owners[i]
		switch o.Kind {
		case Package:
			o.Module, o.Version, o.Origin = modules.of(o.Name)
		case Crate:
			a.crates.describe(o, rustc)
		case Library:
			o.Origin = Native
		case Linker:
			o.Origin = FromLinker
		}
	}
}
