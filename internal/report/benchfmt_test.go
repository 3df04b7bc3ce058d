package report

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/report/sample"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// TestBenchfmt reads the lines back as the format's specification says: fields
// with white space between them, "-N" behind the name the GOMAXPROCS.
func TestBenchfmt(t *testing.T) {
	b := *sample.Binary()
	b.Name = "api-64 \n::error::x/y%"
	var out bytes.Buffer
	if err := Benchfmt(&out, &snapshot.Report{Binaries: []snapshot.Binary{b}}, options(breakdown.ByPackage)); err != nil {
		t.Fatal(err)
	}
	procs := regexp.MustCompile(`-[0-9]+$`)
	sizes := make(map[string]uint64)
	owners := uint64(0)
	for line := range strings.Lines(out.String()) {
		fields := strings.Fields(line)
		if !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		if len(fields) != 4 || fields[1] != "1" || fields[3] != "bytes" || procs.MatchString(fields[0]) || strings.Count(fields[0], "/") != 2 {
			t.Fatalf("line %q", line)
		}
		n, err := strconv.ParseUint(fields[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		_, key, _ := strings.Cut(strings.TrimPrefix(fields[0], "BenchmarkSize/"), "/")
		if _, again := sizes[key]; again {
			t.Errorf("%s comes twice", key)
		}
		sizes[key] = n
		if strings.HasPrefix(key, "package=") {
			owners += n
		}
	}
	if got := sizes["of=file"]; got != b.FileSize {
		t.Errorf("file %d, want %d", got, b.FileSize)
	}
	want := uint64(0)
	for i := range b.Sections {
		if s := &b.Sections[i]; options(breakdown.ByPackage).Asked(s) {
			want += s.FileSize
		}
	}
	if owners != want {
		t.Errorf("rows add up to %d, the sections to %d", owners, want)
	}
}

func TestMarkdown(t *testing.T) {
	b := *sample.Binary()
	b.Owners = slices.Clone(b.Owners)
	b.Owners[0].Name = "x|<img src=x onerror=alert(1)>\n@everyone #1"
	b.Path = "`a`\n## b"
	for _, by := range []breakdown.By{breakdown.ByPackage, breakdown.ByModule, breakdown.ByOrigin, breakdown.ByFunction, breakdown.BySection} {
		o := options(by)
		o.Top = 1
		var out bytes.Buffer
		if err := Markdown(&out, &snapshot.Report{Binaries: []snapshot.Binary{b}}, o); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		for _, bad := range []string{"<img", "\n## ", "\n@"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: %q in\n%s", by, bad, text)
			}
		}
		for line := range strings.Lines(text) {
			if cells := strings.Count(line, "|"); cells != 0 && cells != 4 && cells != 5 {
				t.Errorf("%s: %d bars in %q", by, cells, line)
			}
		}
	}
}
