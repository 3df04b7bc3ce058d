package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// object is a JSON object with its keys in the order of the file.
type object struct {
	keys   []string
	values map[string]json.RawMessage
}

func (o *object) UnmarshalJSON(data []byte) error {
	o.values = make(map[string]json.RawMessage)
	if err := json.Unmarshal(data, &o.values); err != nil {
		return err
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		o.keys = append(o.keys, key.(string))
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return err
		}
	}
	return nil
}

// schema is what of a JSON Schema budgets.schema.json uses for keys.
type schema struct {
	Description       string   `json:"description"`
	Ref               string   `json:"$ref"`
	Type              string   `json:"type"`
	Format            string   `json:"format"`
	Const             any      `json:"const"`
	Enum              []string `json:"enum"`
	Required          []string `json:"required"`
	Items             *schema  `json:"items"`
	Properties        object   `json:"properties"`
	PatternProperties object   `json:"patternProperties"`
	AnyOf             []schema `json:"anyOf"`
	Defs              object   `json:"$defs"`
}

// tables are the parts of budgets.yaml that have keys. "" is the top level.
var tables = []struct{ title, def string }{
	{"Top level", ""}, {"A budget", "budget"}, {"limits", "limits"}, {"max-increase", "increases"}, {"A rule of packages", "package"}, {"A waiver", "waiver"},
	{"A limit", "limit"}, {"A limit of upx", "upxLimit"}, {"A limit of unattributed", "shareLimit"}, {"A limit of layers", "countLimit"},
	{"An increase", "increase"}, {"An increase of upx", "upxIncrease"}, {"An increase of layers", "countIncrease"},
}

// scalars are the values that the tables name.
var scalars = []string{"size", "share", "count", "growth", "countGrowth", "level", "line", "pattern"}

// budgetsPage is the reference of the keys of budgets.yaml.
func budgetsPage(root string) (string, error) {
	data, err := os.ReadFile(filepath.Join(root, "budgets.schema.json"))
	if err != nil {
		return "", err
	}
	var top schema
	if err := json.Unmarshal(data, &top); err != nil {
		return "", fmt.Errorf("budgets.schema.json: %w", err)
	}
	var b strings.Builder
	b.WriteString(generated)
	b.WriteString("# Keys of budgets.yaml\n\nEvery key that [budgets.schema.json](../../budgets.schema.json) has. [budgets.md](../budgets.md) explains them with examples.\n")
	for _, t := range tables {
		s := &top
		if t.def != "" {
			if s, err = top.def(t.def); err != nil {
				return "", err
			}
		}
		fmt.Fprintf(&b, "\n## %s\n\n", t.title)
		if s.Description != "" && t.def != "" {
			fmt.Fprintf(&b, "%s\n\n", cell(s.Description))
		}
		// A limit is a scalar or a map with these keys.
		for i := range s.AnyOf {
			if s.AnyOf[i].Type == "object" {
				fmt.Fprintf(&b, "Either a %s or a map:\n\n", top.value(&s.AnyOf[0]))
				s = &s.AnyOf[i]
				break
			}
		}
		if len(s.Properties.keys) == 0 {
			return "", fmt.Errorf("budgets.schema.json: %q has no keys", t.def)
		}
		if err := top.keyTable(&b, s); err != nil {
			return "", err
		}
	}
	b.WriteString("\n## Values\n\n| value | |\n| --- | --- |\n")
	for _, name := range scalars {
		s, err := top.def(name)
		if err != nil {
			return "", err
		}
		text := s.Description
		if len(s.Enum) > 0 {
			text += " " + oneOf(s.Enum) + "."
		}
		fmt.Fprintf(&b, "| %s | %s |\n", name, cell(text))
	}
	return b.String(), nil
}

func (s *schema) def(name string) (*schema, error) {
	raw, ok := s.Defs.values[name]
	if !ok {
		return nil, fmt.Errorf("budgets.schema.json has no %q", name)
	}
	d := new(schema)
	return d, json.Unmarshal(raw, d)
}

// keyTable writes a row for each key of an object.
func (s *schema) keyTable(b *strings.Builder, of *schema) error {
	b.WriteString("| key | value | |\n| --- | --- | --- |\n")
	for _, list := range []struct {
		object
		pattern bool
	}{{of.Properties, false}, {of.PatternProperties, true}} {
		for _, key := range list.keys {
			var p schema
			if err := json.Unmarshal(list.values[key], &p); err != nil {
				return fmt.Errorf("budgets.schema.json: %s: %w", key, err)
			}
			text := p.Description
			if text == "" && p.Ref != "" {
				if d, err := s.def(strings.TrimPrefix(p.Ref, "#/$defs/")); err == nil {
					text = d.Description
				}
			}
			for _, required := range of.Required {
				if required == key {
					text = "Required. " + text
				}
			}
			name := "`" + key + "`"
			if list.pattern {
				name = "matching `" + strings.ReplaceAll(key, "|", `\|`) + "`"
			}
			fmt.Fprintf(b, "| %s | %s | %s |\n", name, cell(s.value(&p)), cell(text))
		}
	}
	return nil
}

// value says what a key takes, in words.
func (s *schema) value(p *schema) string {
	switch {
	case p.Const != nil:
		return fmt.Sprint(p.Const)
	case len(p.Enum) > 0:
		return oneOf(p.Enum)
	case p.Ref != "":
		name := strings.TrimPrefix(p.Ref, "#/$defs/")
		for _, t := range tables {
			if t.def == name {
				return strings.ToLower(t.title[:1]) + t.title[1:]
			}
		}
		return name
	case p.Type == "array" && p.Items != nil:
		return "list of " + s.value(p.Items)
	case p.Format != "":
		return p.Format
	case p.Type == "object":
		return "map"
	case p.Type != "":
		return p.Type
	case len(p.Properties.keys) == 0:
		return "see text"
	}
	return "map"
}

func oneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
