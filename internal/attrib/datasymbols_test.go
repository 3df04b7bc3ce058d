package attrib

import (
	"cmp"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
)

// TestDataSymbols: global variables, whose symbols tell no file, belong to the files
// of the code that refers to them, in equal parts, under their names.
func TestDataSymbols(t *testing.T) {
	dir := t.TempDir()
	writeTree(t, dir, map[string]string{
		"data.c": "const char *const strings[3] = {\"the first text that nobody reads\", \"the second text that nobody reads\", 0};\n" +
			"const int both[301] = {1, 2}, second[100] = {3}, nobody[77] = {4};\nint written[50] = {5};\nconst int *const chain[2] = {second + 7, 0};\n",
		"left.c": "extern const int both[]; extern const int *const chain[]; extern int written[];\n" +
			"__attribute__((noinline)) int left(int i) { return both[i + 250] + chain[i & 1][i] + written[i]++; }\n",
		"right.c": "extern const int both[]; int left(int);\n__attribute__((noinline)) int right(int i) { return both[i]; }\nint main(int c, char **v) { return left(c) + right(c); }\n",
	})
	type row struct {
		name, owner string
		size        uint64
	}
	want := []row{
		{"both", "left.c", 602}, {"both", "right.c", 602},
		{"chain", "left.c", 16},
		{"nobody", ownership.UnknownNative, 77 * 4},
		{"second", "left.c", 400},
		{"strings", ownership.UnknownNative, 24},
		{"written", "left.c", 200},
	}
	for _, tt := range []struct{ arch, tools, debian string }{
		{"amd64", "x86_64-linux-gnu-", "gcc"},
		{"arm64", "aarch64-linux-gnu-", "gcc-aarch64-linux-gnu"},
	} {
		for _, flags := range [][]string{{"-no-pie", "-fno-pie"}, {"-pie", "-fPIE"}} {
			t.Run(tt.arch+" "+flags[0], func(t *testing.T) {
				if _, err := exec.LookPath(tt.tools + "gcc"); err != nil {
					t.Skipf("%sgcc not found (Debian: apt install %s)", tt.tools, tt.debian)
				}
				program := filepath.Join(t.TempDir(), "program")
				args := append([]string{"-O1", "-g", "-o", program}, flags...)
				for _, source := range []string{"left.c", "data.c", "right.c"} {
					args = append(args, filepath.Join(dir, source))
				}
				if log, err := exec.Command(tt.tools+"gcc", args...).CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, log)
				}
				b, p := profileOf(t, program, Options{View: Defined, Section: everything, Functions: true})
				var got []row
				for _, f := range p.Functions {
					if slices.ContainsFunc(want, func(r row) bool { return r.name == f.Name }) {
						got = append(got, row{f.Name, p.Owners[f.Owner].Name, f.Size})
						if f.Constant {
							t.Errorf("%s is said to be no name of the file", f.Name)
						}
					}
				}
				// What a symbol points to is as little known as who it is of.
				for i, s := range p.Sections {
					if b.Sections[i].Name == ".rodata" && s.Unattributed > 0 {
						t.Errorf("%d bytes of .rodata have no owner", s.Unattributed)
					}
				}
				slices.SortFunc(got, func(x, y row) int { return cmp.Or(cmp.Compare(x.name, y.name), cmp.Compare(x.owner, y.owner)) })
				if !slices.Equal(got, want) {
					t.Errorf("got %v\nwant %v", got, want)
				}
			})
		}
	}
}
