package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// documents are the JSON documents, each with the folders of its Go types and the type
// that it is written from.
var documents = []struct {
	schema, by string
	folders    []string
	root       string
}{
	{"sizegate.report/v1", "`report -f json` of ELF files, and what `check --save-baseline` saves", []string{"internal/snapshot"}, "Report"},
	{"sizegate.package/v1", "`report -f json` of deployment packages", []string{"internal/snapshot"}, "Packages"},
	{"sizegate.image/v1", "`report -f json` of container images", []string{"internal/snapshot"}, "Images"},
	{"sizegate.check/v1", "`check -f json`", []string{"internal/report/outcome", "internal/report/difference"}, "jsonCheck"},
	{"sizegate.diff/v1", "`diff -f json` of ELF files", []string{"internal/report/difference"}, "diffDocument"},
	{"sizegate.package-diff/v1", "`diff -f json` of deployment packages", []string{"internal/report/difference"}, "packageDocument"},
	{"sizegate.image-diff/v1", "`diff -f json` of container images", []string{"internal/report/difference"}, "imageDocument"},
	{"sizegate.lambda/v1", "`lambda -f json`", []string{"internal/snapshot"}, "Lambda"},
	{"sizegate.advice/v1", "`advise -f json`", []string{"internal/snapshot"}, "AdviceReport"},
}

// shared are the types with a document of their own: elsewhere they are a link.
var shared = map[string]string{
	"Binary": "sizegate.report/v1", "Package": "sizegate.package/v1", "Image": "sizegate.image/v1",
}

// source is the types of folders, whose names differ.
type source struct {
	structs map[string]*ast.StructType
	docs    map[string]string
	named   map[string]string // named types that are no structs, with what they are
}

// readSource parses folders without their tests.
func readSource(root string, folders []string) (*source, error) {
	s := &source{make(map[string]*ast.StructType), make(map[string]string), make(map[string]string)}
	for _, folder := range folders {
		if err := s.read(filepath.Join(root, filepath.FromSlash(folder))); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *source) read(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, e.Name()), nil, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			group, ok := d.(*ast.GenDecl)
			if !ok || group.Tok != token.TYPE {
				continue
			}
			for _, spec := range group.Specs {
				t := spec.(*ast.TypeSpec)
				switch underlying := t.Type.(type) {
				case *ast.StructType:
					s.structs[t.Name.Name] = underlying
				case *ast.Ident:
					s.named[t.Name.Name] = underlying.Name
				}
				doc := t.Doc
				if len(group.Specs) == 1 && doc == nil {
					doc = group.Doc
				}
				text := strings.Join(strings.Fields(doc.Text()), " ")
				s.docs[t.Name.Name] = strings.TrimPrefix(text, t.Name.Name+" is ")
			}
		}
	}
	return nil
}

// walk writes the rows of one document.
type walk struct {
	*source
	b      *strings.Builder
	schema string
	seen   map[string]string // a type's first path in this document
	open   []string          // the types that are being written
}

// jsonPage is the reference of the fields of all JSON documents.
func jsonPage(root string) (string, error) {
	var b strings.Builder
	b.WriteString(generated)
	b.WriteString("# Fields of JSON\n\nEvery field of what sizegate writes as JSON. Sizes are bytes, and integers; `delta` can be negative. " +
		"`a[].b` is the field `b` of each element of the list `a`. The same input and flags give the same bytes.\n\n")
	b.WriteString("| document | written by |\n| --- | --- |\n")
	for _, d := range documents {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", d.schema, anchor(d.schema), d.by)
	}
	for _, d := range documents {
		s, err := readSource(root, d.folders)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\n## %s\n\n| field | type | |\n| --- | --- | --- |\n", d.schema)
		w := walk{s, &b, d.schema, make(map[string]string), nil}
		if err := w.fields("", d.root); err != nil {
			return "", fmt.Errorf("%s: %w", d.schema, err)
		}
	}
	return b.String(), nil
}

// anchor is what GitHub calls the heading.
func anchor(title string) string { return strings.NewReplacer(".", "", "/", "").Replace(title) }

// fields writes a row for each field of a struct, and below it those of its own.
func (w *walk) fields(path, name string) error {
	structure := w.structs[name]
	if structure == nil {
		return fmt.Errorf("%s: no struct %s", path, name)
	}
	if slices.Contains(w.open, name) {
		return fmt.Errorf("%s: %s contains itself", path, name)
	}
	w.open = append(w.open, name)
	defer func() { w.open = w.open[:len(w.open)-1] }()
	names := jsonNames(structure)
	for _, f := range structure.Fields.List {
		if len(f.Names) != 1 || f.Tag == nil {
			return fmt.Errorf("%s: a field of %s has no name or no tag", path, name)
		}
		key, rest := jsonTag(f)
		if key == "-" {
			continue
		}
		kind, inner, err := w.kind(f.Type)
		if err != nil {
			return fmt.Errorf("%s: %s.%s: %w", path, name, f.Names[0].Name, err)
		}
		_, pointer := f.Type.(*ast.StarExpr)
		at := path + key
		text := comment(f, names)
		for _, other := range []string{meanings[name+"."+key], w.docs[inner], meanings[key]} {
			if text == "" {
				text = other
			}
		}
		if text == "" {
			return fmt.Errorf("%s: nothing says what %s.%s is (comment it, or add it to meanings)", at, name, f.Names[0].Name)
		}
		text = sentence(text)
		switch optional := strings.Contains(rest, "omit"); {
		case optional:
			kind += ", can be absent"
		case pointer:
			kind += " or null"
		}
		below := at + strings.Repeat("[]", strings.Count(kind, "list of ")) + "."
		switch document, other := shared[inner], w.seen[inner]; {
		case inner == "":
		case document != "" && document != w.schema:
			text = strings.TrimSpace(text + " As in [" + document + "](#" + anchor(document) + ").")
			inner = ""
		case other != "":
			text = strings.TrimSpace(text + " Its fields are those of `" + other + "`.")
			inner = ""
		}
		fmt.Fprintf(w.b, "| `%s` | %s | %s |\n", at, kind, cell(text))
		if inner != "" {
			w.seen[inner] = strings.TrimSuffix(below, ".")
			if err := w.fields(below, inner); err != nil {
				return err
			}
		}
	}
	return nil
}

// kind is a Go type in words of JSON, and the name of the struct that it is of, if
// any.
func (w *walk) kind(t ast.Expr) (kind, inner string, err error) {
	switch t := t.(type) {
	case *ast.StarExpr:
		return w.kind(t.X)
	case *ast.ArrayType:
		kind, inner, err = w.kind(t.Elt)
		return "list of " + kind, inner, err
	case *ast.MapType:
		kind, inner, err = w.kind(t.Value)
		return "object of " + kind, inner, err
	case *ast.SelectorExpr:
		// json.Number is exact; the other one is compare.Change, a string.
		if t.Sel.Name == "Number" {
			return "number", "", nil
		}
		if t.Sel.Name == "Change" {
			return "string", "", nil
		}
		return w.kind(t.Sel) // of another of the folders
	case *ast.Ident:
		name := t.Name
		if w.structs[name] != nil {
			return "object", name, nil
		}
		if underlying := w.named[name]; underlying != "" {
			name = underlying
		}
		switch name {
		case "string":
			return "string", "", nil
		case "bool":
			return "boolean", "", nil
		case "int", "int64", "uint64":
			return "integer", "", nil
		}
	}
	return "", "", fmt.Errorf("a type that this program does not know (add it to kind)")
}

func jsonTag(f *ast.Field) (key, rest string) {
	tag, err := strconv.Unquote(f.Tag.Value)
	if err != nil {
		return "-", ""
	}
	key, rest, _ = strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	return key, rest
}

// jsonNames is a struct's names in JSON by those in Go.
func jsonNames(s *ast.StructType) map[string]string {
	names := make(map[string]string)
	for _, f := range s.Fields.List {
		if key, _ := jsonTag(f); key != "-" && len(f.Names) == 1 {
			names[f.Names[0].Name] = key
		}
	}
	return names
}

var goName = regexp.MustCompile(`\b[A-Z][A-Za-z0-9]*\b`)

// comment is what the source says of a field, with the names of fields as they are
// in JSON.
func comment(f *ast.Field, names map[string]string) string {
	text := strings.Join(strings.Fields(f.Doc.Text()+" "+f.Comment.Text()), " ")
	text = strings.ReplaceAll(text, "nil unless", "absent unless")
	return goName.ReplaceAllStringFunc(text, func(word string) string {
		if key := names[word]; key != "" {
			return "`" + key + "`"
		}
		return word
	})
}
