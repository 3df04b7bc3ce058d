package attrib

import (
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
)

// describe fills in what the profile says of the file as a whole.
func (a *attribution) describe(p *Profile) {
	rustc := ""
	for _, c := range a.comment {
		if v, ok := strings.CutPrefix(c, "rustc version "); ok {
			rustc, _, _ = strings.Cut(v, " ")
		}
	}
	in := a.Languages
	info := a.golang.Info()
	if a.golang.Table != nil || info != nil {
		in |= account.LangGo
	}
	if rustc != "" {
		in |= account.LangRust
	}
	p.Languages = in.Names()
	modules := ownership.NewGoModules(info)
	switch {
	case in&account.LangGo != 0 && info != nil:
		p.Compiler, p.Main, p.Version = modules.GoVersion, info.Path, info.Main.Version
	case in&account.LangGo != 0:
	case in&account.LangRust != 0:
		if rustc != "" {
			p.Compiler = "rustc " + rustc
		}
		p.Main, p.Version = a.Crates.Program()
	case len(a.comment) > 0:
		p.Compiler = a.comment[0]
	}
	for i := range p.Owners {
		o := &p.Owners[i]
		switch o.Kind {
		case ownership.Package:
			o.Module, o.Version, o.Origin = modules.Of(o.Name)
		case ownership.Crate:
			a.Crates.Describe(o, rustc)
		case ownership.Library:
			o.Origin = ownership.Native
		case ownership.Linker:
			o.Origin = ownership.FromLinker
		}
	}
}
