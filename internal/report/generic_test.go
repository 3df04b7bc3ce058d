package report

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/report/sample"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// withGenerics is sample with generics of 190 of the 900 bytes.
func withGenerics() *snapshot.Binary {
	b := sample.Binary()
	b.Generics = []snapshot.Generic{
		{Name: "alpha::run", Owner: "alpha", OwnerID: "00112233445566aa", Instances: 3, Size: 90, Saving: 55},
		{Name: "=a.F", Owner: "example.com/m/a", Instances: 2, Size: 60, Saving: 20},
		{Name: "net/http.F\n::error::", Owner: "net/http", Instances: 2, Size: 40, Saving: 20},
	}
	return b
}

func TestGenericTable(t *testing.T) {
	for _, test := range []struct {
		name   string
		top    int
		filter string
		want   []string // lines up to the legend, spaces as one
	}{
		{"all", 0, "", []string{
			"GENERIC OWNER INSTANCES BYTES OTHER COPIES",
			"alpha::run alpha#00112233 3 90 55",
			"=a.F example.com/m/a 2 60 20",
			`net/http.F\x0a::error:: net/http 2 40 20`,
			"[single copies] 710",
			"[padding] 60",
			"[unattributed] 40",
			"total: executable sections 1,000 95",
		}},
		{"top", 1, "", []string{
			"GENERIC OWNER INSTANCES BYTES OTHER COPIES",
			"alpha::run alpha#00112233 3 90 55",
			"… 2 more generics 4 100 40",
			"[single copies] 710",
			"[padding] 60",
			"[unattributed] 40",
			"total: executable sections 1,000 95",
		}},
		{"filter by owner", 1, "^net/http$", []string{
			"GENERIC OWNER INSTANCES BYTES OTHER COPIES",
			`net/http.F\x0a::error:: net/http 2 40 20`,
			"… not matched by --filter 5 150 75",
			"[single copies] 710",
			"[padding] 60",
			"[unattributed] 40",
			"total: executable sections 1,000 95",
		}},
	} {
		o := options(breakdown.ByGeneric)
		o.Top = test.top
		if test.filter != "" {
			o.Filter = regexp.MustCompile(test.filter)
		}
		_, text, _ := strings.Cut(render(t, o, withGenerics()), "\n\n")
		text, _, ok := strings.Cut(text, "\nother copies: ")
		if !ok {
			t.Errorf("%s: no legend", test.name)
		}
		var got []string
		for line := range strings.Lines(text) {
			got = append(got, strings.Join(strings.Fields(line), " "))
		}
		if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
		}
	}
}

func TestGenericSideBySide(t *testing.T) {
	old := withGenerics()
	old.Generics = old.Generics[1:]
	text := render(t, options(breakdown.ByGeneric), old, withGenerics())
	for _, want := range []string{`\nalpha::run +0 +90\n=a\.F +60 +60\n`, `\n\[single copies\] +800 +710\n`, `\ntotal: file +10,000 +10,000\n`} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestGenericMarkdown(t *testing.T) {
	o := options(breakdown.ByGeneric)
	o.Top = 1
	var out bytes.Buffer
	if err := Markdown(&out, &snapshot.Report{Binaries: []snapshot.Binary{*withGenerics()}}, o); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| generic | owner | instances | bytes | share | other copies |\n",
		"| <code>alpha&#58;&#58;run</code> | <code>alpha&#35;00112233</code> | 3 | 90 | 9.0% | 55 |\n",
		"| … 2 more generics |  | 4 | 100 | 10.0% | 40 |\n",
		"| single copies |  |  | 710 | 71.0% |  |\n",
		"| **total&#58; executable sections** |  |  | 1,000 | 100.0% | 95 |\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestGenericCSV(t *testing.T) {
	var out bytes.Buffer
	if err := CSV(&out, &snapshot.Report{Binaries: []snapshot.Binary{*withGenerics()}}, options(breakdown.ByGeneric)); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 7 {
		t.Fatalf("%q, %v", rows, err)
	}
	if got, want := strings.Join(rows[2], ";"), "dist/app;example.com/m/a;;'=a.F;2;60;20"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	sum := 0
	for _, r := range rows[1:] {
		n, err := strconv.Atoi(r[5])
		if err != nil {
			t.Error(err)
		}
		sum += n
	}
	if sum != 1000 {
		t.Errorf("the rows add up to %d, want 1000", sum)
	}
}

func TestGenericBenchfmt(t *testing.T) {
	var out bytes.Buffer
	if err := Benchfmt(&out, &snapshot.Report{Binaries: []snapshot.Binary{*withGenerics()}}, options(breakdown.ByGeneric)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"/generic=alpha::run 1 90 bytes\n", "/generic=[single%20copies] 1 710 bytes\n", "/generic=[padding] 1 60 bytes\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
