package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Benchfmt writes sizes in the format of Go benchmarks
// (https://go.dev/design/14313-benchmark-format), for benchstat and the tools
// around it: a line for the file, for each variant, for each section with bytes
// in the file, and for each row of --by. Above them, unless Continued, stands what
// the numbers are.
//
//	BenchmarkSize/file=api/of=file 1 9153024 bytes
//	BenchmarkSize/file=api/package=net%2Fhttp 1 512000 bytes
//
// A name comes once for a file: rows of one name are added up.
func Benchfmt(w io.Writer, r *snapshot.Report, o Options) error {
	var text strings.Builder
	if !o.Continued {
		text.WriteString("goos: linux\nUnit bytes better=lower\n")
	}
	for i := range r.Binaries {
		b := &r.Binaries[i]
		fmt.Fprintf(&text, "goarch: %s\n", b.Arch)
		line := func(key, value string, size uint64) {
			BenchLine(&text, b.Name, key, value, size)
		}
		line("of", "file", b.FileSize)
		for _, v := range b.Variants {
			if v.Status == "ok" {
				line("of", VariantName(&v), v.Size)
			}
		}
		for _, s := range b.Sections {
			if s.FileSize > 0 {
				line("section", s.Name, s.FileSize)
			}
		}
		if o.By == breakdown.BySection {
			continue
		}
		// Versions are left out, so that a new one is compared with the old. Rows
		// of one name are added up.
		sums := make(map[string]uint64)
		var order []string
		for _, r := range breakdown.Rows(b, o.By) {
			r.Note = breakdown.WithoutVersion(r.Note)
			label := o.Label(&r)
			if _, ok := sums[label]; !ok {
				order = append(order, label)
			}
			sums[label] += r.Size
		}
		for _, label := range order {
			line(string(o.By), label, sums[label])
		}
		if o.By == breakdown.ByGeneric {
			line(string(o.By), singleCopies, o.Singles(b))
		}
		t := o.Totals(b)
		line(string(o.By), "[padding]", t.Padding)
		line(string(o.By), "[unattributed]", t.Unattributed)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// BenchLine writes the size of something in a file: what it is, and its name.
func BenchLine(text *strings.Builder, file, key, value string, size uint64) {
	fmt.Fprintf(text, "BenchmarkSize/file=%s/%s=%s 1 %d bytes\n", benchName(file), key, benchName(value), size)
}

// benchName is a name as part of a benchmark's: without white space, without "/",
// which divides names, and without a last "-8", which would be a GOMAXPROCS.
func benchName(name string) string {
	name = display.Clean(name)
	lastDash := strings.LastIndexByte(name, '-')
	if lastDash >= 0 && strings.Trim(name[lastDash+1:], "0123456789") != "" {
		lastDash = -1
	}
	var out strings.Builder
	for i, c := range []byte(name) {
		if c <= ' ' || c == '/' || c == '%' || i == lastDash || c >= 0x7f {
			fmt.Fprintf(&out, "%%%02X", c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}
