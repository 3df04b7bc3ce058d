package deployed

import (
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// PackageBenchfmt writes sizes in the format of Go benchmarks, as Benchfmt does: a
// line for the package as it is, one for what it unpacks to, and one for each row
// of --by.
//
//	BenchmarkSize/file=function.zip/of=package 1 45123456 bytes
//	BenchmarkSize/file=function.zip/category=native 1 9153024 bytes
//
// A name comes once for a package: rows of one name are added up.
func PackageBenchfmt(w io.Writer, r *snapshot.Packages, o report.Options) error {
	var text strings.Builder
	text.WriteString("Unit bytes better=lower\n")
	for i := range r.Packages {
		p := &r.Packages[i]
		line := func(key, value string, size uint64) {
			report.BenchLine(&text, p.Name, key, value, size)
		}
		line("of", "package", p.Size)
		line("of", "unzipped", p.Unzipped)
		benchRows(&o.Choice, p, line)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// benchRows writes a line for each row of --by, and by owner one for each of what
// nobody owns. Rows of one name are added up.
func benchRows(c *breakdown.Choice, p *snapshot.Package, line func(key, value string, size uint64)) {
	benchLines(c, packageRows(p, c.By), line)
	if c.By == breakdown.ByCategory || c.By == breakdown.ByEntry {
		return
	}
	rests := restsOf(c, p)
	for _, rest := range rests[:len(rests)-1] {
		line(string(c.By), rest.label, rest.size)
	}
}

// benchLines writes a line for each row. Rows of one name are added up.
func benchLines(c *breakdown.Choice, rows []packageRow, line func(key, value string, size uint64)) {
	sums := make(map[string]uint64)
	var order []string
	for i := range rows {
		label := packageLabel(c, &rows[i])
		if _, ok := sums[label]; !ok {
			order = append(order, label)
		}
		sums[label] += rows[i].Size
	}
	for _, label := range order {
		line(string(c.By), label, sums[label])
	}
}
