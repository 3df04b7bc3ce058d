package lambda

import (
	"path"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/bundle"
)

// files checks what is not about the start of bootstrap: each ELF file, and
// the files for debuggers. What else is in the package may never be loaded, so
// all of these are warnings.
func (c *checker) files() {
	brings := c.bringsLibc()
	bootstrap := -1
	if at, ok := c.resolve(bootstrapName); ok && c.runtime.custom {
		bootstrap = at
	}
	for i := range c.p.Entries {
		e := &c.p.Entries[i]
		if _, found := slices.BinarySearch(c.p.Debug, i); found {
			c.addBytes(Warning, DebugFile, e.Path, e.Size, "%d bytes that only a debugger reads (leave it out)", e.Size)
			continue
		}
		o := c.objects[i]
		if o == nil {
			continue
		}
		if i != bootstrap {
			c.other(i, e, o, brings)
		}
		c.native(e, o)
	}
}

// other checks an ELF file that is not bootstrap.
func (c *checker) other(i int, e *bundle.Entry, o *object, bringsLibc bool) {
	switch {
	case o.problem != "":
		c.add(Warning, Unreadable, e.Path, "not checked: %s", o.problem)
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

// native checks what any ELF file can have.
func (c *checker) native(e *bundle.Entry, o *object) {
	// AVX2 is documented, AVX-512 is not.
	// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-avx2.html, read 2026-11
	const avx512 = 4
	if o.level >= avx512 {
		c.add(Warning, InstructionSet, e.Path, "needs x86-64-v%d, and Lambda promises no more than AVX2 (build it for x86-64-v3 or less)", o.level)
	}
	switch {
	case o.golang:
		size := o.debug + o.symbols
		c.addBytes(Failure, GoSymbols, e.Path, size, "%d bytes of symbols and debug information in a Go program (build it with -ldflags='-s -w')", size)
	case o.debug > 0:
		c.addBytes(Failure, DebugInformation, e.Path, o.debug, "%d bytes of debug information (strip --strip-debug; for Rust strip = \"debuginfo\" in the profile)", o.debug)
	}
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
