// Package sizegate_test holds the rules of ARCHITECTURE.md about who may use
// what.
package sizegate_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sizegate/sizegate/"

// layers is the folders from the lowest to the highest. A package is of the longest
// folder here that it is in, and imports only from lower ones and from its own.
var layers = [][]string{
	{"internal/bytesize", "internal/span", "internal/attrib/radix", "internal/oneline", "internal/scratch", "internal/usage", "internal/interrupt", "internal/fileerror", "internal/filestamp", "internal/completion"},
	{"internal/warnlist", "internal/archive", "internal/output", "internal/upx", "internal/startup", "internal/worktree"},
	{"internal/tarfile", "internal/display", "internal/textpool"},
	{"internal/bundle", "internal/image", "internal/terminal"},
	// What reads one format, and does not know that there are ELF files:
	{"internal/attrib/auditable", "internal/attrib/dwarf", "internal/attrib/ehframe", "internal/attrib/gosym", "internal/attrib/gotype",
		"internal/attrib/rustinfer", "internal/attrib/rustsym", "internal/attrib/xref"},
	{"internal/attrib/native"},
	{"internal/elfscan", "internal/inputkind", "internal/progress"},
	{"internal/attrib", "internal/strip"},
	{"internal/variant", "internal/advise", "internal/lambda"},
	{"internal/snapshot"},
	{"internal/compare", "internal/imagestart"},
	{"internal/measurer", "internal/lambda/month"},
	{"internal/compare/side", "internal/lambda/program"},
	{"internal/budget"},
	{"internal/gate", "internal/candidate", "internal/adviser"},
	{"internal/report", "internal/page"},
	{"internal/githubstep"},
	{"cmd/sizegate"},
}

// besides are no part of the program: folders of tests, measurements, fixtures.
var besides = []string{"internal/badname", "internal/elftest", "internal/ptytest", "internal/attrib/dwarf/dwarftest", "bench", "docs/generate", "release"}

// only says who alone may import a package.
var only = map[string][]string{
	"github.com/olekukonko/tablewriter": {"internal/report/texttable"},
	"gopkg.in/yaml.v3":                  {"internal/budget/strictyaml", "internal/budget/configfile"},
	"golang.org/x/arch":                 {"internal/attrib/xref"},
	"os/exec":                           {"cmd/sizegate", "internal/upx", "internal/startup", "internal/worktree"},
	"github.com/bmatcuk/doublestar/v4":  {"internal/budget/pattern"},
	"github.com/chromedp/chromedp":      {}, // for tests
	// The network is for registry: alone. That nothing else opens a socket is shown
	// by TestNoNetwork.
	"net/http":   {"internal/image/stored"},
	"crypto/tls": {},
}

// folder returns the folder of layers that a package is of, "" if there is none, and
// its layer.
func folder(path string) (name string, layer int) {
	for i, folders := range layers {
		for _, f := range folders {
			if (path == f || strings.HasPrefix(path, f+"/")) && len(f) > len(name) {
				name, layer = f, i
			}
		}
	}
	return name, layer
}

func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	architecture, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(p.ImportPath, module)
		if strings.HasPrefix(path, "internal/") && !strings.Contains(string(architecture), "| `"+path+"` |") {
			t.Errorf("%s is not in the table of ARCHITECTURE.md", path)
		}
		if slices.ContainsFunc(besides, func(f string) bool { return path == f || strings.HasPrefix(path, f+"/") }) || len(p.Imports) == 0 {
			continue
		}
		mine, high := folder(path)
		if mine == "" {
			t.Errorf("%s is in no layer: add it to this test", path)
			continue
		}
		checked++
		for _, i := range p.Imports {
			if own, ok := strings.CutPrefix(i, module); ok {
				if other, layer := folder(own); other != mine && layer >= high {
					t.Errorf("%s imports %s, which is not below it", path, own)
				}
			}
			if i == "net" { // itself; net/url has no sockets
				t.Errorf("%s imports net: the network is for registry: alone, by net/http", path)
			}
			for limited, users := range only {
				allowed := func(user string) bool { return path == user || strings.HasPrefix(path, user+"/") }
				if (i == limited || strings.HasPrefix(i, limited+"/")) && !slices.ContainsFunc(users, allowed) {
					t.Errorf("%s imports %s, which only %s may", path, i, strings.Join(users, ", "))
				}
			}
		}
	}
	if checked < 60 {
		t.Errorf("only %d packages were checked", checked)
	}
}

// TestExits: only the command ends the process or knows where its output goes.
func TestExits(t *testing.T) {
	checked := 0
	err := filepath.WalkDir("internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		checked++
		files := token.NewFileSet()
		f, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && (x.Name == "os" && slices.Contains([]string{"Exit", "Stdout", "Stderr"}, s.Sel.Name) ||
					x.Name == "log" && strings.HasPrefix(s.Sel.Name, "Fatal")) {
					t.Errorf("%s: %s.%s is for the command only", files.Position(n.Pos()), x.Name, s.Sel.Name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil || checked < 20 {
		t.Errorf("%d files checked, %v", checked, err)
	}
}
