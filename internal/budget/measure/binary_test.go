package measure

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/budgettest"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/snapshot"
)

func TestMetricValues(t *testing.T) {
	tests := []struct {
		metric budget.Metric
		level  string
		want   uint64
	}{
		{budget.File, "", 2000000},
		{budget.Text, "", 1000100},
		{budget.Data, "", 102000},
		{budget.BSS, "", 1100000},
		{budget.VM, "", 3000000},
		{budget.Stripped, "", 1500000},
		{budget.UPX, "", 700000},
		{budget.UPX, "default", 700000},
		{budget.UPX, "lzma", 600000},
		{budget.Zip, "", 900000},
		{budget.Gzip, "", 899000},
		{budget.Zstd, "", 880000},
		{budget.Unattributed, "", 6040},
		{".text", "", 1000100},
		{".text[9]", "", 100},
		{".rodata", "", 800000},
		{".bss", "", 0},
		{".nosuch", "", 0},
		{".data", "", 70000},
	}
	for _, tt := range tests {
		if got, err := Binary(budgettest.Binary(), tt.metric, tt.level); err != nil || got != tt.want {
			t.Errorf("%s %s = %d, %v, want %d", tt.metric, tt.level, got, err, tt.want)
		}
	}
}

// TestBSS: it is what has no bytes in the file, whatever kind of section it is.
func TestBSS(t *testing.T) {
	b := &snapshot.Binary{Sections: []snapshot.Section{
		{Name: ".tbss", Kind: "data", VMSize: 1},
		{Name: ".ghost", Kind: "other", VMSize: 20},
		{Name: ".bss", Kind: "bss", VMSize: 300},
		{Name: ".lbss", Kind: "bss", FileSize: 4000, VMSize: 4000},
	}}
	if got, err := Binary(b, budget.BSS, ""); got != 321 || err != nil {
		t.Errorf("%d, %v, want 321", got, err)
	}
}

func TestUnmeasured(t *testing.T) {
	b := budgettest.Binary()
	b.Variants = []snapshot.Variant{
		{Name: "stripped", Status: "failed", Reason: "no room", Size: 5},
		{Name: "upx", Status: "skipped", Tool: "upx", Level: "fast", Reason: "upx not found (apt install upx-ucl)"},
		{Name: "upx", Status: "skipped", Tool: "upx 4.2.2", Level: "lzma", Reason: "NotCompressibleException"},
		{Name: "upx", Status: "failed", Tool: "upx 4.2.2", Level: "best", Reason: "no answer after 5m"},
	}
	tests := []struct {
		metric budget.Metric
		level  string
		want   string
	}{
		{budget.Stripped, "", "no room"},
		{budget.UPX, "fast", "upx not found (apt install upx-ucl)"},
		{budget.UPX, "lzma", "UPX declines the file: NotCompressibleException (remove this limit, or build a file that UPX packs)"},
		{budget.UPX, "best", "no answer after 5m"},
		{budget.UPX, "default", "it was not measured"},
		{budget.Zstd, "", "it was not measured"},
	}
	for _, tt := range tests {
		if _, err := Binary(b, tt.metric, tt.level); err == nil || err.Error() != tt.want {
			t.Errorf("%s %s: %v, want %s", tt.metric, tt.level, err, tt.want)
		}
	}
}

// TestSizeTool compares with what size of binutils says of real files.
func TestSizeTool(t *testing.T) {
	if _, err := exec.LookPath("size"); err != nil {
		t.Skip("size not found (Debian: apt install binutils)")
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "testdata", "elf", "*64"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	compared := 0
	for _, file := range files {
		if strings.Contains(file, "noshdr") || strings.Contains(file, "upx") {
			continue // size sees nothing of a file without sections
		}
		b := scanned(t, file)
		out, err := exec.Command("size", "-d", file).Output()
		fields := strings.Fields(string(out))
		if err != nil || len(fields) < 12 {
			t.Logf("size %s: %v %q (a size that knows the architecture is needed)", file, err, out)
			continue
		}
		compared++
		for i, m := range map[int]budget.Metric{7: budget.Data, 8: budget.BSS} { // behind the six titles: text, data, bss
			want, err := strconv.ParseUint(fields[i], 10, 64)
			if got, bad := Binary(b, m, ""); got != want || err != nil || bad != nil {
				t.Errorf("%s: %s is %d, %v; size says %q", file, m, got, bad, fields[i])
			}
		}
		sections, err := exec.Command("size", "-A", "-d", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		sizes := make(map[string]uint64) // of a name that repeats all together
		for line := range strings.Lines(string(sections)) {
			if f := strings.Fields(line); len(f) == 3 {
				n, _ := strconv.ParseUint(f[1], 10, 64)
				sizes[f[0]] += n
			}
		}
		for _, name := range []string{".text", ".rodata", ".eh_frame", ".nosuch"} {
			if got, err := Binary(b, budget.Metric(name), ""); got != sizes[name] || err != nil {
				t.Errorf("%s: %s is %d, %v; size says %d", file, name, got, err, sizes[name])
			}
		}
	}
	if compared == 0 {
		t.Skip("size knows none of the files (Debian: apt install binutils)")
	}
}

// scanned is a snapshot of a file without owners.
func scanned(t *testing.T, file string) *snapshot.Binary {
	t.Helper()
	b, err := elfscan.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	p, err := attrib.Attribute(b, attrib.Options{View: attrib.Defined, Section: func(*elfscan.Section) bool { return false }})
	if err != nil {
		t.Fatal(err)
	}
	s := snapshot.New(filepath.Base(file), file, b, p, func(name string) string { return name })
	return &s
}
