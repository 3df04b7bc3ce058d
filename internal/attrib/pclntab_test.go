package attrib

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
)

// TestPclntab compares who owns the function table with a second reader of it,
// and files without symbols with the one that has them.
func TestPclntab(t *testing.T) {
	w := newGoWorkspace(t)
	for _, tt := range pureBuilds[1:3] { // one of each architecture; building takes the time
		t.Run(tt.name, func(t *testing.T) {
			path := w.build(t, tt.build)
			b, p := profileOf(t, path, Options{View: Defined, Functions: true, Section: allSections})
			got := tableSizes(t, b, p)
			known := knownPackages(t, w, tt.build)
			known["os/signal"] = "os/signal" // linknames of the runtime
			compareTables(t, got, readPclntab(t, path, p, known))
			stripped := tt.build
			stripped.strip = true
			for _, other := range []string{w.build(t, stripped), w.strip(t, tt.build.arch, path)} {
				b, p := profileOf(t, other, Options{View: Defined, Section: allSections})
				compareTables(t, tableSizes(t, b, p), got)
				only := func(s *elfscan.Section) bool { return strings.HasSuffix(s.Base, ".gopclntab") }
				b, p = profileOf(t, other, Options{View: Defined, Section: only})
				compareTables(t, tableSizes(t, b, p), got)
			}
		})
	}
}

func allSections(*elfscan.Section) bool { return true }

// tableSizes returns what each owner has of .gopclntab, all of which must be
// owned.
func tableSizes(t *testing.T, b *elfscan.Binary, p *Profile) map[string]uint64 {
	t.Helper()
	sizes := make(map[string]uint64)
	for i := range b.Sections {
		if s := &b.Sections[i]; !strings.HasSuffix(s.Base, ".gopclntab") {
			continue
		}
		if tally := p.Sections[i]; tally.Attributed == 0 || tally.Unattributed > 0 || tally.Padding > 0 {
			t.Errorf("of %s %+v", b.Sections[i].Name, tally)
		}
		for _, o := range p.Owners {
			for _, s := range o.Sections {
				if s.Section == i {
					sizes[o.Name] += s.Size
				}
			}
		}
	}
	return sizes
}

func compareTables(t *testing.T, got, want map[string]uint64) {
	t.Helper()
	names := slices.Concat(slices.Collect(maps.Keys(got)), slices.Collect(maps.Keys(want)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if got[name] != want[name] {
			t.Errorf("%s has %d bytes of the table, want %d", name, got[name], want[name])
		}
	}
}

// painter is a second reader of the function table, written from
// runtime/symtab.go alone. It notes for each byte who refers to it.
type painter struct {
	t     *testing.T
	data  []byte
	owned [][]string
	begin map[int]bool // where something begins that is referred to
}

func (p *painter) u32(off int) int { return int(int32(binary.LittleEndian.Uint32(p.data[off:]))) }

// paint adds an owner of bytes, once.
func (p *painter) paint(lo, hi int, owner string) {
	p.begin[lo] = true
	for i := lo; i < hi; i++ {
		if !slices.Contains(p.owned[i], owner) {
			p.owned[i] = append(p.owned[i], owner)
		}
	}
}

func (p *painter) cstring(lo int) string {
	return string(p.data[lo:][:bytes.IndexByte(p.data[lo:], 0)])
}

// pcvalues returns the end of a pc-value table and its values.
func (p *painter) pcvalues(at int) (end int, values []int64) {
	value := int64(-1)
	for first := true; ; first = false {
		delta, n := binary.Varint(p.data[at:])
		at += n
		if delta == 0 && !first {
			return at, values
		}
		_, n = binary.Uvarint(p.data[at:])
		at += n
		value += delta
		values = append(values, value)
	}
}

// readPclntab returns what each owner should have of .gopclntab. Functions
// belong to whom p gives their code; a symbol says where the function data is.
func readPclntab(t *testing.T, path string, p *Profile, known map[string]string) map[string]uint64 {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	addr := make(map[string]uint64)
	for _, s := range symbols {
		addr[s.Name] = s.Value
	}
	var section *elf.Section
	for _, s := range f.Sections {
		if strings.HasSuffix(s.Name, ".gopclntab") {
			section = s
		}
	}
	r := painter{t: t, begin: make(map[int]bool)}
	if r.data, err = section.Data(); err != nil {
		t.Fatal(err)
	}
	r.owned = make([][]string, len(r.data))
	if r.u32(0) != -15 {
		t.Skip("the table is not that of Go 1.20 and later (run it with Go 1.20 or later)")
	}
	word := func(i int) int { return int(binary.LittleEndian.Uint64(r.data[8*i:])) }
	n, names, cutab, files, pctab, functab := word(1), word(4), word(5), word(6), word(7), word(8)
	owners := make(map[uint64]string)
	for _, fn := range p.Functions {
		owners[fn.Address] = p.Owners[fn.Owner].Name
	}
	gofunc := -1 // offset in the section; before Go 1.26 it lies elsewhere
	if a := addr["go:func.*"]; a >= section.Addr && a < section.Addr+section.Size {
		gofunc = int(a - section.Addr)
	}
	rank := make(map[string]int)
	funcdata := make(map[int][]string)    // owners by offset
	stackMap := make(map[int]bool)        // those whose size the first words say
	units := make(map[int]map[string]int) // functions of each owner
	begun := make(map[int]bool)           // names of files that a function begins in
	r.paint(0, 72, "runtime")
	r.paint(pctab, pctab+1, "runtime")
	for i := range n {
		entry, rec := r.u32(functab+8*i), functab+r.u32(functab+8*i+4)
		name := r.cstring(names + r.u32(rec+4))
		owner, ok := owners[addr["runtime.text"]+uint64(uint32(entry))]
		if !ok || strings.HasPrefix(name, "go:textfips") {
			owner = "linker"
		}
		// Functions without a package in their name find theirs last.
		if _, ok := rank[owner]; !ok && owner == cmp.Or(packageBefore(name, known), packageWithin(name, known)) {
			rank[owner] = i
		}
		r.paint(functab+8*i, functab+8*i+8, owner)
		npcdata, unit, nfuncdata := r.u32(rec+28), r.u32(rec+32), int(r.data[rec+43])
		end := rec + 44 + 4*npcdata + 4*nfuncdata
		r.paint(rec, end+(functab-end)&7, owner)
		r.paint(names+r.u32(rec+4), names+r.u32(rec+4)+len(name)+1, owner)
		tables := []int{r.u32(rec + 16), r.u32(rec + 20), r.u32(rec + 24)}
		for j := range npcdata {
			tables = append(tables, r.u32(rec+44+4*j))
		}
		for _, off := range tables {
			if off != 0 {
				end, _ := r.pcvalues(pctab + off)
				r.paint(pctab+off, end, owner)
			}
		}
		for j := range nfuncdata {
			off := r.u32(rec + 44 + 4*npcdata + 4*j)
			if off == -1 {
				continue
			}
			if !slices.Contains(funcdata[off], owner) {
				funcdata[off] = append(funcdata[off], owner)
			}
			stackMap[off] = stackMap[off] || j < 2
		}
		if unit == -1 {
			continue
		}
		if units[unit] == nil {
			units[unit] = make(map[string]int)
		}
		units[unit][owner]++
		if tables[1] == 0 {
			continue
		}
		if _, values := r.pcvalues(pctab + tables[1]); values[0] >= 0 {
			if off := r.u32(cutab + 4*(unit+int(values[0]))); off != -1 {
				r.paint(files+off, files+off+len(r.cstring(files+off))+1, owner)
				begun[off] = true
			}
		}
	}
	r.paint(functab+8*n, functab+8*n+4, "runtime")
	starts := slices.Sorted(maps.Keys(units))
	for i, unit := range starts {
		hi := (files - cutab) / 4
		if i+1 < len(starts) {
			hi = starts[i+1]
		}
		best := ""
		for owner, votes := range units[unit] {
			if most := units[unit][best]; votes > most || votes == most && rank[owner] < rank[best] {
				best = owner
			}
		}
		r.paint(cutab+4*unit, cutab+4*hi, best)
		for k := unit; k < hi; k++ {
			if off := r.u32(cutab + 4*k); off != -1 && !begun[off] {
				r.paint(files+off, files+off+len(r.cstring(files+off))+1, best)
			}
		}
	}
	for at := names; at < cutab && r.data[at] != 0; { // functions that were inlined everywhere
		name := r.cstring(at)
		if r.owned[at] == nil {
			owner := packageBefore(name, known)
			if owner == "" {
				owner = packageWithin(name, known)
			}
			r.paint(at, at+len(name)+1, owner)
		}
		at += len(name) + 1
	}
	if gofunc >= 0 {
		index := int(addr["runtime.findfunctab"] - section.Addr)
		starts := append(slices.Sorted(maps.Keys(funcdata)), index-gofunc)
		for i, off := range starts[:len(starts)-1] {
			lo, hi := gofunc+off, gofunc+starts[i+1]
			if size := 8 + r.u32(lo)*((r.u32(lo+4)+7)/8); stackMap[off] && (lo+size > hi || hi-lo-size >= 8) {
				t.Errorf("a stack map at %#x has %d bytes, the next is %d away", lo, size, hi-lo)
			}
			for _, owner := range funcdata[off] {
				r.paint(lo, hi, owner)
			}
		}
		r.paint(index, int(addr["runtime.epclntab"]-section.Addr), "runtime")
	}
	return r.sizes(rank)
}

// sizes divides the bytes among those who refer to them: what is referred to
// together evenly, the odd bytes to those whose code comes first. What nobody
// refers to is fill, and the runtime's.
func (p *painter) sizes(rank map[string]int) map[string]uint64 {
	sizes := make(map[string]uint64)
	for i := 0; i < len(p.owned); {
		owners := p.owned[i]
		if owners == nil {
			if p.data[i] != 0 {
				p.t.Errorf("byte %d has no owner and is %#x", i, p.data[i])
			}
			sizes["runtime"]++
			i++
			continue
		}
		n := 1
		for i+n < len(p.owned) && !p.begin[i+n] && slices.Equal(p.owned[i+n], owners) {
			n++
		}
		order := slices.SortedFunc(slices.Values(owners), func(a, b string) int { return cmp.Compare(rank[a], rank[b]) })
		for k, owner := range order {
			sizes[owner] += uint64((n + len(order) - 1 - k) / len(order))
		}
		i += n
	}
	return sizes
}

// TestPclntabVersions counts by hand what one function has of the tables that
// the toolchain at hand does not write.
func TestPclntabVersions(t *testing.T) {
	const name, file = "net/http.(*Server).Serve\x00", "/opt/go/src/net/http/server.go\x00"
	for version, size := range map[string]int{
		"1.2":  16 + 40,           // the pair, the record
		"1.16": 16 + (44 + 4) + 4, // the record is aligned to 8, and the unit has a file
		"1.18": 8 + 40 + 4,        //
		"1.20": 8 + (44 + 4) + 4,  //
	} {
		for machine, tables := range map[elf.Machine]int{
			elf.EM_X86_64:  4 + 4, // stack depth and file, over 392 units: two bytes
			elf.EM_AARCH64: 3 + 3, // over 98
		} {
			for _, section := range []string{".gopclntab", ".data.rel.ro"} {
				t.Run(fmt.Sprint(version, machine, section), func(t *testing.T) {
					table, _ := synTableBytes(version, quantumOf(machine))
					_, p := attribute(t, elftest.File{Machine: machine, Sections: []elftest.Section{
						{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Addr: synText, Data: synCode(machine), Align: 16},
						{Name: section, Flags: elf.SHF_ALLOC, Addr: synTableAddr, Data: table, Align: 8},
					}}, Options{Section: allSections})
					i := slices.IndexFunc(p.Owners, func(o ownership.Owner) bool { return o.Name == "net/http" })
					if i < 0 || len(p.Owners[i].Sections) != 2 {
						t.Fatalf("owners %+v", p.Owners)
					}
					if got, want := p.Owners[i].Sections[1].Size, uint64(size+tables+len(name)+len(file)); got != want {
						t.Errorf("%d bytes of the table, want %d", got, want)
					}
					// These records are padded more than a linker does it.
					if left := p.Sections[1].Unattributed; left > 32 {
						t.Errorf("%d bytes are unattributed", left)
					}
				})
			}
		}
	}
}

// TestPclntabDamaged changes bytes of a table. Whatever it then says, the sums
// must hold.
func TestPclntabDamaged(t *testing.T) {
	w := newGoWorkspace(t)
	path := w.build(t, goBuild{arch: "amd64", strip: true})
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table := f.Section(".gopclntab")
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	le := binary.LittleEndian
	functab := le.Uint64(file[table.Offset+64:])
	for round := range 60 {
		data := slices.Clone(file)
		part := data[table.Offset:][:table.FileSize]
		switch round % 3 {
		case 0: // the header, but for what says that it is one
			part[8+rng.IntN(64)] = byte(rng.Uint32())
		case 1: // pairs and records
			for range 1 + rng.IntN(20) {
				part[functab+rng.Uint64N(uint64(len(part))-functab)] = byte(rng.Uint32())
			}
		case 2:
			for range 1 + rng.IntN(1000) {
				part[72+rng.IntN(len(part)-72)] = byte(rng.Uint32())
			}
		}
		b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		p, err := Attribute(b, Options{View: Defined, Section: allSections})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		checkSums(t, b, p)
	}
}
