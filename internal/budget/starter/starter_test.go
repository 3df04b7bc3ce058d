package starter

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/snapshot"
)

func TestReadableShare(t *testing.T) {
	for _, tt := range []struct {
		part, whole uint64
		want        string
	}{
		{0, 1, "1%"}, {1, 1000, "1%"}, {10, 1000, "1%"}, {11, 1000, "2%"}, {999, 1000, "100%"}, {1000, 1000, "100%"}, {1050, 1000, "100%"},
		{math.MaxUint64, 1, "100%"}, {math.MaxUint64, math.MaxUint64, "100%"}, {1, math.MaxUint64, "1%"},
	} {
		if got := readableShare(tt.part, tt.whole); got != tt.want {
			t.Errorf("readableShare(%d, %d) = %q, want %q", tt.part, tt.whole, got, tt.want)
		}
	}
}

func TestStarterNames(t *testing.T) {
	for _, tt := range []struct{ files, want string }{
		{"/dist/app", "app"},
		{"/dist/app /dist/tool", "app tool"},
		{"/api/bootstrap /worker/bootstrap /worker/tool", "api-bootstrap worker-bootstrap tool"},
		{"/a/api/bootstrap /b/api/bootstrap /c/api/bootstrap", "api-bootstrap api-bootstrap-2 api-bootstrap-3"},
		{"/bootstrap /api/bootstrap", "bootstrap api-bootstrap"},
		{"/a/x /b/x /a-x", "a-x b-x a-x-2"},
		{"/a/x /b/a/x /a-x-2 /c/a/x", "a-x a-x-2 a-x-2-2 a-x-3"},
		{"/a\nb/x /a\tb/x", "a_b-x a_b-x-2"},
		{"/\u202e\u2028", "__"},
	} {
		var programs []Program
		for file := range strings.SplitSeq(tt.files, " ") {
			programs = append(programs, Program{File: file})
		}
		if got := strings.Join(names(programs), " "); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.files, got, tt.want)
		}
	}
	if got := names([]Program{{File: "/dist/ "}}); got[0] != "binary" {
		t.Errorf("%q", got)
	}
}

// starterProgram is a program whose dependencies are a Go module of two packages
// with 400 bytes of .text, and one with 300.
func starterProgram() *snapshot.Binary {
	owner := func(name, module, origin string, text uint64) snapshot.Owner {
		return snapshot.Owner{Kind: "package", Name: name, Module: module, Origin: origin, Size: text, Sections: map[string]uint64{".text": text}}
	}
	return &snapshot.Binary{
		Arch: "arm64", Languages: []string{"go"}, Main: "example.com/api/cmd/api", FileSize: 12_345_678,
		Sections: []snapshot.Section{{Name: ".text", Kind: "code", FileSize: 10_000, VMSize: 10_000, Attributed: 9_650, Unattributed: 350}},
		Owners: []snapshot.Owner{
			owner("fmt", "std", "standard library", 8_000), owner("main", "example.com/api", "own code", 950),
			owner("example.org/small", "example.org/small", "dependencies", 300),
			owner("example.org/big", "example.org/big", "dependencies", 250), owner("example.org/big/sub", "example.org/big", "dependencies", 150),
			owner("example.org/\x1b[2J", "example.org/\x1b[2J", "dependencies", 9_000),
		},
		Variants: []snapshot.Variant{
			{Name: "stripped", Status: "ok", Size: 457_000}, {Name: "zip", Status: "ok", Size: 999_999},
			{Name: "upx", Status: "skipped", Level: "default", Reason: "UPX is not installed"},
		},
	}
}

func TestStarter(t *testing.T) {
	data, limits, err := Text([]Program{{Path: "dist/it's [1]", File: "/src/dist/it's [1]", Binary: starterProgram()}}, budget.Percent{Digits: 5})
	if err != nil || limits != 6 {
		t.Fatal(limits, err)
	}
	_, budgets, _ := strings.Cut(string(data), "\nbudgets:\n")
	const want = `  - name: it's [1]
    path: dist/it's \[1\]
    arch: arm64
    # The command that builds it, for --build and --base:
    # build: GOOS=linux GOARCH=arm64 go build -trimpath -buildvcs=false -o 'dist/it'\''s [1]' example.com/api/cmd/api
    limits:
      file: 13 MB       # 12,345,678 B now
      stripped: 480 kB  # 457,000 B now
      text: 10.5 kB     # 10,000 B now
      zip: 1.05 MB      # 999,999 B now
      unattributed: 4%  # the part of .text without an owner
    # What a package or crate may weigh in .text; deny: true in place of a limit bans it:
    # packages:
    #   - match: example.org/big/...
    #     limit: 420 B  # the largest dependency when this was written, 400 B

# A waiver raises one limit until a day, and every check prints it:
# waivers:
#   - budget: it's [1]
#     metric: file
#     limit: 13.7 MB
#     reason: "why it may be larger, and who agreed"
#     expires: 2099-12-31
`
	if budgets != want {
		t.Errorf("got:\n%s\nwant:\n%s", budgets, want)
	}
}

func TestStarterMany(t *testing.T) {
	var programs []Program
	for i := range MaxPrograms {
		programs = append(programs, Program{Path: fmt.Sprintf("%d/app", i), File: fmt.Sprintf("/%d/same/app", i), Binary: starterProgram()})
	}
	data, limits, err := Text(programs, budget.Percent{Digits: 5})
	if err != nil || limits != 6*MaxPrograms || strings.Count(string(data), "# build:") != 1 {
		t.Errorf("%d limits, %v", limits, err)
	}
	for i := range programs {
		programs[i].Path = strings.Repeat("x/", 500) + fmt.Sprint(i)
	}
	if _, _, err := Text(programs, budget.Percent{Digits: 5}); err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Error(err)
	}
}

// TestStarterUPX has a limit that not every machine can check as an example.
func TestStarterUPX(t *testing.T) {
	b := starterProgram()
	b.Variants[2] = snapshot.Variant{Name: "upx", Status: "ok", Size: 200_000, Level: "default"}
	data, limits, err := Text([]Program{{Path: "app", File: "/app", Binary: b}}, budget.Percent{Digits: 5})
	if err != nil || limits != 6 {
		t.Fatal(limits, err)
	}
	const want = "\n      # After UPX. This needs UPX wherever it is checked: without it the check fails.\n      # upx: 210 kB\n"
	if !strings.Contains(string(data), want) {
		t.Errorf("no %q in\n%s", want, data)
	}
	c, err := configfile.Parse("budgets.yaml", []byte(strings.Replace(string(data), "# upx:", "upx:", 1)))
	if err != nil || len(c.Budgets[0].Limits) != 6 || c.Budgets[0].Limits[5].Metric != budget.UPX {
		t.Errorf("as a limit: %v", err)
	}
}

// TestStarterWithoutCode has no .text to say anything of.
func TestStarterWithoutCode(t *testing.T) {
	b := &snapshot.Binary{Arch: "amd64", FileSize: 120, Languages: []string{}}
	data, limits, err := Text([]Program{{Path: "app", File: "/app", Binary: b}}, budget.Percent{Digits: 5})
	if err != nil || limits != 2 || strings.Contains(string(data), "packages") {
		t.Errorf("%d limits, %v", limits, err)
	}
}

// FuzzStarter checks that names and sizes of any kind end up in a configuration
// that reads back as what went in.
func FuzzStarter(f *testing.F) {
	for _, s := range []string{"app", "a: b", "!x", "[", "\n", "- a", "<<", "'", "\u202e", "123", `a\b`} {
		f.Add(s, s, uint64(12_345_678), uint64(350))
	}
	f.Fuzz(func(t *testing.T, path, owner string, size, unattributed uint64) {
		pattern, err := pattern.Escape(path)
		if err != nil {
			return
		}
		b := starterProgram()
		b.FileSize, b.Main, b.Variants[0].Size = max(size, 1), owner, size
		b.Sections[0].FileSize, b.Sections[0].Unattributed = size, min(unattributed, size)
		b.Owners = append(b.Owners, snapshot.Owner{Kind: "crate", Name: owner, Origin: "dependencies", Sections: map[string]uint64{".text": size}})
		data, limits, err := Text([]Program{{Path: path, File: "/" + path, Binary: b}}, budget.Percent{Digits: 5})
		if err != nil {
			t.Fatal(err)
		}
		c, err := configfile.Parse("budgets.yaml", data)
		if err != nil || len(c.Budgets) != 1 || len(c.Budgets[0].Limits)+1 != limits || !slices.Equal(c.Budgets[0].Paths, []string{pattern}) {
			t.Fatalf("%v\n%s", err, data)
		}
	})
}
