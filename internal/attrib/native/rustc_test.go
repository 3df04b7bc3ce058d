package native

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
	"github.com/sizegate/sizegate/internal/attrib/dwarf/dwarftest"
)

// TestRustcCrates finds the crates of a program that was built, with the ids that
// its v0 symbol names carry.
func TestRustcCrates(t *testing.T) {
	nm := dwarftest.Need(t, "nm", "Debian: apt install binutils")
	prog := dwarftest.RustProgram(t)
	_, s := dwarftest.OpenELF(t, prog)
	units, warnings, err := dwarf.ReadUnits(s, nil)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("warnings %q, error %v", warnings, err)
	}

	found := map[string]Origin{}
	for _, u := range units {
		if o, ok := FromUnit(u.Name, u.CompDir, u.Producer); ok {
			found[o.Name] = o
		}
	}
	symbols := string(dwarftest.Run(t, "", nm, prog))
	for name, want := range map[string]Origin{
		"some_dep": {Package: "some-dep", Version: "1.2.3"},
		"prog":     {Own: true},
		"core":     {Std: true},
	} {
		got := found[name]
		// The disambiguator in front of the crate's name in any v0 symbol.
		m := regexp.MustCompile(fmt.Sprintf(`Cs([0-9A-Za-z]*)_%d%s`, len(name), name)).FindStringSubmatch(symbols)
		if m == nil {
			t.Fatalf("no symbol of %s", name)
		}
		want.Kind, want.Name, want.ID = KindCrate, name, disambiguator(m[1])
		if got != want {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	}
}

// disambiguator decodes a base-62 number of a v0 name (RFC 2603): digits, lower
// case, upper case; "" is 0, other numbers count from 1; an s before it adds one.
func disambiguator(s string) uint64 {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if s == "" {
		return 1
	}
	var v uint64
	for _, c := range s {
		v = v*62 + uint64(strings.IndexRune(digits, c))
	}
	return v + 2
}
