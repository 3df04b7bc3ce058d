package lambda

import (
	"bytes"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/oneline"
)

// shebangSize is how many bytes of a file the kernel looks at for its first line.
const shebangSize = 256

// ScriptStart is as much of a file as the kernel looks at to start a script.
func ScriptStart(r *io.SectionReader) ([]byte, error) {
	start := make([]byte, min(r.Size(), shebangSize))
	_, err := io.ReadFull(r, start)
	return start, err
}

// shebang is the first line of a script.
type shebang struct {
	interpreter string // the path of the program that the kernel starts
	argument    string // that it gets in front of the script's path, "" for none
}

// shebangOf reads the first line as the kernel does. problem is why that cannot start it,
// or "".
func shebangOf(start []byte) (s shebang, problem string) {
	line, _, _ := bytes.Cut(start, []byte("\n"))
	text, ok := strings.CutPrefix(string(line), "#!")
	if !ok {
		return shebang{}, "neither an ELF file nor a script that begins with #! (build it for Linux)"
	}
	text = strings.Trim(text, " \t")
	if end := strings.IndexAny(text, " \t\x00"); end >= 0 {
		s.argument = strings.TrimLeft(text[end:], " \t\x00")
		text = text[:end]
	}
	s.interpreter = text
	switch {
	case bytes.HasSuffix(line, []byte("\r")):
		problem = "its first line ends in a carriage return, which becomes part of the interpreter's name (save it with Unix line ends)"
	case s.interpreter == "":
		problem = "its first line is #! without an interpreter (name one, for example #!/bin/sh)"
	}
	return s, problem
}

// program is the name that env looks for in PATH, "" if the interpreter is not env, or
// is asked for more than a name.
func (s *shebang) program() string {
	words := strings.Fields(s.argument)
	if path.Base(s.interpreter) != "env" || len(words) == 0 {
		return ""
	}
	if words[0] == "-S" && len(words) > 1 {
		words = words[1:]
	}
	if strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "=") {
		return ""
	}
	return words[0]
}

// script checks a bootstrap that is no ELF file: the kernel starts it only if it begins
// with "#!" and what that names is there.
func (c *checker) script() {
	s, problem := shebangOf(c.contents.script)
	if problem != "" {
		c.add(Failure, NotAProgram, bootstrapName, "%s", problem)
		return
	}
	c.scriptInterpreter(s.interpreter)
	if name := s.program(); name != "" {
		c.fromPath(name)
	}
}

// scriptInterpreter checks what the first line names. One in the package is a program
// that Lambda starts.
func (c *checker) scriptInterpreter(name string) {
	shown := oneline.Quote(name, 100)
	if inside := c.inside(name); inside != "" {
		entry, ok := c.resolve(inside)
		if !ok || c.p.Entries[entry].Type != bundle.File {
			c.add(Failure, NoInterpreter, bootstrapName, "its interpreter %s is not in the package (put it there)", shown)
			return
		}
		c.permissions(inside, entry)
		if o := c.objects[entry]; o != nil && o.arch != "" {
			c.startsIn, c.loaded = entry, map[int]bool{entry: true}
			c.program(inside, entry, o)
		}
		return
	}
	_, task := below(taskRoot, name)
	_, layer := below(layerRoot, name)
	if task || layer {
		c.add(Warning, NoInterpreter, bootstrapName, "its interpreter %s is outside the package (see that it is deployed)", shown)
		return
	}
	folder, base := path.Split(path.Clean(name))
	if slices.Contains([]string{"/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/"}, folder) && c.runtime.starts(base) {
		return
	}
	c.withoutInterpreter(shown, base, "put it into the package and name it there: #!"+c.root+"/"+oneline.Quote(base, 60))
}

// fromPath checks a program that env is to find. PATH has the runtime's folders, and
// bin of layers, but none of a function's package.
// https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html, read 2026-11
func (c *checker) fromPath(name string) {
	if strings.Contains(name, "/") {
		c.scriptInterpreter(name)
		return
	}
	if c.runtime.starts(name) {
		return
	}
	if c.preset == PresetLayer {
		if entry, ok := c.resolve("bin/" + name); ok && c.p.Entries[entry].Type == bundle.File {
			c.scriptInterpreter(layerRoot + "/bin/" + name)
			return
		}
	}
	c.withoutInterpreter(oneline.Quote(name, 100), name, "put it into the package and name it there: #!"+c.root+"/"+oneline.Quote(name, 60)+", or see that a layer has it in bin/")
}

func (c *checker) withoutInterpreter(shown, base, hint string) {
	if c.runtime.lacks(base) {
		c.add(Failure, NoInterpreter, bootstrapName, "its interpreter %s is not in %s, which comes without languages (%s)", shown, c.runtime.name, hint)
		return
	}
	c.add(Warning, NoInterpreter, bootstrapName, "its interpreter %s is not in the package, and whether %s has it is not known (%s)", shown, c.runtime.name, hint)
}
