package attrib

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/elfscan"
)

const fixtures = "../../testdata/elf"

// codeOnly asks for the executable sections.
func codeOnly(s *elfscan.Section) bool { return s.Kind == elfscan.Code }

func profileOf(t testing.TB, path string, opt Options) (*elfscan.Binary, *Profile) {
	t.Helper()
	b, err := elfscan.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	if opt.Section == nil {
		opt.Section = codeOnly
	}
	p, err := Attribute(b, opt)
	if err != nil {
		t.Fatal(err)
	}
	checkSums(t, b, p)
	return b, p
}

// checkSums is the first and third sum of the report's contract.
func checkSums(t testing.TB, b *elfscan.Binary, p *Profile) {
	t.Helper()
	sums := make([]uint64, len(b.Sections))
	for _, o := range p.Owners {
		total := uint64(0)
		for _, s := range o.Sections {
			sums[s.Section] += s.Size
			total += s.Size
		}
		if total != o.Size {
			t.Errorf("the sections of %s add up to %d, not %d", o.Name, total, o.Size)
		}
	}
	for i := range b.Sections {
		s, got := &b.Sections[i], p.Sections[i]
		if got.Attributed != sums[i] || got.Attributed+got.Padding+got.Unattributed != s.FileSize {
			t.Errorf("section %s of %d bytes: owners %d, %+v", s.Name, s.FileSize, sums[i], got)
		}
	}
}

// truth is a line of a NAME.truth.tsv: see testdata/README.md for where the
// owners come from, which is not the symbol's name.
type truth struct {
	addr, size            uint64
	name                  string
	defined, instantiated string
}

func readTruth(t *testing.T, path string) []truth {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []truth
	for in := bufio.NewScanner(f); in.Scan(); {
		field := strings.Split(in.Text(), "\t")
		addr, err := strconv.ParseUint(field[0], 0, 64)
		if err != nil || len(field) != 5 {
			t.Fatalf("%s: %q", path, in.Text())
		}
		size, err := strconv.ParseUint(field[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, truth{addr, size, field[2], field[3], field[4]})
	}
	if len(list) == 0 {
		t.Fatalf("%s is empty", path)
	}
	return list
}

// agrees says whether an owner is what the table says. want is CRATE@ID, a
// source file, "crt", "linker", or a library.
func agrees(o *ownership.Owner, want string) bool {
	crate, id, isCrate := strings.Cut(want, "@")
	switch {
	case isCrate && o.Kind == ownership.Crate:
		return o.Name == crate && (o.CrateID == 0 || fmt.Sprintf("%016x", o.CrateID) == id)
	case isCrate:
		// A function without a mangled name, in a file that says no more.
		return o.Name == ownership.UnknownNative
	case want == "crt", want == "linker":
		return o.Kind == ownership.Linker
	}
	// C without debug information is not known, or in the file that it is
	// from, which for assembly is the object file. With it, the sources' made-up
	// folder is the library. Behind lld the file can only be guessed.
	return o.Kind == ownership.Library && (o.Name == ownership.UnknownNative || o.Name == want || o.Name == want+".o" ||
		o.Name == "fixtures" && o.Version == "1.0" || o.Confidence == ownership.Inferred)
}

// TestTruth compares each function of the committed files with what the
// linker's map, the debug information and readelf said when they were built.
func TestTruth(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(fixtures, "*.truth.tsv"))
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d tables of truth, %v", len(paths), err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".truth.tsv")
		for _, view := range []View{Defined, Instantiated} {
			t.Run(name+"/"+string(view), func(t *testing.T) {
				want := readTruth(t, path)
				_, p := profileOf(t, filepath.Join(fixtures, name), Options{View: view, Functions: true})
				if p.Symbols == "none" || p.Symbols == "dynsym" {
					return // its table is of what the stripped file no longer says
				}
				compareTruth(t, p, want, view)
			})
		}
	}
}

func compareTruth(t *testing.T, p *Profile, want []truth, view View) {
	type place struct {
		addr uint64
		name string
	}
	got := make(map[place]Function)
	at := make(map[uint64]uint64) // what all names at an address got
	for _, f := range p.Functions {
		got[place{f.Address, f.Name}] = f
		at[f.Address] += f.Size
	}
	names := make(map[uint64]int) // how many names an address has
	for _, w := range want {
		names[w.addr]++
	}
	compared := 0
	for i, w := range want {
		if w.size == 0 {
			continue
		}
		f, ok := got[place{w.addr, w.name}]
		if !ok {
			// One byte cannot be shared by two names of one function.
			if at[w.addr] == 0 || at[w.addr] >= uint64(names[w.addr]) {
				t.Errorf("%s at %#x owns nothing", w.name, w.addr)
			}
			continue
		}
		nested := uint64(0) // bytes of it that symbols inside it have
		for _, inner := range want[i+1:] {
			if inner.addr > w.addr && inner.addr < w.addr+w.size && inner.size > 0 {
				nested += inner.size
			}
		}
		if at[w.addr] != w.size-nested {
			t.Errorf("%s: the names at %#x own %d bytes, want %d", w.name, w.addr, at[w.addr], w.size-nested)
		}
		owner := w.defined
		if view == Instantiated {
			owner = w.instantiated
		}
		if owner == "-" || !comparable(w, view) {
			continue
		}
		compared++
		if o := &p.Owners[f.Owner]; !agrees(o, owner) {
			t.Errorf("%s at %#x is charged to %s %s %016x, want %s", w.name, w.addr, o.Kind, o.Name, o.CrateID, owner)
		}
	}
	if compared == 0 {
		t.Error("nothing was compared")
	}
}

// comparable leaves out what differs by nature, as testdata/README.md lists:
// the invented crate __rustc, and for instantiations names that have no
// instantiating crate, which count for the crate that defines them.
func comparable(w truth, view View) bool {
	if strings.Contains(w.name, "7___rustc") {
		return false
	}
	if w.name == "_start" { // the name of start-up code, here in a program without libc
		return false
	}
	return view == Defined || w.defined == w.instantiated || namesTwoCrates(w.name)
}

var (
	endsInReference = regexp.MustCompile(`B[0-9A-Za-z]*_$`)
	lastCrateRoot   = regexp.MustCompile(`.*Cs[0-9A-Za-z]*_([0-9]+)(.*)$`)
)

// namesTwoCrates says whether a v0 name has an instantiating crate: it then
// ends in a back-reference, or in a crate root and nothing behind it.
func namesTwoCrates(name string) bool {
	name, _, _ = strings.Cut(name, ".")
	if !strings.HasPrefix(name, "_R") {
		return false
	}
	if endsInReference.MatchString(name) {
		return true
	}
	m := lastCrateRoot.FindStringSubmatch(name)
	return m != nil && m[1] == strconv.Itoa(len(m[2]))
}
