package serverless

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/snapshot"
)

func TestRounded(t *testing.T) {
	for _, tt := range []struct{ number, cents, three, all string }{
		{"0", "$0.00", "0", "0"},
		{"6.4166795", "$6.42", "6.417", "6.4166795"},
		{"0.005", "$0.01", "0.005", "0.005"},
		{"0.0049999999999999999999", "$0.00", "0.005", "0.0049999999999999999999"},
		{"-0.333334", "-$0.33", "-0.333", "-0.333334"},
		{"-0.004", "$0.00", "-0.004", "-0.004"},
		{"999", "$999.00", "999", "999"},
		{"1000", "$1,000.00", "1,000", "1,000"},
		{"385000", "$385,000.00", "385,000", "385,000"},
		{"-1234567.5", "-$1,234,567.50", "-1,234,567.5", "-1,234,567.5"},
		{"0.0000166667", "$0.00", "0", "0.0000166667"},
	} {
		n := json.Number(tt.number)
		if cents, three, all := dollars(n), decimals(n, 3), decimals(n, -1); cents != tt.cents || three != tt.three || all != tt.all {
			t.Errorf("%s: %s, %s, %s", n, cents, three, all)
		}
	}
}

// TestLambdaHostile: what files and tools say is cleaned wherever it is shown.
func TestLambdaHostile(t *testing.T) {
	const evil = "::error::x\n\x1b[2J##[error]<script>`|@octocat \u202e"
	zip, left := uint64(7), int64(-5)
	l := &snapshot.Lambda{Path: evil, Arch: "amd64", StartupReason: evil,
		Limits:   []snapshot.LambdaLimit{{Metric: "zipped", Max: 50 << 20, Date: "2026-11"}, {Metric: "unzipped", Max: 250 << 20}},
		Package:  &snapshot.LambdaPackage{Program: evil},
		Variants: []snapshot.LambdaVariant{{Name: "plain", Status: "ok", Size: 9, Zip: &zip, LeftUnzipped: &left}, {Name: "upx", Level: "lzma", Status: "failed", Reason: evil}},
		Findings: []snapshot.LambdaFinding{{Severity: "warn", Code: "debug-file", Subject: evil, Message: evil}},
		Changes:  []snapshot.LambdaChange{{Name: "upx", Level: "lzma", Reason: evil}},
	}
	checkHostile(t, func(w *strings.Builder) error { return Table(w, l, display.Medium{Width: 80}) },
		func(w *strings.Builder) error { return Markdown(w, l) })
}

// checkHostile renders a table and Markdown.
func checkHostile(t *testing.T, table, markdown func(w *strings.Builder) error) {
	t.Helper()
	var text, md strings.Builder
	if err := table(&text); err != nil {
		t.Fatal(err)
	}
	if err := markdown(&md); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{text.String(), md.String()} {
		if strings.ContainsAny(out, "\x1b\u202e") || strings.Contains(out, "##[") {
			t.Errorf("not clean: %q", out)
		}
		for line := range strings.Lines(out) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") {
				t.Errorf("a command: %q", line)
			}
		}
	}
	if strings.Contains(md.String(), "<script>") || strings.Contains(md.String(), "@octocat") {
		t.Errorf("not clean: %q", md.String())
	}
}
