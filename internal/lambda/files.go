package lambda

import (
	"path"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/bundle"
)

// files checks what is not about the start of bootstrap: each ELF file, and
// the files for debuggers. What bootstrap does not load may never be loaded, so
// that most of these are warnings.
func (c *checker) files() {
	brings, fits := c.bringsLibc(), c.fits()
	bootstrap := -1
	if at, ok := c.resolve(bootstrapName); ok && c.runtime.custom {
		bootstrap = at
	}
	for i := range c.p.Entries {
		e := &c.p.Entries[i]
		c.startable(e)
		if _, found := slices.BinarySearch(c.p.Debug, i); found {
			c.addBytes(Warning, DebugFile, e.Path, e.Size, "that only a debugger reads (leave it out)")
			continue
		}
		o := c.objects[i]
		if o == nil {
			continue
		}
		if i != bootstrap && i != c.startsIn {
			c.other(i, e, o, brings, fits)
		}
		c.native(e, o, i == bootstrap || c.loaded[i] || c.extension(e, o))
	}
}

// fits reports whether any ELF file of the package is for the function's
// architecture. Debug files are never run.
func (c *checker) fits() bool {
	for i, o := range c.objects {
		if _, debug := slices.BinarySearch(c.p.Debug, i); !debug && o.arch == c.arch {
			return true
		}
	}
	return false
}

// extension reports whether Lambda starts the file of a layer by itself: each
// file in /opt/extensions, but for libraries. o is nil for what is no ELF file.
// https://docs.aws.amazon.com/lambda/latest/dg/extensions-configuration.html
func (c *checker) extension(e *bundle.Entry, o *Object) bool {
	return c.preset == PresetLayer && path.Dir(e.Path) == "extensions" && (o == nil || !o.shared)
}

// startable checks the permissions of an extension, which can be a script or a link
// too.
func (c *checker) startable(e *bundle.Entry) {
	if e.Replaced || !c.extension(e, nil) {
		return
	}
	if at, ok := c.resolve(e.Path); ok && c.p.Entries[at].Type == bundle.File && c.extension(e, c.objects[at]) {
		c.permissions(e.Path, at)
	}
}

// other checks an ELF file that is not bootstrap. fits tells that there is one for
// the function's architecture.
func (c *checker) other(i int, e *bundle.Entry, o *Object, bringsLibc, fits bool) {
	switch {
	case o.problem != "":
		c.add(Warning, Unreadable, e.Path, "not checked: %s", o.problem)
		return
	case c.arch != "" && o.arch != c.arch && !fits:
		c.add(Failure, WrongArchitecture, e.Path, "built for %s, and the function is %s, for which the package has no ELF file at all (build the package for %[2]s, or correct the function's architecture)", o.arch, c.arch)
		return
	case c.arch != "" && o.arch != c.arch:
		c.add(Warning, WrongArchitecture, e.Path, "built for %s, and the function is %s (leave it out, or build it for %s)", o.arch, c.arch, c.arch)
		return
	case c.loaded[i] || c.runtime.system == nil || bringsLibc:
		return
	}
	c.interpreter(Warning, e.Path, o)
	c.versions(Warning, i, nil)
}

// native checks what any ELF file can have. started are those that Lambda starts,
// and what they load: their builds can leave out what is not needed. Others are
// often as their publishers built them.
func (c *checker) native(e *bundle.Entry, o *Object, started bool) {
	// AVX2 is documented, AVX-512 is not.
	// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-avx2.html, read 2026-11
	const avx512 = 4
	if o.level >= avx512 {
		c.add(Warning, InstructionSet, e.Path, "needs x86-64-v%d, and Lambda promises no more than AVX2 (build it for x86-64-v3 or less)", o.level)
	}
	severity := Warning
	if started {
		severity = Failure
	}
	switch {
	case o.golang && started:
		c.addBytes(severity, GoSymbols, e.Path, o.debug+o.symbols, "of symbols and debug information in a Go program (build it with -ldflags='-s -w')")
	case o.golang:
		c.addBytes(severity, GoSymbols, e.Path, o.debug+o.symbols, "of symbols and debug information in a Go program that Lambda does not start (if you build it, with -ldflags='-s -w'; else its publisher built it so)")
	case o.debug > 0:
		c.addBytes(severity, DebugInformation, e.Path, o.debug, "of debug information ("+debugHint(o, started)+")")
	}
}

// debugHint says how debug information is left out.
func debugHint(o *Object, started bool) string {
	const profile = "strip = \"debuginfo\" in the Cargo profile"
	switch {
	case o.rust && started:
		return "set " + profile
	case o.rust:
		return "if you build it, set " + profile + "; else its publisher built it so: strip --strip-debug FILE before it is packed"
	case started:
		return "strip --strip-debug FILE before it is packed"
	}
	return "as its publisher built it: strip --strip-debug FILE before it is packed, or leave it so"
}

// bringsLibc reports whether the package has a C library of its own, with which
// a script can start programs: of those the runtime's says nothing.
func (c *checker) bringsLibc() bool {
	for i := range c.objects {
		name := path.Base(c.p.Entries[i].Path)
		if name == "libc.so.6" || strings.HasPrefix(name, "ld-linux-") {
			return true
		}
	}
	return false
}
