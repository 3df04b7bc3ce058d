package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// rowOf returns the cells of the row that begins with the name: two spaces or
// more are between cells.
func rowOf(ts *testscript.TestScript, table, name string) []string {
	for line := range strings.Lines(table) {
		cells := regexp.MustCompile(` {2,}`).Split(strings.TrimSpace(line), -1)
		if cells[0] == name {
			return cells
		}
	}
	ts.Fatalf("no row %q", name)
	return nil
}

// number is a figure of a table without what is written around it.
func number(ts *testscript.TestScript, cell string) float64 {
	digits := strings.NewReplacer(",", "", "$", "", "%", "", " a month", "", " GB-s", "", " MB", "", " ms", "", " s", "").Replace(cell)
	n, err := strconv.ParseFloat(digits, 64)
	ts.Check(err)
	return n
}

// checklambda JSON TABLE FILE holds the JSON against the table, the size of the
// file, the limits, and a month that is worked out from the figures in floating
// point.
func scriptCheckLambda(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: checklambda JSON TABLE FILE")
	}
	var l snapshot.Lambda
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &l))
	table := ts.ReadFile(args[1])
	info, err := os.Stat(ts.MkAbs(args[2]))
	ts.Check(err)
	if l.Schema != "sizegate.lambda/v1" || l.Variants[0].Size != uint64(info.Size()) || l.Package != nil {
		ts.Fatalf("%s: schema %q, plain %d, package %v", args[0], l.Schema, l.Variants[0].Size, l.Package)
	}
	same := func(what string, cell string, want float64, decimals int) {
		if got := number(ts, cell); math.Abs(got-want) > 0.5001*math.Pow10(-decimals) {
			ts.Fatalf("%s: the table has %s, want %g", what, cell, want)
		}
	}
	for _, v := range l.Variants {
		row := rowOf(ts, table, strings.TrimSpace(v.Name+" "+v.Level))
		if v.Status != "ok" {
			if row[1] != v.Status || v.Size != 0 || v.Zip != nil || v.Reason == "" {
				ts.Fatalf("%+v, in the table %q", v, row)
			}
			continue
		}
		const unzipped, zipped = 250 * 1024 * 1024, 50 * 1024 * 1024
		same(v.Name, row[1], float64(v.Size), 0)
		same(v.Name, row[2], float64(unzipped-int64(v.Size)), 0)
		same(v.Name, row[3], float64(*v.Zip), 0)
		same(v.Name, row[4], float64(zipped-int64(*v.Zip)), 0)
		if *v.LeftUnzipped != unzipped-int64(v.Size) || *v.LeftZipped != zipped-int64(*v.Zip) || v.Unzipped != v.Size {
			ts.Fatalf("%+v", v)
		}
	}
	figures := make(map[string]float64)
	for _, f := range l.Figures {
		row := rowOf(ts, table, f.Name)
		figures[f.Name], err = f.Value.Float64()
		ts.Check(err)
		same(f.Name, row[2], figures[f.Name], 13)
		if known := map[string]string{"claimed": "claimed by you", "example": "example, not measured", "price list": "price list of 2026-11"}[f.Origin]; row[1] != known {
			ts.Fatalf("%s is known by %q in the table, and by %q", f.Name, row[1], f.Origin)
		}
	}
	n, share := figures["invocations"], figures["cold share"]/100
	seconds := n*(1-share)*math.Ceil(figures["warm invocation"])/1000 + n*share*math.Ceil(figures["cold invocation"])/1000
	memory := seconds * figures["memory"] / 1024
	compute, requests := memory*figures["price of a GB-second"], n*figures["price of a request"]
	for _, c := range []struct {
		row      string
		got      json.Number
		want     float64
		decimals int
	}{
		{"billed", l.Cost.Seconds, seconds, 3},
		{"billed for memory", l.Cost.GBSeconds, memory, 3},
		{"compute", l.Cost.Compute, compute, 2},
		{"requests", l.Cost.Requests, requests, 2},
		{"total: plain", l.Cost.Total, compute + requests, 2},
	} {
		got, err := c.got.Float64()
		ts.Check(err)
		if math.Abs(got-c.want) > 1e-9*c.want {
			ts.Fatalf("%s: %s, want %g", c.row, c.got, c.want)
		}
		same(c.row, rowOf(ts, table, c.row)[2], c.want, c.decimals)
	}
	_, changes, ok := strings.Cut(table, "\nCHANGE ")
	if !ok {
		ts.Fatalf("%s has no table of changes", args[1])
	}
	for _, c := range l.Changes {
		row := rowOf(ts, changes, strings.TrimSpace(c.Name+" "+c.Level))
		if c.Cost == nil {
			if len(row) != 2 || row[1] != "not known" || c.Reason == "" || c.Saves != "" || c.ColdMS != "" {
				ts.Fatalf("%+v, in the table %q", c, row)
			}
			continue
		}
		after, err := c.Cost.Total.Float64()
		ts.Check(err)
		same(c.Name, row[4], after, 2)
		same(c.Name, row[5], compute+requests-after, 2)
	}
}

// TestLambdaFile: a file by itself is checked for what the runtime lacks. The
// fixture needs GLIBC_2.34 and the loader of glibc, as readelf says; names of the
// same length are put in their place.
func TestLambdaFile(t *testing.T) {
	data, err := os.ReadFile("../../testdata/elf/rust-std-mixed-amd64")
	if err != nil {
		t.Fatal(err)
	}
	const libgcc, loader = "libgcc_s.so.1", "/lib64/ld-linux-x86-64.so.2"
	for _, tt := range []struct {
		name, old, new, code, message string
	}{
		{"as it is", "", "", "", ""},
		{"newer glibc", "GLIBC_2.34", "GLIBC_2.39", "glibc-too-new", "needs GLIBC_2.39, and provided.al2023 has 2.34 (build it on that system, or link statically)"},
		{"musl", loader, "/lib/ld-musl-x86_64.so.1\x00\x00\x00", "interpreter-missing",
			"its interpreter /lib/ld-musl-x86_64.so.1 is not in provided.al2023 (link musl statically: for Rust -C target-feature=+crt-static, for Go CGO_ENABLED=0, for C -static)"},
		{"a library", libgcc, "libabc_s.so.1", "library-missing",
			"needs libabc_s.so.1 for amd64, which is not in the package and was not seen in provided.al2023 (put it into lib/, link it statically, or see that a layer has it)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := data
			if tt.old != "" {
				changed = bytes.ReplaceAll(data, []byte(tt.old), []byte(tt.new))
				if bytes.Equal(changed, data) {
					t.Fatalf("the fixture has no %s", tt.old)
				}
			}
			path := filepath.Join(t.TempDir(), "app")
			if err := os.WriteFile(path, changed, 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("SIZEGATE_UPX", "./no-upx")
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), []string{"lambda", "-f", "json", path}, &stdout, &stderr); code != exitOK {
				t.Fatalf("exit code %d: %s", code, &stderr)
			}
			var l snapshot.Lambda
			if err := json.Unmarshal(stdout.Bytes(), &l); err != nil {
				t.Fatal(err)
			}
			var want []snapshot.LambdaFinding
			if tt.code != "" {
				want = append(want, snapshot.LambdaFinding{Severity: "error", Code: tt.code, Message: tt.message})
			}
			if !slices.Equal(l.Findings, want) {
				t.Errorf("got  %+v\nwant %+v", l.Findings, want)
			}
		})
	}
}

func TestParseMemory(t *testing.T) {
	for _, tt := range []struct {
		text string
		mb   uint64
		ok   bool
	}{
		{"128", 128, true}, {"1024MB", 1024, true}, {"1024 MiB", 1024, true}, {"1GB", 1024, true}, {"10 GiB", 10240, true},
		{"", 0, false}, {"MB", 0, false}, {"-1", 0, false}, {"1.5GB", 0, false}, {"NaN", 0, false}, {"1TB", 0, false}, {"1M", 0, false},
		{"1 G B", 0, false}, {"1MBMB", 0, false}, {"0x80", 0, false}, {"99999999999999999999", 0, false}, {"1024 ", 1024, true},
	} {
		if mb, ok := parseMemory(tt.text); ok != tt.ok || ok && mb != tt.mb {
			t.Errorf("%q: %d, %t", tt.text, mb, ok)
		}
	}
	if mb, ok := parseMemory(fmt.Sprint(uint64(math.MaxUint64), "GB")); !ok || mb <= 10240 {
		t.Errorf("too much: %d, %t", mb, ok)
	}
}
