package configfile

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/budget"
)

const schemaFile = "../../../budgets.schema.json"

const schemaID = "https://github.com/sizegate/sizegate/budgets.schema.json"

func readSchema(t *testing.T) map[string]any {
	t.Helper()
	f, err := os.Open(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	return doc.(map[string]any)
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc := readSchema(t)
	if doc["$id"] != schemaID {
		t.Errorf("$id is %v", doc["$id"])
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaID, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(schemaID)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// jsonValue is what an editor hands to the schema: YAML 1.2 with its core
// schema, in which a date is text.
func jsonValue(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.DocumentNode:
		return jsonValue(t, n.Content[0])
	case yaml.MappingNode:
		m := make(map[string]any)
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = jsonValue(t, n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, jsonValue(t, item))
		}
		return list
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true"
	case "!!int", "!!float":
		if _, err := strconv.ParseFloat(n.Value, 64); err != nil {
			t.Fatalf("the number %s: %v", n.Value, err)
		}
		return json.Number(n.Value)
	}
	return n.Value
}

func validate(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	return s.Validate(jsonValue(t, &n))
}

func TestSchemaAccepts(t *testing.T) {
	s := compileSchema(t)
	if err := validate(t, s, example); err != nil {
		t.Error(err)
	}
	for name, text := range good {
		if err := validate(t, s, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := compileSchema(t)
	checked := 0
	for _, m := range malformed {
		if m.beyond {
			continue
		}
		checked++
		if err := validate(t, s, m.text); err == nil {
			t.Errorf("the schema accepts %q:\n%s", m.name, m.text)
		}
	}
	if checked < 40 {
		t.Errorf("only %d files were checked", checked)
	}
}

// TestSchemaKeys holds the keys of the schema against those that the parser
// names when it meets one that it does not know.
func TestSchemaKeys(t *testing.T) {
	schema := readSchema(t)
	const unknown = "unknowable: 1"
	budget := func(rest string) string {
		return "{version: 1, budgets: [{name: a, path: a, arch: arm64, " + rest + "}]}"
	}
	tests := []struct {
		name string
		text string
		keys []string // the way to the properties in the schema
	}{
		{"root", "{" + unknown + "}", nil},
		{"defaults", "{defaults: {" + unknown + "}}", []string{"properties", "defaults"}},
		{"budget", budget(unknown), []string{"$defs", "budget"}},
		{"limits", budget("limits: {" + unknown + "}"), []string{"$defs", "limits"}},
		{"increases", budget("max-increase: {" + unknown + "}"), []string{"$defs", "increases"}},
		{"limit", budget("limits: {file: {" + unknown + "}}"), []string{"$defs", "limit", "anyOf", "1"}},
		{"limit of a section", budget("limits: {.a: {" + unknown + "}}"), []string{"$defs", "limit", "anyOf", "1"}},
		{"limit of upx", budget("limits: {upx: {" + unknown + "}}"), []string{"$defs", "upxLimit", "anyOf", "1"}},
		{"limit of a share", budget("limits: {unattributed: {" + unknown + "}}"), []string{"$defs", "shareLimit", "anyOf", "1"}},
		{"limit of a number", budget("limits: {layers: {" + unknown + "}}"), []string{"$defs", "countLimit", "anyOf", "1"}},
		{"increase of a number", budget("max-increase: {layers: {" + unknown + "}}"), []string{"$defs", "countIncrease", "anyOf", "1"}},
		{"increase", budget("max-increase: {file: {" + unknown + "}}"), []string{"$defs", "increase", "anyOf", "1"}},
		{"increase of upx", budget("max-increase: {upx: {" + unknown + "}}"), []string{"$defs", "upxIncrease", "anyOf", "1"}},
		{"increase of a share", budget("max-increase: {unattributed: {" + unknown + "}}"), []string{"$defs", "shareLimit", "anyOf", "1"}},
		{"package", budget("packages: [{" + unknown + "}]"), []string{"$defs", "package"}},
		{"limit of a package", budget("packages: [{match: a, limit: {" + unknown + "}}]"), []string{"$defs", "limit", "anyOf", "1"}},
		{"waiver", "{waivers: [{" + unknown + "}]}", []string{"$defs", "waiver"}},
	}
	for _, tt := range tests {
		var at any = schema
		for _, k := range tt.keys {
			if list, ok := at.([]any); ok {
				i, _ := strconv.Atoi(k)
				at = list[i]
				continue
			}
			at = at.(map[string]any)[k]
		}
		var want []string
		for k := range at.(map[string]any)["properties"].(map[string]any) {
			want = append(want, k)
		}
		slices.Sort(want)
		if got := knownKeys(tt.text); !slices.Equal(got, want) {
			t.Errorf("%s: the parser knows %q, the schema %q", tt.name, got, want)
		}
	}
}

// knownKeys is what the parser offers instead of the key "unknowable".
func knownKeys(text string) []string {
	_, err := Parse("b.yaml", []byte(text))
	var errs budget.Errors
	errors.As(err, &errs)
	for _, e := range errs {
		if strings.HasSuffix(e.Problem, `"unknowable"`) {
			list, _, _ := strings.Cut(strings.TrimPrefix(e.Hint, "known: "), ", or a section")
			keys := strings.Split(list, ", ")
			slices.Sort(keys)
			return keys
		}
	}
	return nil
}
