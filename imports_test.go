// Package sizegate_test holds the rules of ARCHITECTURE.md about who may use
// what.
package sizegate_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sizegate/sizegate/"

// layers is the packages from the lowest to the highest: a package imports
// only from lower layers.
var layers = [][]string{
	{"internal/attrib/dwarf/window"},
	{"internal/attrib/dwarf"},
	{"internal/attrib/dwarf/linetable"},
	{"internal/bytesize", "internal/span", "internal/oneline", "internal/tarfile", "internal/scratch"},
	{"internal/warnlist", "internal/bundle/flaw", "internal/bundle/inspect", "internal/image/fault", "internal/archive/input", "internal/archive/huffman",
		"internal/strip/stringtable", "internal/strip/buildnotes"},
	{"internal/bundle/zipfile", "internal/bundle/tarstream", "internal/image/stored", "internal/archive/deflate", "internal/archive/zstd/block"},
	{"internal/image/unpack", "internal/archive/zstd"},
	{"internal/attrib/gosym", "internal/attrib/rustsym", "internal/attrib/native", "internal/attrib/xref", "internal/attrib/ehframe", "internal/attrib/gotype", "internal/attrib/rustinfer",
		"internal/attrib/auditable", "internal/attrib/dwarf/divide", "internal/attrib/dwarf/inline",
		"internal/upx", "internal/archive", "internal/bundle", "internal/image", "internal/startup", "internal/worktree"},
	{"internal/elfscan", "internal/display", "internal/attrib/ownership", "internal/attrib/parallel"},
	{"internal/attrib/stage", "internal/attrib/window", "internal/attrib/debugsection"},
	{"internal/attrib/goruntime", "internal/attrib/account"},
	{"internal/attrib/goclaims", "internal/attrib/symbolclaims", "internal/attrib/strippedrust", "internal/attrib/references", "internal/attrib/debugclaims"},
	{"internal/attrib/tableclaims"},
	{"internal/attrib", "internal/strip", "internal/lambda", "internal/texttable"},
	{"internal/advise/facts"},
	{"internal/variant", "internal/advise"},
	{"internal/snapshot"},
	{"internal/compare"},
	{"internal/budget/wording"},
	{"internal/budget/pattern"},
	{"internal/budget"},
	{"internal/budget/strictyaml", "internal/budget/measure", "internal/budget/headroom"},
	{"internal/budget/configfile", "internal/budget/culprit"},
	{"internal/budget/judge"},
	{"internal/budget/starter", "internal/budget/refit"},
	{"internal/report/breakdown", "internal/page"},
	{"internal/report", "internal/report/difference", "internal/report/advice"},
	{"internal/report/deployed", "internal/report/outcome", "internal/report/serverless"},
	{"cmd/sizegate"},
}

// besides are not part of the program: tests, measurements, fixtures.
var besides = []string{"internal/archive/synthetic", "internal/badname", "internal/elftest", "internal/attrib/dwarf/dwarftest", "internal/budget/budgettest", "internal/report/sample", "bench", "bench/accuracy", "bench/corpus", "bench/images", "bench/instructions",
	"bench/mutation", "bench/performance", "bench/synthetic", "docs/generate", "release"}

// only says who alone may import a package.
var only = map[string][]string{
	"github.com/olekukonko/tablewriter": {"internal/texttable"},
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

func layer(path string) int {
	return slices.IndexFunc(layers, func(l []string) bool { return slices.Contains(l, path) })
}

func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
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
		if slices.Contains(besides, path) || len(p.Imports) == 0 {
			continue
		}
		mine := layer(path)
		if mine < 0 {
			t.Errorf("%s is in no layer: add it to this test and to ARCHITECTURE.md", path)
			continue
		}
		checked++
		for _, i := range p.Imports {
			if own, ok := strings.CutPrefix(i, module); ok && layer(own) >= mine {
				t.Errorf("%s imports %s, which is not below it", path, own)
			}
			for limited, users := range only {
				allowed := func(user string) bool { return path == user || strings.HasPrefix(path, user+"/") }
				if (i == limited || strings.HasPrefix(i, limited+"/")) && !slices.ContainsFunc(users, allowed) {
					t.Errorf("%s imports %s, which only %s may", path, i, strings.Join(users, ", "))
				}
			}
		}
	}
	if checked < 8 {
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
