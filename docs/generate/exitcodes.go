package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// exitMeanings is what the exit codes mean to a user. The codes must be those of the
// program.
var exitMeanings = []struct {
	code    int
	meaning string
}{
	{0, "done; every budget holds, with or without warnings"},
	{1, "a budget is exceeded; with diff --exit-code: there is a difference"},
	{2, "a mistake in the command line or in budgets.yaml, or a path that matches no file; nothing was measured"},
	{3, "a file is missing or could not be analysed, or a tool or build that a budget needs failed"},
}

// exitCodesPage holds the meanings against the constants of cmd/sizegate/run.go.
func exitCodesPage(root string) (string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "cmd", "sizegate", "run.go"), nil, 0)
	if err != nil {
		return "", err
	}
	var codes []int
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "exit") {
			return true
		}
		if value, ok := spec.Values[0].(*ast.BasicLit); ok {
			if code, err := strconv.Atoi(value.Value); err == nil {
				codes = append(codes, code)
			}
		}
		return true
	})
	var b strings.Builder
	b.WriteString(generated + "# Exit codes\n\n| code | means |\n| --- | --- |\n")
	for i, row := range exitMeanings {
		if i >= len(codes) || codes[i] != row.code {
			return "", fmt.Errorf("cmd/sizegate/run.go has the exit codes %v (change exitMeanings)", codes)
		}
		fmt.Fprintf(&b, "| %d | %s |\n", row.code, row.meaning)
	}
	if len(codes) != len(exitMeanings) {
		return "", fmt.Errorf("cmd/sizegate/run.go has the exit codes %v (change exitMeanings)", codes)
	}
	b.WriteString("\nIf several apply, the first of 2, 3, 1, 0 counts: what could not be measured neither passes nor is \"exceeded\". The format of the output never changes the code.\n\nA reader of standard output that goes before it has all, as `head` does, ends the command with 3 and without a word; with what fits in the pipe it is too late to notice, and the code is as if it had been read.\n")
	return b.String(), nil
}
