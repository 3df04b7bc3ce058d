package outcome

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/compare"
)

func checkJSON(t *testing.T, v *budget.Verdict) (document map[string]any, text string) {
	t.Helper()
	var out bytes.Buffer
	if err := JSON(&out, v, "v0.1.0"); err != nil {
		t.Fatal(err)
	}
	text = out.String()
	d := json.NewDecoder(&out)
	d.UseNumber()
	if err := d.Decode(&document); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return document, text
}

// parsed is JSON as the decoder gives it.
func parsed(t *testing.T, text string) any {
	t.Helper()
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCheckJSON(t *testing.T) {
	document, _ := checkJSON(t, verdict())
	results := document["results"].([]any)
	if len(results) != 9 {
		t.Fatalf("%d results", len(results))
	}
	delete(document, "results")
	want := `{"schema": "sizegate.check/v1", "sizegate": "v0.1.0", "config": "ci/budgets.yaml", "passed": false, "exit": 1,
		"failures": [], "warnings": [{"message": "the waiver of api for gzip has expired", "line": 30, "column": 3}]}`
	if !reflect.DeepEqual(any(document), parsed(t, want)) {
		t.Errorf("%v, want %s", document, want)
	}
	for i, want := range map[int]string{
		0: `{"budget": "api", "path": "dist/api", "metric": "file", "level": "", "subject": "", "value": 13000000, "limit": 14000000,
			"baseline": null, "delta": null, "status": "pass", "line": 8, "column": 13, "message": "file is 13,000,000 B (13.0 MB)", "note": ""}`,
		1: `{"budget": "api", "path": "dist/api", "metric": "stripped", "level": "", "subject": "", "value": 12345678, "limit": 12000000,
			"baseline": 11933333, "delta": 412345, "status": "fail", "line": 9, "column": 41,
			"message": "stripped is 12,345,678 B (12.3 MB), 345,678 B over the limit of 12 MB", "note": "See docs/size.md first.",
			"culprits": {"heaviest": [{"name": "runtime", "kind": "", "id": "", "size": 900000}],
				"owners": [{"name": "net/http", "old": 0, "new": 312345, "delta": 312345, "change": "added"},
					{"name": "golang.org/x/net/html", "old_version": "v0.30.0", "new_version": "v0.31.0", "old": 1000, "new": 42000, "delta": 41000, "change": "grown"}],
				"functions": [{"name": "core::fmt::write", "owner": "core", "old": 100, "new": 1200, "delta": 1100, "change": "grown"}],
				"sections": [{"name": ".text", "kind": "code", "old": 1000000, "new": 1300000, "delta": 300000, "change": "grown"}]}}`,
		3: `{"budget": "api", "path": "dist/api", "metric": "text", "level": "", "subject": "max-increase", "value": 2100000, "limit": 2040000,
			"baseline": 2000000, "delta": 100000, "status": "waived", "line": 12, "column": 7,
			"message": "text grew by 100,000 B (+5.0%); waived: TLS rewrite, #412", "note": ""}`,
	} {
		if !reflect.DeepEqual(results[i], parsed(t, want)) {
			t.Errorf("result %d: %v, want %s", i, results[i], want)
		}
	}
}

// TestCheckJSONNumbers: a baseline of 0 is no missing one, a delta has its sign,
// and large numbers are exact.
func TestCheckJSONNumbers(t *testing.T) {
	v := &budget.Verdict{Results: []budget.Result{
		{Metric: budget.File, Value: 0, Limit: 1<<64 - 1, Baseline: baseline(0)},
		{Metric: budget.File, Value: 5, Limit: 1<<53 + 1, Baseline: baseline(7)},
	}}
	_, text := checkJSON(t, v)
	for _, want := range []string{`"limit": 18446744073709551615,`, `"baseline": 0,`, `"delta": 0,`, `"limit": 9007199254740993,`, `"delta": -2,`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// TestCheckJSONNoNumber: null is no number, and 0 is one.
func TestCheckJSONNoNumber(t *testing.T) {
	for _, test := range []struct {
		name         string
		r            budget.Result
		value, limit any
		properties   map[string]uint64 // of SARIF
	}{
		{"architecture", budget.Result{Metric: "arch", Status: budget.Fail}, nil, nil, nil},
		{"finding of bytes", budget.Result{Metric: budget.PresetMetric, Subject: "go-symbols", Value: 2557169, Status: budget.Fail},
			json.Number("2557169"), nil, map[string]uint64{"value": 2557169}},
		{"finding", budget.Result{Metric: budget.PresetMetric, Subject: "bootstrap-missing", Status: budget.Fail}, nil, nil, nil},
		{"nothing found", budget.Result{Metric: budget.PresetMetric, Status: budget.Pass}, nil, nil, nil},
		{"ban", budget.Result{Metric: budget.Text, Subject: "openssl*", Deny: true, Value: 7, Status: budget.Fail},
			json.Number("7"), json.Number("0"), map[string]uint64{"value": 7, "limit": 0}},
		{"limit of nothing", budget.Result{Metric: budget.File, Status: budget.Warn}, json.Number("0"), json.Number("0"), map[string]uint64{"value": 0, "limit": 0}},
		{"not judged", budget.Result{Metric: budget.File, Status: budget.Skipped}, nil, nil, nil},
		{"not judged, but measured", budget.Result{Metric: budget.File, Growth: true, Value: 9, Status: budget.Skipped},
			json.Number("9"), nil, map[string]uint64{"value": 9}},
	} {
		v := &budget.Verdict{Results: []budget.Result{test.r}}
		document, _ := checkJSON(t, v)
		got := document["results"].([]any)[0].(map[string]any)
		if got["value"] != test.value || got["limit"] != test.limit {
			t.Errorf("%s: value %v, limit %v, want %v and %v", test.name, got["value"], got["limit"], test.value, test.limit)
		}
		if test.r.Status == budget.Pass {
			continue // SARIF leaves it out
		}
		if rows, _, _ := sarifRows(t, checkSARIF(t, v)); !reflect.DeepEqual(rows[0].properties, test.properties) {
			t.Errorf("%s: %v, want %v", test.name, rows[0].properties, test.properties)
		}
	}
}

// TestCheckJSONCulprits: each list alone is worth writing.
func TestCheckJSONCulprits(t *testing.T) {
	rows := []compare.Row{{Name: "x", New: 1, Change: compare.Added}}
	for _, c := range []budget.Culprits{{Heaviest: rows}, {Owners: rows}, {Functions: rows}, {Sections: rows}, {Layers: rows}} {
		if _, text := checkJSON(t, &budget.Verdict{Results: []budget.Result{{Culprits: c}}}); !strings.Contains(text, `"name": "x"`) {
			t.Errorf("%+v: %s", c, text)
		}
	}
}

func TestCheckJSONExit(t *testing.T) {
	for _, test := range []struct {
		v      *budget.Verdict
		passed bool
		exit   string
	}{
		{&budget.Verdict{}, true, "0"},
		{&budget.Verdict{Results: []budget.Result{{Status: budget.Warn}, {Status: budget.Skipped}}}, true, "0"},
		{verdict(), false, "1"},
		{failed(), false, "3"},
	} {
		document, text := checkJSON(t, test.v)
		if document["passed"] != test.passed || document["exit"] != json.Number(test.exit) {
			t.Errorf("passed %v, exit %v", document["passed"], document["exit"])
		}
		for _, list := range []string{"results", "failures", "warnings"} {
			if _, ok := document[list].([]any); !ok {
				t.Errorf("%s is no list: %s", list, text)
			}
		}
	}
}

// TestCheckJSONHostile: a name comes back as it was, but for bytes that JSON
// cannot hold.
func TestCheckJSONHostile(t *testing.T) {
	for _, h := range hostileNames {
		document, text := checkJSON(t, hostile(h.raw))
		r := document["results"].([]any)[1].(map[string]any)
		want := strings.ToValidUTF8(strings.ReplaceAll(h.raw, "\xff\xfe", "\ufffd\xff"), "\ufffd")
		for _, field := range []string{"budget", "path", "subject", "message", "note"} {
			if r[field] != want {
				t.Errorf("%s is %q, want %q", field, r[field], want)
			}
		}
		if strings.Contains(text, "##[") {
			t.Errorf("%q: a command in %s", h.raw, text)
		}
	}
}
