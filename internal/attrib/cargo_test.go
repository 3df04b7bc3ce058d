package attrib

import (
	"bufio"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// v0 reads Rust's v0 names a second time, as plainly as the RFC's grammar is
// written: recursive, and following every back-reference.
type v0 struct {
	s string // behind "_R"
	p int
}

func (r *v0) next() byte {
	c := r.s[r.p] // a panic is a name that this reader does not know
	r.p++
	return c
}

func (r *v0) eat(c byte) bool {
	if r.p < len(r.s) && r.s[r.p] == c {
		r.p++
		return true
	}
	return false
}

func (r *v0) base62() int {
	if r.eat('_') {
		return 0
	}
	n := 0
	for {
		switch c := r.next(); {
		case c == '_':
			return n + 1
		case c >= '0' && c <= '9':
			n = n*62 + int(c-'0')
		case c >= 'a' && c <= 'z':
			n = n*62 + int(c-'a') + 10
		default:
			n = n*62 + int(c-'A') + 36
		}
	}
}

func (r *v0) disambiguator() int {
	if r.eat('s') {
		return r.base62() + 1
	}
	return 0
}

func (r *v0) identifier() string {
	r.eat('u')
	n := 0
	if !r.eat('0') {
		for r.s[r.p] >= '0' && r.s[r.p] <= '9' {
			n = 10*n + int(r.next()-'0')
		}
	}
	r.eat('_')
	r.p += n
	return r.s[r.p-n : r.p]
}

func (r *v0) at(read func()) {
	target := r.base62()
	saved := r.p
	r.p = target
	read()
	r.p = saved
}

// path returns the crate that wrote what the path names.
func (r *v0) path() (crate string) {
	switch c := r.next(); c {
	case 'C':
		id := r.disambiguator()
		return fmt.Sprintf("%s@%016x", r.identifier(), uint64(id))
	case 'M', 'X':
		r.disambiguator()
		crate = r.path()
		r.typ()
		if c == 'X' {
			r.path()
		}
	case 'Y':
		r.typ()
		crate = r.path()
	case 'N':
		r.next()
		crate = r.path()
		r.disambiguator()
		r.identifier()
	case 'I':
		crate = r.path()
		for !r.eat('E') {
			switch {
			case r.eat('L'):
				r.base62()
			case r.eat('K'):
				r.constant()
			default:
				r.typ()
			}
		}
	case 'B':
		r.at(func() { crate = r.path() })
	default:
		panic("path " + string(c))
	}
	return crate
}

func (r *v0) typ() {
	switch c := r.next(); c {
	case 'A':
		r.typ()
		r.constant()
	case 'S', 'P', 'O':
		r.typ()
	case 'R', 'Q':
		if r.eat('L') {
			r.base62()
		}
		r.typ()
	case 'T':
		for !r.eat('E') {
			r.typ()
		}
	case 'F':
		if r.eat('G') {
			r.base62()
		}
		r.eat('U')
		if r.eat('K') && !r.eat('C') {
			r.identifier()
		}
		for !r.eat('E') {
			r.typ()
		}
		r.typ()
	case 'D':
		if r.eat('G') {
			r.base62()
		}
		for !r.eat('E') {
			r.path()
			for r.eat('p') {
				r.identifier()
				r.typ()
			}
		}
		r.eat('L')
		r.base62()
	case 'B':
		r.at(r.typ)
	default:
		if c >= 'a' && c <= 'z' {
			return // a basic type
		}
		r.p--
		r.path()
	}
}

func (r *v0) constant() {
	switch c := r.next(); c {
	case 'p':
	case 'B':
		r.at(r.constant)
	default:
		if c < 'a' || c > 'z' {
			panic("constant " + string(c))
		}
		r.eat('n')
		for r.next() != '_' {
		}
	}
}

// crates returns the defining and the instantiating crate of a v0 name; the
// latter is the former where the name has none.
func crates(name string) (defined, instantiated string, ok bool) {
	name, isV0 := strings.CutPrefix(name, "_R")
	if !isV0 {
		return "", "", false
	}
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	name, _, _ = strings.Cut(name, ".")
	r := &v0{s: name}
	defined = r.path()
	instantiated = defined
	if r.p < len(r.s) {
		instantiated = r.path()
	}
	return defined, instantiated, true
}

// readelfFunctions lists the functions of .text as readelf prints them.
func readelfFunctions(t *testing.T, path string) []truth {
	t.Helper()
	if _, err := exec.LookPath("readelf"); err != nil {
		t.Skip("readelf not found (Debian: apt install binutils)")
	}
	out, err := exec.Command("readelf", "-SW", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(strings.TrimLeft(line, " [")); len(f) > 2 && f[1] == ".text" {
			text = strings.TrimSuffix(f[0], "]")
		}
	}
	if out, err = exec.Command("readelf", "-sW", path).Output(); err != nil {
		t.Fatal(err)
	}
	var list []truth
	for in := bufio.NewScanner(strings.NewReader(string(out))); in.Scan(); {
		f := strings.Fields(in.Text())
		if len(f) != 8 || f[3] != "FUNC" || f[6] != text {
			continue
		}
		addr, err := strconv.ParseUint(f[1], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		size, err := strconv.ParseUint(f[2], 0, 64)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, truth{addr: addr, size: size, name: f[7]})
	}
	return list
}

// TestCargo compares the bytes of each crate in real Rust programs with a
// second reading of what readelf prints. Names at one address share its bytes
// in the order of the symbol table.
func TestCargo(t *testing.T) {
	sysroot, err := exec.Command("rustc", "--print", "sysroot").Output()
	if err != nil {
		t.Skip("rustc not found (Debian: apt install rustc, or rustup)")
	}
	for _, program := range []string{"cargo", "rustdoc"} {
		path, err := exec.LookPath(filepath.Join(strings.TrimSpace(string(sysroot)), "bin", program))
		if err != nil {
			t.Skipf("%s is not part of this Rust (rustup has it)", program)
		}
		functions := readelfFunctions(t, path)
		if len(functions) == 0 {
			t.Skipf("%s has no symbols (rustup's has)", path)
		}
		names := make(map[uint64]int) // by address
		for _, f := range functions {
			names[f.addr]++
		}
		for _, view := range []View{Defined, Instantiated} {
			t.Run(program+"/"+string(view), func(t *testing.T) {
				want := make(map[string]uint64)
				index := make(map[uint64]int)
				unread := 0
				for _, f := range functions {
					n, i := uint64(names[f.addr]), uint64(index[f.addr])
					index[f.addr]++
					share := f.size / n
					if i < f.size%n {
						share++
					}
					defined, instantiated, ok := crates(f.name)
					if view == Instantiated {
						defined = instantiated
					}
					if ok {
						want[defined] += share
					} else if strings.HasPrefix(f.name, "_R") {
						unread++
					}
				}
				if unread > 0 {
					t.Errorf("%d names were not read by the test", unread)
				}
				_, p := profileOf(t, path, Options{View: view, Functions: true})
				got := make(map[string]uint64)
				for _, f := range p.Functions {
					if o := &p.Owners[f.Owner]; strings.HasPrefix(f.Name, "_R") {
						got[fmt.Sprintf("%s@%016x", o.Name, o.CrateID)] += f.Size
					}
				}
				for crate, size := range want {
					if got[crate] != size {
						t.Errorf("%s has %d bytes, readelf says %d", crate, got[crate], size)
					}
				}
				if len(got) != len(want) {
					t.Errorf("%d crates, readelf has %d", len(got), len(want))
				}
				t.Logf("%d crates agree", len(want))
			})
		}
	}
}
