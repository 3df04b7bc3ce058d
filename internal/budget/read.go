package budget

import (
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// version is the only version of the file's format.
const version = 1

// config reads the whole file. It is of use only if nothing was reported.
func (r *reader) config(root *yaml.Node) *Config {
	if other, ok := otherVersion(root); ok {
		// All else might be reported as unknown.
		r.fail(position(other), "the file is of version "+shorten(other.Value), "this sizegate reads version 1; use a newer sizegate")
		return nil
	}
	c := new(Config)
	var defaults []Increase
	var budgets, waivers *yaml.Node
	defaulted := false
	r.fields(root, "the file", []field{
		{key: "version", required: true, read: func(_, v *yaml.Node) { r.version(v) }},
		{key: "defaults", read: func(_, v *yaml.Node) {
			r.fields(v, "defaults", []field{{key: "max-increase", read: func(_, v *yaml.Node) {
				defaulted, defaults = true, r.increases(v)
			}}})
		}},
		{key: "budgets", required: true, read: func(_, v *yaml.Node) { budgets = v }},
		{key: "waivers", read: func(_, v *yaml.Node) { waivers = v }},
	})
	if budgets != nil {
		r.items(budgets, "budgets", func(item *yaml.Node) { c.Budgets = append(c.Budgets, r.budget(item, defaulted)) })
	}
	r.uniqueNames(c.Budgets)
	for i := range c.Budgets {
		inherit(&c.Budgets[i], defaults)
	}
	if waivers != nil {
		r.items(waivers, "waivers", func(item *yaml.Node) { c.Waivers = append(c.Waivers, r.waiver(item, c.Budgets)) })
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
	if r.scalar(n, "version") && (n.Tag != "!!int" || n.Value != strconv.Itoa(version)) {
		r.fail(position(n), "version is "+quote(n.Value), "write version: 1")
	}
}

// budget reads one entry of budgets.
func (r *reader) budget(n *yaml.Node, defaulted bool) Budget {
	b := Budget{Position: position(n), PathPosition: position(n)}
	checks := defaulted
	var runtime *yaml.Node
	ok := r.fields(n, "a budget", []field{
		{key: "name", required: true, read: func(_, v *yaml.Node) { b.Name, b.Position = r.title(v, "name"), position(v) }},
		{key: "path", required: true, read: func(_, v *yaml.Node) { b.Paths, b.PathPosition = r.paths(v), position(v) }},
		{key: "arch", read: func(_, v *yaml.Node) { checks, b.Arch = true, r.arch(v) }},
		{key: "build", read: func(_, v *yaml.Node) { b.Build = r.text(v, "build") }},
		{key: "limits", read: func(_, v *yaml.Node) { checks, b.Limits = true, r.limits(v) }},
		{key: "max-increase", read: func(_, v *yaml.Node) { checks, b.Increases = true, r.increases(v) }},
		{key: "packages", read: func(_, v *yaml.Node) {
			checks = true
			r.items(v, "packages", func(item *yaml.Node) { b.Packages = append(b.Packages, r.rule(item)) })
		}},
		{key: "preset", read: func(_, v *yaml.Node) { checks, b.Preset, b.PresetPosition = true, r.preset(v), position(v) }},
		{key: "runtime", read: func(key, v *yaml.Node) { runtime, b.Runtime = key, r.title(v, "runtime") }},
		{key: "allow-missing", read: func(_, v *yaml.Node) { b.AllowMissing = r.boolean(v, "allow-missing") }},
		{key: "message", read: func(_, v *yaml.Node) { b.Message = r.sentence(v, "message") }},
	})
	if ok && !checks {
		r.fail(b.Position, "the budget checks nothing", "add limits, max-increase, packages, preset or arch")
	}
	r.fits(&b, runtime)
	addPreset(&b)
	return b
}

// uniqueNames refuses a name that an earlier budget has: names are how
// baselines and waivers find their budget.
func (r *reader) uniqueNames(budgets []Budget) {
	first := make(map[string]int)
	for _, b := range budgets {
		if line := first[b.Name]; line > 0 {
			r.fail(b.Position, "duplicate budget "+quote(b.Name), fmt.Sprintf("the one on line %d has this name", line))
		} else if b.Name != "" {
			first[b.Name] = b.Position.Line
		}
	}
}

func (r *reader) arch(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		other := map[string]string{"x86_64": "amd64", "x86-64": "amd64", "x64": "amd64", "aarch64": "arm64", "armv8": "arm64"}
		if known, ok := other[strings.ToLower(n.Value)]; ok && !unreadable(n) {
			r.fail(position(n), "unknown arch "+quote(n.Value), "write "+known)
			return ""
		}
	}
	return r.choice(n, "arch", []string{"amd64", "arm64"})
}
