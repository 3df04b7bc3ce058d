package lambda

import (
	"path"
	"strings"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/oneline"
)

// Of a custom runtime Lambda starts the file bootstrap at the root of the
// package, or else of a layer.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
const bootstrapName = "bootstrap"

func (c *checker) bootstrap() {
	at, ok := c.at[bootstrapName]
	if !ok {
		c.missingBootstrap()
		return
	}
	entry := at
	switch e := &c.p.Entries[at]; e.Type {
	case bundle.File:
	case bundle.Symlink:
		if entry, ok = c.resolve(bootstrapName); !ok || c.p.Entries[entry].Type != bundle.File {
			c.add(Failure, BootstrapNotFile, bootstrapName, "a symbolic link to %s, which is no file of the package (put the program itself there)", oneline.Quote(e.Target, 100))
			return
		}
		c.add(Warning, BootstrapNotFile, bootstrapName, "a symbolic link, which Lambda does not document to follow (put the program itself there)")
	default:
		c.add(Failure, BootstrapNotFile, bootstrapName, "%s and not a file (put the program there)", e.Type.One())
		return
	}
	c.permissions(bootstrapName, entry)
	o := c.objects[entry]
	switch {
	case o == nil:
		c.script()
	case o.refused:
		c.add(Failure, NotAProgram, bootstrapName, "cannot be started: %s", o.problem)
	case o.arch == "":
		c.add(Warning, Unreadable, bootstrapName, "not checked: %s", o.problem)
	default:
		c.program(bootstrapName, entry, o)
	}
}

func (c *checker) missingBootstrap() {
	if c.preset == PresetLayer {
		return
	}
	where, hint := "", "name the program bootstrap and pack it without a folder"
	for i := range c.p.Entries {
		if e := &c.p.Entries[i]; e.Type == bundle.File && !e.Replaced && path.Base(e.Path) == bootstrapName {
			where = ", only " + oneline.Quote(e.Path, 100)
			break
		}
	}
	if where == "" && c.options.Runtime == "" {
		hint += ", or name what it runs on: runtime: " + c.likelyRuntime()
	}
	c.add(Failure, BootstrapMissing, bootstrapName, "not at the root of the package%s; %s starts nothing else (%s)", where, c.runtime.name, hint)
}

// likelyRuntime is a managed runtime as an example: that of the language which
// most files of the package are in, of the two that are deployed as source.
func (c *checker) likelyRuntime() string {
	python, node := 0, 0
	for i := range c.p.Entries {
		switch path.Ext(c.p.Entries[i].Path) {
		case ".py", ".pyc":
			python++
		case ".js", ".mjs", ".cjs":
			node++
		}
	}
	if python > node {
		return "python3.13"
	}
	return "nodejs22.x"
}

// permissions checks that Lambda can start a file, which is at this path. The
// function's user is not the owner of the files.
// https://repost.aws/knowledge-center/lambda-deployment-package-errors: 755.
func (c *checker) permissions(path string, entry int) {
	const (
		anyone = 0o111
		others = 0o005
	)
	switch mode := c.p.Entries[entry].Mode; {
	case mode == 0 && c.p.Format == bundle.FormatZip:
		c.add(Failure, NotExecutable, path, "the zip has no permissions for it, so it cannot be started (pack it on Linux or macOS after chmod 755)")
	case mode&anyone == 0:
		c.add(Failure, NotExecutable, path, "not executable: its mode is %04o (chmod 755 before it is packed)", mode)
	case mode&others != others:
		c.add(Warning, NotExecutable, path, "only its owner can start it: its mode is %04o (chmod 755 before it is packed)", mode)
	}
}

func (c *checker) program(subject string, entry int, o *Object) {
	if c.arch == "" {
		c.arch = o.arch
	}
	switch {
	case o.arch != c.arch:
		c.add(Failure, WrongArchitecture, subject, "built for %s, and the function is %s (build it for %s)", o.arch, c.arch, c.arch)
		return // its libraries are those of another system
	case o.upx: // its stub is no library, even if it looks like one
		c.add(Warning, Packed, subject, "packed with UPX: what it needs of the runtime cannot be seen (check the program before it is packed)")
		return
	case o.shared:
		c.add(Failure, NotAProgram, subject, "a shared library (build a program)")
		return
	case o.problem != "":
		c.add(Warning, Unreadable, subject, "its libraries were not checked: %s", o.problem)
		return
	}
	if c.interpreter(Failure, subject, o) {
		c.link(entry)
	}
}

// interpreter checks the dynamic loader that a program names, and reports
// whether it is the runtime's own.
func (c *checker) interpreter(s Severity, subject string, o *Object) (own bool) {
	name := o.linkage.Interpreter
	switch name {
	case "":
		return false
	case interpreter(o.arch):
		return true
	}
	shown := oneline.Quote(name, 100)
	if inside, ok := below(c.root, name); ok {
		if entry, ok := c.resolve(inside); !ok || c.p.Entries[entry].Type != bundle.File {
			c.add(s, NoInterpreter, subject, "its interpreter %s is not in the package (put it there, or link statically)", shown)
		}
		return false
	}
	_, task := below(taskRoot, name)
	_, layer := below(layerRoot, name)
	if task || layer {
		c.add(Warning, NoInterpreter, subject, "its interpreter %s is outside the package (see that it is deployed, or link statically)", shown)
		return false
	}
	hint := "build it for " + interpreter(o.arch) + ", or link statically"
	if isMusl(name) {
		hint = "link musl statically: for Rust -C target-feature=+crt-static, for Go CGO_ENABLED=0, for C -static"
	}
	c.add(s, NoInterpreter, subject, "its interpreter %s is not in %s (%s)", shown, c.runtime.name, hint)
	return false
}

func isMusl(interpreter string) bool {
	return strings.HasPrefix(path.Base(interpreter), "ld-musl-")
}
