package measure

import (
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/budgettest"
)

func TestPackageMetrics(t *testing.T) {
	for _, tt := range []struct {
		metric budget.Metric
		format string
		want   uint64
		refuse string // part of the error
	}{
		{budget.File, "zip", 500, ""}, {budget.Zipped, "zip", 500, ""}, {budget.Zipped, "tar+gzip", 500, ""}, {budget.Unzipped, "zip", 450, ""},
		{"category:program", "zip", 200, ""}, {"category:dependencies", "zip", 0, ""}, {"category:unheard", "zip", 0, ""},
		{"file:*.js", "zip", 120, ""}, {"file:**/*.js", "zip", 200, ""}, {"file:**", "zip", 450, ""}, {"file:lib/[b].js", "zip", 80, ""},
		{"file:{bootstrap,c.*}", "zip", 250, ""}, {"file:lib", "zip", 0, ""}, {"file:/a.js", "zip", 0, ""},
		{budget.Unzipped, "directory", 450, ""}, {budget.Zipped, "directory", 0, "zipped is about (limit unzipped"}, {budget.File, "directory", 0, "file is about"},
		{budget.Text, "zip", 0, "text is a measure of ELF files, and this is a package (zip)"}, {".rodata", "tar", 0, "(tar)"}, {budget.Zip, "zip", 0, "zip is a measure of ELF files"},
		{budget.UPX, "zip", 0, "ELF files"}, {budget.Unattributed, "zip", 0, "ELF files"},
	} {
		p := budgettest.Package()
		p.Format = tt.format
		got, err := (*packed)(p).Value(tt.metric)
		if got != tt.want || (err != nil) != (tt.refuse != "") || err != nil && !strings.Contains(err.Error(), tt.refuse) {
			t.Errorf("%s of a %s: %d, %v, want %d, %q", tt.metric, tt.format, got, err, tt.want, tt.refuse)
		}
	}
}
