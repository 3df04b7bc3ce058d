package lambda

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/oneline"
)

// Image is what Lambda asks of a container image. It is its own runtime: what it starts
// needs is looked for in its final file system.
type Image struct {
	Unpacked uint64       // bytes of all layers
	Arch     elfscan.Arch // of its configuration
	Command  []string     // its ENTRYPOINT and, behind it, its CMD
	// File is what an absolute path is in the final file system, links
	// followed.
	File func(path string) (mode fs.FileMode, found bool)
	// Programs are the ELF files of the final file system, and its symbolic links.
	Programs []ImageEntry
	// Script is the first bytes, 256 if there are so many, of the file that Command
	// names, nil if that is an ELF file or cannot be read.
	Script []byte
}

// ImageEntry is an ELF file of an image, or a symbolic link.
type ImageEntry struct {
	Path   string  // relative to the root
	Target string  // of a link, as it is written
	Object *Object // of an ELF file, nil for a link
	Base   bool    // of a layer of the base image
}

// CheckImage says what is wrong with an image that is deployed with PresetImage:
// failures first. arch is what the function declares, "" if that is not known.
// A function can name another command than its image does; that is not seen
// here. The error is an *Error about the question.
func CheckImage(image Image, arch elfscan.Arch) ([]Finding, error) {
	if arch != "" && arch != elfscan.AMD64 && arch != elfscan.ARM64 {
		return nil, &Error{Problem: fmt.Sprintf("no architecture %q", oneline.Quote(string(arch), 60)), Hint: "amd64 or arm64"}
	}
	c := newImageChecker(image, arch)
	for _, l := range PresetImage.Limits() {
		c.findings = append(c.findings, l.check("the image unpacks to", image.Unpacked)...)
	}
	if arch != "" && image.Arch != arch {
		c.add(Failure, WrongArchitecture, "", "an image for %s, and the function is %s (build it with --platform linux/%s)", oneline.Quote(string(image.Arch), 60), arch, arch)
	}
	c.command()
	c.others()
	return sorted(c.findings), nil
}

// imageChecker is a checker of an image, with the subjects of files as absolute paths.
type imageChecker struct {
	checker
	image    Image
	function elfscan.Arch    // that it declares, "" if that is not known
	named    int             // the entry of the ELF file that Command names, -1 for none
	base     map[int]bool    // the entries of the base image
	names    map[string]bool // the names of libraries in any folder, nil until they are asked for
}

func newImageChecker(image Image, arch elfscan.Arch) *imageChecker {
	p := &bundle.Package{Entries: make([]bundle.Entry, len(image.Programs))}
	for i, e := range image.Programs {
		p.Entries[i] = bundle.Entry{Path: e.Path, Type: bundle.File, ELF: true}
		if e.Object == nil {
			p.Entries[i] = bundle.Entry{Path: e.Path, Type: bundle.Symlink, Target: e.Target}
		}
	}
	c := &imageChecker{image: image, function: arch, named: -1, base: make(map[int]bool)}
	c.checker = checker{contents: newContents(p, imageRoot), preset: PresetImage, runtime: runtime{name: "the image"}, loaded: make(map[int]bool)}
	for i, e := range image.Programs {
		if e.Object != nil {
			c.objects[i] = e.Object
		}
		if e.Base {
			c.base[i] = true
		}
	}
	return c
}

// elf is the ELF file that an absolute path means.
func (c *imageChecker) elf(name string) (entry int, o *Object) {
	inside := c.inside(name)
	if inside == "" {
		return 0, nil
	}
	entry, ok := c.resolve(inside)
	if !ok {
		return 0, nil
	}
	return entry, c.objects[entry]
}

// command checks what the image starts.
func (c *imageChecker) command() {
	if len(c.image.Command) == 0 || c.image.Command[0] == "" {
		c.add(Warning, NoEntryPoint, "", "the image does not say what to start (set ENTRYPOINT, or the function's image configuration)")
		return
	}
	name := c.image.Command[0]
	if !path.IsAbs(name) {
		return // looked for in PATH when it starts
	}
	mode, found := c.image.File(name)
	switch {
	case !found:
		c.add(Failure, NoEntryPoint, name, "the image starts %s, which is not in it (set ENTRYPOINT to a file of the image)", oneline.Quote(name, 100))
		return
	case !mode.IsRegular():
		c.add(Failure, NoEntryPoint, name, "the image starts %s, which is not a file (set ENTRYPOINT to a program)", oneline.Quote(name, 100))
		return
	case mode.Perm()&0o111 == 0:
		c.add(Failure, NotExecutable, name, "not executable: its mode is %04o (COPY --chmod=755)", mode.Perm())
	}
	if entry, o := c.elf(name); o != nil {
		c.named = entry
		c.starts(name, entry, o)
	} else if c.image.Script != nil && mode.Perm()&0o111 != 0 {
		c.startsScript(name)
	}
}

// startsScript checks a file that is no ELF file as the kernel does.
func (c *imageChecker) startsScript(name string) {
	s, problem := shebangOf(c.image.Script)
	switch {
	case problem != "":
		c.add(Failure, NotAProgram, name, "%s", problem)
	case !path.IsAbs(s.interpreter): // from the folder in which it starts
	case !c.executable(s.interpreter):
		c.add(Failure, NoInterpreter, name, "its interpreter %s is not an executable file of the image (add it, or name another)", oneline.Quote(s.interpreter, 100))
	default:
		if entry, o := c.elf(s.interpreter); o != nil {
			c.starts(s.interpreter, entry, o)
		}
		c.fromPath(name, s.program())
	}
}

// fromPath checks a program that env is to find. An image can set PATH to other folders
// than the usual ones, so that what is missing there is not certain.
func (c *imageChecker) fromPath(script, program string) {
	if program == "" {
		return
	}
	if strings.Contains(program, "/") {
		if path.IsAbs(program) && !c.executable(program) {
			c.add(Failure, NoInterpreter, script, "its interpreter %s is not an executable file of the image (add it, or name another)", oneline.Quote(program, 100))
		}
		return
	}
	for _, folder := range []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"} {
		if place := folder + "/" + program; c.executable(place) {
			if entry, o := c.elf(place); o != nil {
				c.starts(place, entry, o)
			}
			return
		}
	}
	c.add(Warning, NoInterpreter, script, "its interpreter %s is in none of the usual folders of PATH (see that PATH of the image has it)", oneline.Quote(program, 100))
}

// executable reports whether a path is a file that the kernel may start.
func (c *imageChecker) executable(name string) bool {
	mode, found := c.image.File(name)
	return found && mode.IsRegular() && mode.Perm()&0o111 != 0
}

// starts checks an ELF file that is started by this path.
func (c *imageChecker) starts(name string, entry int, o *Object) {
	c.loaded[entry] = true
	switch declared := c.image.Arch; {
	case o.refused:
		c.add(Failure, NotAProgram, name, "cannot be started: %s", o.problem)
		return
	case o.arch == "":
		c.add(Warning, Unreadable, name, "not checked: %s", o.problem)
		return
	case o.arch == declared: // of an image for another architecture than the function's that is said
	case c.function != "" && o.arch != c.function:
		c.add(Failure, WrongArchitecture, name, "built for %s, and the function is %s (build it for %s)", o.arch, c.function, c.function)
		return // its libraries are those of another system
	case c.function == "" && (declared == elfscan.AMD64 || declared == elfscan.ARM64):
		c.add(Failure, WrongArchitecture, name, "built for %s, and the image is for %s (build it for %s, or the image with --platform linux/%s)", o.arch, declared, declared, o.arch)
		return
	}
	c.arch = o.arch
	switch {
	case o.upx: // its stub is no library, even if it looks like one
		c.add(Warning, Packed, name, "packed with UPX: what it needs of the image cannot be seen (check the program before it is packed)")
	case o.shared:
		c.add(Failure, NotAProgram, name, "a shared library (build a program)")
	case o.problem != "":
		c.add(Warning, Unreadable, name, "its libraries were not checked: %s", o.problem)
	case o.linkage.Interpreter != "" && c.loader(name, o):
		c.link(entry, o.linkage.Interpreter)
	}
}

// loader checks the dynamic loader that a program names.
func (c *imageChecker) loader(name string, o *Object) bool {
	interpreter := o.linkage.Interpreter
	shown := oneline.Quote(interpreter, 100)
	if !path.IsAbs(interpreter) || !c.executable(interpreter) {
		hint := "build on an image that has it, or link statically"
		if isMusl(interpreter) {
			hint = "build on an image with musl, such as Alpine, or link statically"
		}
		c.add(Failure, NoInterpreter, name, "its interpreter %s is not an executable file of the image (%s)", shown, hint)
		return false
	}
	if _, loader := c.elf(interpreter); loader != nil && loader.arch != "" && loader.arch != o.arch {
		c.add(Failure, NoInterpreter, name, "its interpreter %s is built for %s (install that for %s)", shown, loader.arch, o.arch)
		return false
	}
	return true
}

// others checks the programs that the application's layers have, and the libraries that
// are loaded of them. What is in the base image is as its publishers built it; but which
// layers those are is not always known, and so only the program that the image names is
// certainly its own.
func (c *imageChecker) others() {
	for i := range c.p.Entries {
		o := c.objects[i]
		if o == nil || c.base[i] || !c.loaded[i] && o.shared {
			continue
		}
		e := c.p.Entries[i]
		e.Path = imageRoot + e.Path
		c.native(&e, o, i == c.named)
	}
}
