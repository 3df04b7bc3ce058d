package advise_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/advise"
	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// evidence is the evidence of an advice as text, "" without the advice.
func evidence(t *testing.T, list []advise.Advice, code string) string {
	t.Helper()
	a := find(list, code)
	if a == nil {
		return ""
	}
	return strings.Join(a.Evidence, "\n")
}

// TestWhoseFiles: a file is the program's own or a dependency's, and never counted
// as both.
func TestWhoseFiles(t *testing.T) {
	p := goDependency(words(100_000), "")
	p.files["app/own.txt"] = strings.ToUpper(words(200_000))
	p.files["app/main.go"] = "package main\n\nimport (\n\t\"embed\"\n\t\"os\"\n\n\t\"example.org/dep\"\n)\n\n//go:embed own.txt\nvar own embed.FS\n\n" +
		"func main() {\n\tdata, _ := own.ReadFile(os.Args[1])\n\tos.Stdout.Write(append(data, dep.File(os.Args[1])...))\n}\n"
	list, _ := adviceOn(t, p.build(t))
	own, brought := evidence(t, list, advise.CodeCompressFiles), evidence(t, list, advise.CodeDependencyFiles)
	if !strings.Contains(own, "embed: own.txt") || strings.Contains(own, "text.html") {
		t.Errorf("own files:\n%s", own)
	}
	if !strings.Contains(brought, "example.org/dep") || !strings.Contains(brought, "embed: files/text.html") || strings.Contains(brought, "own.txt") {
		t.Errorf("files of dependencies:\n%s", brought)
	}
	if a := find(list, advise.CodeDependencyFiles); a != nil && !strings.HasPrefix(a.Setting, "go mod why example.org/dep\n") {
		t.Errorf("setting %q", a.Setting)
	}
}

// TestGenericsAsReported: the bound is the sum of what the generics of the file's
// code would save, as a profile of the code alone has them.
func TestGenericsAsReported(t *testing.T) {
	path := rustProgram{files: rustFiles(rustGeneric(false)), flags: []string{"-O"}}.build(t)
	b, err := elfscan.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	profile, err := attrib.Attribute(b, attrib.Options{View: attrib.Defined, Functions: true, Section: func(s *elfscan.Section) bool { return s.Kind == elfscan.Code }})
	if err != nil {
		t.Fatal(err)
	}
	sum := bytesize.Size(0)
	for _, g := range profile.Generics() {
		sum += bytesize.Size(g.Saving)
	}
	list, _ := adviceOn(t, path)
	if got := evidence(t, list, advise.CodeGenerics); !strings.Contains(got, "all generics of the file: "+sum.Grouped()+" bytes") {
		t.Errorf("want %s bytes:\n%s", sum.Grouped(), got)
	}
}

// TestCodegenUnits: crates of one unit each are told from crates of several.
func TestCodegenUnits(t *testing.T) {
	for _, c := range []struct {
		units, evidence string
		setting         bool // says codegen-units
	}{
		{"1", "codegen units, one for each crate, where", false},
		{"16", "crates in more than one unit: main (", true},
	} {
		list, _ := adviceOn(t, rustProgram{files: rustFiles(rustHello), flags: []string{"-O", "-Ccodegen-units=" + c.units}}.build(t))
		a := find(list, advise.CodeLTO)
		if a == nil {
			t.Fatalf("%s units: no advice", c.units)
		}
		if got := strings.Join(a.Evidence, "\n"); !strings.Contains(got, c.evidence) || strings.Contains(a.Setting, "codegen-units = 1") != c.setting || strings.Contains(a.HowToFindOut, "CODEGEN_UNITS") != c.setting {
			t.Errorf("%s units: %s\n%s\n%s", c.units, got, a.Setting, a.HowToFindOut)
		}
	}
}

// TestVersionsWithoutDebug: what two versions weigh is what stays when the file is
// stripped.
func TestVersionsWithoutDebug(t *testing.T) {
	stripped, _ := adviceOn(t, goProgram{files: goVersions(true), flags: []string{"-ldflags=-s -w"}}.build(t))
	whole, _ := adviceOn(t, goProgram{files: goVersions(true)}.build(t))
	if a, b := evidence(t, stripped, advise.CodeVersions), evidence(t, whole, advise.CodeVersions); a == "" || a != b {
		t.Errorf("stripped:\n%s\nwith symbols:\n%s", a, b)
	}
}

// TestShortJumps: a jump of two bytes is a reference to a function as a long one is,
// and the no-ops in front of a function are none.
func TestShortJumps(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("gcc does not build for x86-64 (run it on an amd64 machine)")
	}
	var used, unused strings.Builder
	used.WriteString("volatile int sink;\n")
	unused.WriteString(used.String())
	var calls strings.Builder
	for i := range 300 {
		f := fmt.Sprintf("__attribute__((noinline)) void f%d(int x) { if (x > %d) sink = x * %d; sink += x ^ %d; sink -= x; }\n", i, i, i+3, i*7+1)
		fmt.Fprintf(&used, "static %s__attribute__((noinline)) void g%d(int x) { f%d(x + 1); }\n", f, i, i)
		unused.WriteString(f)
		fmt.Fprintf(&calls, " g%d(n);", i)
	}
	fmt.Fprintf(&used, "int main(int n, char **v) {%s return sink; }\n", calls.String())
	unused.WriteString("int main(int n, char **v) { return sink; }\n")
	flags := []string{"-O2", "-fno-toplevel-reorder"} // each function right in front of the one that jumps to it
	list, _ := adviceOn(t, cProgram{used.String(), flags}.build(t))
	if a := find(list, advise.CodeGCSections); a != nil {
		t.Errorf("all functions are used: %+v", *a)
	}
	list, _ = adviceOn(t, cProgram{unused.String(), flags}.build(t))
	var count int
	got := evidence(t, list, advise.CodeGCSections)
	if _, err := fmt.Sscanf(got, "nothing in the file calls or has the address of %d functions", &count); err != nil || count < 285 || count > 300 {
		t.Errorf("of 300 functions that nothing refers to, %d: %.200s, %v", count, got, err)
	}
}
