package configfile

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/budget/strictyaml"
	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/image/stored"
)

// paths reads one pattern or a list.
func (r *reader) paths(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode {
		return r.included(n, []string{r.pattern(n)})
	}
	var paths []string
	r.Items(n, "path", func(item *yaml.Node) { paths = append(paths, r.pattern(item)) })
	return r.included(n, paths)
}

// pattern reads one path, which may begin with "!".
func (r *reader) pattern(n *yaml.Node) string {
	text := r.Text(n, "path")
	if text == "" {
		return ""
	}
	glob := strings.TrimPrefix(text, "!")
	problem, hint := pattern.Problem(glob)
	switch {
	case pattern.InRegistry(text):
		problem, hint = registryProblem(text)
	case strings.TrimSpace(glob) == "":
		problem, hint = "excludes nothing", `write what to leave out, such as "!dist/*.debug"`
	case strings.Contains(glob, "\x00"):
		problem, hint = "holds a zero byte", "no file has one in its name"
	}
	if problem != "" {
		r.Fail(strictyaml.PositionOf(n), "path "+wording.Quote(text)+" "+problem, hint)
	}
	return text
}

// registryProblem says what is wrong with the name of an image in a registry. It
// is no glob.
func registryProblem(text string) (problem, hint string) {
	switch name := strings.TrimPrefix(text, stored.Registry); {
	case name == "":
		return "names no image", "write registry:HOST/NAME:TAG"
	case strings.ContainsAny(name, "*?[]{}"):
		return "is no name of an image", "a registry has no globs: write each image"
	}
	return "", ""
}

// included refuses paths that only leave files out.
func (r *reader) included(n *yaml.Node, paths []string) []string {
	excludes := func(p string) bool { return strings.HasPrefix(p, "!") }
	if len(paths) > 0 && !slices.ContainsFunc(paths, func(p string) bool { return !excludes(p) }) {
		r.Fail(strictyaml.PositionOf(n), "path only leaves files out", "add a path without !")
	}
	return paths
}
