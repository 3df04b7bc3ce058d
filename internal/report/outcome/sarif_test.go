package outcome

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif" // its source has the published schema
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sizegate/sizegate/internal/budget"
)

func checkSARIF(t *testing.T, v *budget.Verdict) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := SARIF(&out, v, "v0.1.0"); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// sarifModule is a Go module that holds the schema that OASIS published, as the
// string constant "schema" of a package.
const sarifModule = "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

// publishedSchema compiles the schema of SARIF 2.1.0.
func publishedSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	folder, err := exec.Command("go", "list", "-f", "{{.Dir}}", sarifModule).Output()
	if err != nil {
		t.Fatalf("%s, which has the SARIF schema: %v", sarifModule, err)
	}
	path := filepath.Join(strings.TrimSpace(string(folder)), "schema.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.ValueSpec); ok && len(s.Values) == 1 && s.Names[0].Name == "schema" {
			if literal, ok := s.Values[0].(*ast.BasicLit); ok {
				text, err = strconv.Unquote(literal.Value)
			}
		}
		return err == nil
	})
	if err != nil || text == "" {
		t.Fatalf("%s has no constant \"schema\": %v", path, err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestCheckSARIFSchema validates against the published schema.
func TestCheckSARIFSchema(t *testing.T) {
	schema := publishedSchema(t)
	validate := func(text []byte) error {
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(document)
	}
	verdicts := []*budget.Verdict{verdict(), failed(), {}, {Config: "a b:c/%?#[ü]\\d", Warnings: []budget.Warning{{Text: "x"}}}, {Config: "/abs/budgets.yaml", Failures: []budget.Failure{{}}}}
	for _, h := range hostileNames {
		verdicts = append(verdicts, hostile(h.raw))
	}
	for _, v := range verdicts {
		text := checkSARIF(t, v)
		if err := validate(text); err != nil {
			t.Errorf("%q: %v", v.Config, err)
		}
		// What the schema does not allow is found.
		for _, wrong := range []struct{ old, new string }{{`"version": "2.1.0"`, `"version": "2.2.0"`}, {`"name": "sizegate"`, `"nam": "sizegate"`},
			{`"level": "error"`, `"level": "fail"`}, {`"startLine": 3,`, `"startLine": 0,`}, {`"uri": "`, `"uri": "%%`}} {
			if changed := bytes.Replace(text, []byte(wrong.old), []byte(wrong.new), 1); !bytes.Equal(changed, text) && validate(changed) == nil {
				t.Errorf("%s is taken for valid", wrong.new)
			}
		}
	}
}

// sarifRow is what the tests look at in a result.
type sarifRow struct {
	rule, level, text, uri string
	line, column           int
	properties             map[string]uint64
}

func sarifRows(t *testing.T, text []byte) (rows []sarifRow, fingerprints []string, log sarifLog) {
	t.Helper()
	if err := json.Unmarshal(text, &log); err != nil {
		t.Fatal(err)
	}
	for _, r := range log.Runs[0].Results {
		row := sarifRow{rule: r.RuleID, level: r.Level, text: r.Message.Text, properties: r.Properties}
		if len(r.Locations) > 0 {
			at := r.Locations[0].Physical
			row.uri = at.Artifact.URI
			if at.Region != nil {
				row.line, row.column = at.Region.StartLine, at.Region.StartColumn
			}
		}
		rows = append(rows, row)
		if len(r.Fingerprints) != 1 {
			t.Errorf("fingerprints %v", r.Fingerprints)
		}
		fingerprints = append(fingerprints, r.Fingerprints["sizegate/v1"])
	}
	return rows, fingerprints, log
}

func TestCheckSARIF(t *testing.T) {
	v := failed()
	deny := budget.Result{Budget: "api", Metric: budget.Text, Subject: "openssl*", Deny: true, Value: 7, Status: budget.Fail, Message: "openssl must not be in the binary"}
	pkg := budget.Result{Budget: "api", Metric: budget.Text, Subject: "net/...", Value: 7, Limit: 5, Status: budget.Fail, Message: "[x](y)"}
	arch := budget.Result{Budget: "api", Metric: "arch", Status: budget.Fail, Message: "amd64, want arm64"}
	v.Results = append(v.Results, deny, pkg, arch)
	rows, fingerprints, log := sarifRows(t, checkSARIF(t, v))
	const config = "ci/budgets.yaml"
	sizes := func(value, limit uint64) map[string]uint64 { return map[string]uint64{"value": value, "limit": limit} }
	want := []sarifRow{
		{"failure", "error", "tools: dist/c: not an ELF file (name a program)", config, 19, 11, nil},
		{"limit", "error", "tools dist/a: .rodata is 10 B", config, 20, 11, sizes(10, 0)},
		{"deny", "error", "api: openssl must not be in the binary", config, 0, 0, sizes(7, 0)},
		{"arch", "error", "api: amd64, want arm64", config, 0, 0, nil},
		{"package", "error", "api: [x] (y)", config, 0, 0, sizes(7, 5)},
		{"limit", "error", "api dist/api: stripped is 12,345,678 B (12.3 MB), 345,678 B over the limit of 12 MB\n" +
			"grew most: net/http +312,345 B (new), golang.org/x/net/html +41,000 B (v0.30.0 → v0.31.0)\n" +
			"sections that grew most: .text +300,000 B\nfunctions that grew most: core::fmt::write +1,100 B\nSee docs/size.md first.", config, 9, 41, sizes(12_345_678, 12_000_000)},
		{"limit", "warning", "api dist/api: upx lzma is 4,900,000 B (4.90 MB)\nweighs most: runtime 900,000 B", config, 10, 7, sizes(4_900_000, 4_800_000)},
		{"max-increase", "note", "api dist/api: text grew by 100,000 B (+5.0%); waived: TLS rewrite, #412", config, 12, 7, sizes(2_100_000, 2_040_000)},
		{"max-increase", "note", "tools dist/b: no baseline", config, 21, 11, nil},
	}
	for i := range max(len(rows), len(want)) {
		if i >= len(rows) || i >= len(want) || !reflect.DeepEqual(rows[i], want[i]) {
			t.Fatalf("result %d of\n%+v\nwant\n%+v", i, rows, want)
		}
	}
	seen := make(map[string]bool)
	for _, f := range fingerprints {
		if seen[f] || !regexp.MustCompile("^[0-9a-f]{32}$").MatchString(f) {
			t.Errorf("fingerprint %q", f)
		}
		seen[f] = true
	}
	run := log.Runs[0]
	if run.Tool.Driver.Name != "sizegate" || run.Tool.Driver.Version != "v0.1.0" || len(run.Tool.Driver.Rules) != 7 {
		t.Errorf("%+v", run.Tool)
	}
	rules := make(map[string]bool)
	for _, r := range run.Tool.Driver.Rules {
		rules[r.ID] = true
	}
	for _, r := range rows {
		if !rules[r.rule] {
			t.Errorf("no rule %q", r.rule)
		}
	}
	if i := run.Invocations[0]; i.ExecutionSuccessful || i.ExitCode != 3 || len(i.Notifications) != 1 || i.Notifications[0].Message.Text != "the waiver of api for gzip has expired" {
		t.Errorf("%+v", i)
	}
}

// TestCheckSARIFFingerprints: sizes and lines do not change them.
func TestCheckSARIFFingerprints(t *testing.T) {
	_, before, _ := sarifRows(t, checkSARIF(t, verdict()))
	v := verdict()
	for i := range v.Results {
		v.Results[i].Position.Line += 5
		v.Results[i].Message += "."
		v.Results[i].Baseline = nil
	}
	v.Results[1].Value++
	_, after, _ := sarifRows(t, checkSARIF(t, v))
	if !reflect.DeepEqual(before, after) {
		t.Errorf("%q, were %q", after, before)
	}
}

func TestCheckSARIFPath(t *testing.T) {
	for _, test := range []struct{ config, uri string }{
		{"budgets.yaml", "budgets.yaml"},
		{"a/b.yaml", "a/b.yaml"},
		{"a b%.yaml", "a%20b%25.yaml"},
		{"a:b.yaml", "./a:b.yaml"},
		{"http://x/y", "./http://x/y"},
		{"a?b#c.yaml", "a%3Fb%23c.yaml"},
		{"ü\xff\n.yaml", "%C3%BC%FF%0A.yaml"},
		{"/abs/b.yaml", "file:///abs/b.yaml"},
		{"", ""},
	} {
		rows, _, _ := sarifRows(t, checkSARIF(t, &budget.Verdict{Config: test.config, Failures: make([]budget.Failure, 1)}))
		if rows[0].uri != test.uri {
			t.Errorf("%q: %q, want %q", test.config, rows[0].uri, test.uri)
		}
	}
}
