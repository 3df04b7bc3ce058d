package sizegate_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// TestWordsOfJSON: where a field of JSON is one of some words, the reference names
// every word that the source has.
func TestWordsOfJSON(t *testing.T) {
	for _, tt := range []struct{ file, of, field string }{
		{"internal/elfscan/section.go", "Kind", "binaries[].sections[].kind"},
		{"internal/attrib/ownership/owner.go", "Kind", "binaries[].owners[].kind"},
		{"internal/attrib/ownership/owner.go", "Origin", "binaries[].owners[].origin"},
		{"internal/attrib/ownership/owner.go", "Confidence", "binaries[].owners[].confidence"},
		{"internal/attrib/account/language.go", "languageNames", "binaries[].languages"},
	} {
		_, row, _ := strings.Cut(read(t, "docs/reference/json.md"), "\n| `"+tt.field+"` |")
		row, _, _ = strings.Cut(row, "\n")
		words := wordsOf(t, tt.file, tt.of)
		if len(words) < 2 {
			t.Errorf("%s: %d words of %s", tt.file, len(words), tt.of)
		}
		for _, word := range words {
			if !strings.Contains(row, word) {
				t.Errorf("%s has %s, and docs/reference/json.md does not name it at %s (add it to docs/generate/meanings.go, then go run ./docs/generate)", tt.file, word, tt.field)
			}
		}
	}
}

// wordsOf are the constants of a type, or the elements of a variable, in quotes.
func wordsOf(t *testing.T, path, name string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	text := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				words = append(words, strconv.Quote(s))
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		kind, ok := spec.Type.(*ast.Ident)
		for _, value := range spec.Values {
			if list, isList := value.(*ast.CompositeLit); isList && spec.Names[0].Name == name {
				for _, e := range list.Elts {
					text(e)
				}
			} else if ok && kind.Name == name {
				text(value)
			}
		}
		return true
	})
	return words
}
