package rustsym

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/ianlancetaylor/demangle"
)

// realName is a line of testdata/names.txt: a function's name, then the crate
// that defines it, for v0 with its ID, and the instantiating crate and its ID
// if the name has one. The names are from cargo 1.95, from a ripgrep 15.2 built
// with legacy mangling, and from a program made to use unusual types and
// consts. The crates of v0 names are what an independent reader found that
// follows every back-reference; those of legacy names are the outermost
// namespace of the function in DWARF.
type realName struct {
	name string
	want Symbol
}

func realNames(t testing.TB) []realName {
	t.Helper()
	data, err := os.ReadFile("testdata/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	var names []realName
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		n := realName{name: fields[0]}
		n.want.Defining.Name = fields[1]
		if len(fields) == 2 {
			n.want.Scheme = Legacy
		} else if _, err := fmt.Sscanf(fields[2], "%x", &n.want.Defining.ID); err != nil {
			t.Fatal(err)
		}
		if len(fields) == 5 {
			n.want.Instantiating.Name = fields[3]
			if _, err := fmt.Sscanf(fields[4], "%x", &n.want.Instantiating.ID); err != nil {
				t.Fatal(err)
			}
		}
		names = append(names, n)
	}
	return names
}

func TestRealNames(t *testing.T) {
	for _, n := range realNames(t) {
		got, ok := Parse(n.name)
		want := n.want
		want.Exact = got.Exact // what the file cannot say: v0 is exact, legacy depends
		if !ok || got != want || want.Scheme == V0 && !got.Exact {
			t.Errorf("Parse(%q)\n got %+v, %v\nwant %+v", n.name, got, ok, want)
		}
	}
}

// unnamedBeforeNumber is an identifier of length 0 before another one. A
// decimal number that begins with 0 ends there (RFC, "Common rules"), but the
// demangle package reads on.
var unnamedBeforeNumber = regexp.MustCompile(`0[0-9]`)

// demangled brings what the demangle package prints without arguments to the
// form of ItemPath. It reports false if the name has parts that the two print
// differently for good, the bindings of trait objects and the lifetimes of
// binders, or that the demangle package does not read.
func demangled(name string) (string, bool) {
	if unnamedBeforeNumber.MatchString(name) {
		return "", false
	}
	s, err := demangle.ToString(name, demangle.NoTemplateParams)
	if err != nil {
		return "", false
	}
	if strings.Contains(s, "for<") || strings.Contains(s, " = ") || strings.Contains(s, "dyn ") {
		return "", false
	}
	s = strings.ReplaceAll(s, "::<>", "")
	return strings.ReplaceAll(s, "<>", ""), true
}

func TestItemPathAgainstDemangle(t *testing.T) {
	compared := 0
	check := func(name string) {
		want, ok := demangled(name)
		if !ok {
			return
		}
		compared++
		if got, ok := ItemPath(name); !ok || got != want {
			t.Errorf("ItemPath(%q)\n got %q, %v\nwant %q", name, got, ok, want)
		}
	}
	for _, n := range realNames(t) {
		if n.want.Scheme == V0 {
			check(n.name)
		}
	}
	if compared < 200 {
		t.Errorf("only %d names were compared", compared)
	}
}

// A legacy name's path is what demangle prints, but for arguments.
func TestLegacyItemPathAgainstDemangle(t *testing.T) {
	for _, n := range realNames(t) {
		if n.want.Scheme != Legacy {
			continue
		}
		want, err := demangle.ToString(n.name)
		if err != nil {
			t.Errorf("demangle %q: %v", n.name, err)
			continue
		}
		want = strings.TrimSuffix(want, "::"+n.name[len(n.name)-18:len(n.name)-1])
		got, ok := ItemPath(n.name)
		if !ok || got != dropArguments(want) {
			t.Errorf("ItemPath(%q)\n got %q, %v\nwant %q", n.name, got, ok, dropArguments(want))
		}
	}
}

// dropArguments removes angle brackets that stand behind a word, innermost
// first.
func dropArguments(s string) string {
	s = strings.ReplaceAll(s, "->", "\x00")
	for {
		short := argumentsInside.ReplaceAllString(s, "$1")
		if short == s {
			return strings.ReplaceAll(s, "\x00", "->")
		}
		s = short
	}
}

var argumentsInside = regexp.MustCompile(`(\w)<[^<>]*>`)
