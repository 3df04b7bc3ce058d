package configfile

import (
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/strictyaml"
	"github.com/sizegate/sizegate/internal/budget/wording"
)

// version is the only version of the file's format.
const version = 1

// config reads the whole file. It is of use only if nothing was reported.
func (r *reader) config(root *yaml.Node) *budget.Config {
	if other, ok := otherVersion(root); ok {
		// All else might be reported as unknown.
		r.Fail(strictyaml.PositionOf(other), "the file is of version "+wording.Shorten(other.Value), "this sizegate reads version 1; use a newer sizegate")
		return nil
	}
	c := new(budget.Config)
	var defaults []budget.Increase
	var budgets, waivers *yaml.Node
	defaulted := false
	r.Fields(root, "the file", []strictyaml.Field{
		{Key: "version", Required: true, Read: func(_, v *yaml.Node) { r.version(v) }},
		{Key: "defaults", Read: func(_, v *yaml.Node) {
			r.Fields(v, "defaults", []strictyaml.Field{{Key: "max-increase", Read: func(_, v *yaml.Node) {
				defaulted, defaults = true, r.increases(v)
			}}})
		}},
		{Key: "budgets", Required: true, Read: func(_, v *yaml.Node) { budgets = v }},
		{Key: "waivers", Read: func(_, v *yaml.Node) { waivers = v }},
	})
	if budgets != nil {
		r.Items(budgets, "budgets", func(item *yaml.Node) { c.Budgets = append(c.Budgets, r.budget(item, defaulted)) })
	}
	r.uniqueNames(c.Budgets)
	for i := range c.Budgets {
		inherit(&c.Budgets[i], defaults)
	}
	if waivers != nil {
		r.Items(waivers, "waivers", func(item *yaml.Node) { c.Waivers = append(c.Waivers, r.waiver(item, c.Budgets)) })
		r.uniqueWaivers(c.Waivers)
	}
	return c
}

// otherVersion finds the version of a file for another sizegate.
func otherVersion(root *yaml.Node) (*yaml.Node, bool) {
	if root.Kind != yaml.MappingNode {
		return nil, false
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if v := root.Content[i+1]; root.Content[i].Value == "version" && v.Kind == yaml.ScalarNode {
			n, err := strconv.Atoi(v.Value)
			return v, err == nil && v.Tag == "!!int" && n != version
		}
	}
	return nil, false
}

func (r *reader) version(n *yaml.Node) {
	if r.Scalar(n, "version") && (n.Tag != "!!int" || n.Value != strconv.Itoa(version)) {
		r.Fail(strictyaml.PositionOf(n), "version is "+wording.Quote(n.Value), "write version: 1")
	}
}

// budget reads one entry of budgets.
func (r *reader) budget(n *yaml.Node, defaulted bool) budget.Budget {
	b := budget.Budget{Position: strictyaml.PositionOf(n), PathPosition: strictyaml.PositionOf(n)}
	checks := defaulted
	var runtime *yaml.Node
	ok := r.Fields(n, "a budget", []strictyaml.Field{
		{Key: "name", Required: true, Read: func(_, v *yaml.Node) { b.Name, b.Position = r.Title(v, "name"), strictyaml.PositionOf(v) }},
		{Key: "path", Required: true, Read: func(_, v *yaml.Node) { b.Paths, b.PathPosition = r.paths(v), strictyaml.PositionOf(v) }},
		{Key: "arch", Read: func(_, v *yaml.Node) { checks, b.Arch = true, r.arch(v) }},
		{Key: "build", Read: func(_, v *yaml.Node) { b.Build, b.BuildPosition = r.Text(v, "build"), strictyaml.PositionOf(v) }},
		{Key: "limits", Read: func(_, v *yaml.Node) { checks, b.Limits = true, r.limits(v) }},
		{Key: "max-increase", Read: func(_, v *yaml.Node) { checks, b.Increases = true, r.increases(v) }},
		{Key: "packages", Read: func(_, v *yaml.Node) {
			checks = true
			r.Items(v, "packages", func(item *yaml.Node) { b.Packages = append(b.Packages, r.rule(item)) })
		}},
		{Key: "preset", Read: func(_, v *yaml.Node) {
			checks, b.Preset, b.PresetPosition = true, r.preset(v), strictyaml.PositionOf(v)
		}},
		{Key: "runtime", Read: func(key, v *yaml.Node) { runtime, b.Runtime = key, r.runtime(v) }},
		{Key: "allow-missing", Read: func(_, v *yaml.Node) { b.AllowMissing = r.Boolean(v, "allow-missing") }},
		{Key: "message", Read: func(_, v *yaml.Node) { b.Message = r.Sentence(v, "message") }},
	})
	if ok && !checks {
		r.Fail(b.Position, "the budget checks nothing", "add limits, max-increase, packages, preset or arch")
	}
	r.fits(&b, runtime)
	addPreset(&b)
	return b
}

// uniqueNames refuses a name that an earlier budget has: names are how
// baselines and waivers find their budget.
func (r *reader) uniqueNames(budgets []budget.Budget) {
	first := make(map[string]int)
	for _, b := range budgets {
		if line := first[b.Name]; line > 0 {
			r.Fail(b.Position, "duplicate budget "+wording.Quote(b.Name), fmt.Sprintf("the one on line %d has this name", line))
		} else if b.Name != "" {
			first[b.Name] = b.Position.Line
		}
	}
}

func (r *reader) arch(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		other := map[string]string{"x86_64": "amd64", "x86-64": "amd64", "x64": "amd64", "aarch64": "arm64", "armv8": "arm64"}
		if known, ok := other[strings.ToLower(n.Value)]; ok && !strictyaml.Unreadable(n) {
			r.Fail(strictyaml.PositionOf(n), "unknown arch "+wording.Quote(n.Value), "write "+known)
			return ""
		}
	}
	return r.Choice(n, "arch", []string{"amd64", "arm64"})
}
