package goclaims

import (
	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/goruntime"
	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/parallel"
	"github.com/sizegate/sizegate/internal/attrib/sectionbytes"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// partSize is how many functions one goroutine reads at a time. Parts are the same
// on every machine, and so many that cores are done at about the same time.
const partSize = 4 << 10

// part is consecutive functions of the table, and what reading them found.
type part struct {
	entries []account.Entry // one for each function; owners are numbers of paths
	units   []uint32        // parallel to entries
	claims  []account.Claim // no more than two for each function
	paths   paths
	n       int    // functions that were read: fewer than entries if one is malformed
	end     uint64 // of the last of these
	problem error  // what is malformed
	err     error  // of reading the file
}

// readFunctions makes entries and claims of the table's functions, with room for some more
// entries, and returns their packages and units. What is behind a malformed function
// is left out, with a warning.
//
// Reading functions is half of the time for a Go program: names, pc-value tables and,
// on arm64, code. They say nothing of each other, so that parts of them are read side
// by side: on two cores a program of 71,000 functions takes 36 ms in place of 54 ms.
// Each part numbers its packages; joined in the order of the parts, owners have the
// order of a single walk. To keep the sizes of pc-value tables that several functions
// have, as two of three do, made no difference.
func (a *Program) readFunctions(t *goruntime.Table, room int) (*goPackages, []uint32, error) {
	n, first := t.Len(), len(a.Entries)
	entries := make([]account.Entry, first+n, first+n+room)
	copy(entries, a.Entries)
	claims := make([]account.Claim, 2*n)
	units := make([]uint32, n)
	parts := make([]part, (n+partSize-1)/partSize)
	for i := range parts {
		lo, hi := i*partSize, min(n, (i+1)*partSize)
		parts[i] = part{entries: entries[first+lo : first+hi], units: units[lo:hi], claims: claims[2*lo : 2*lo : 2*hi]}
	}
	parallel.Each(len(parts), func() func(int) {
		r := reader{binary: a.Binary, t: t, table: t.Another(), code: sectionbytes.New(a.Binary, &a.Binary.Sections[t.Section])}
		return func(i int) { r.read(i*partSize, uint32(first+i*partSize), &parts[i]) }
	})
	packages := &goPackages{owners: a.Owners}
	read, decided := 0, t.Lo
	joined := claims[:0]
	for i := range parts {
		p := &parts[i]
		if p.err != nil {
			return nil, nil, p.err
		}
		to := packages.join(&p.paths)
		for k := range p.entries[:p.n] {
			if owner := &p.entries[k].Owner; *owner != ownership.Nobody {
				*owner = to[*owner]
			}
		}
		joined = append(joined, p.claims...) // which moves them to the front
		if read += p.n; p.n > 0 {
			decided = p.end
		}
		if p.problem != nil {
			a.Warnf("%v: the functions from there on are named by symbols alone", p.problem)
			t.Hi = decided
			break
		}
	}
	a.Entries = entries[:first+read]
	a.Claims[t.Section] = joined
	return packages, units[:read], nil
}

// reader reads functions. It is for one goroutine.
type reader struct {
	binary *elfscan.Binary
	t      *goruntime.Table
	table  *gosym.Table
	code   *sectionbytes.Reader
}

// read reads the functions of a part from number lo on, to which entries from id on
// belong.
func (r *reader) read(lo int, id uint32, p *part) {
	for k := range p.entries {
		f, err := r.table.Func(lo + k)
		if p.err = r.table.Err(); p.err != nil {
			return
		}
		if err != nil {
			p.problem = err
			return
		}
		entryAddr, end, next := r.t.TextAt+f.Entry, r.t.TextAt+f.End, r.t.TextAt+f.Next
		if r.binary.Arch == elfscan.ARM64 {
			// The assembler's own size includes the zero words behind the code.
			if end, p.err = r.code.TrimZeroWords(entryAddr, end); p.err != nil {
				return
			}
		}
		// Only C that Go's own linker took in, and that linker's markers, have
		// no pc-value tables; a C name with a dot looks like a package's.
		owner := int32(ownership.Nobody)
		if f.Sized {
			owner = p.paths.of(f.Name)
		}
		p.entries[k] = account.Entry{Name: f.NameAt, Naming: account.InGo, Owner: owner, Section: int32(r.t.Section), Addr: entryAddr, File: -1}
		p.units[k] = f.Unit
		p.claims = append(p.claims, account.Claim{Range: span.Range{Lo: entryAddr, Hi: end}, Rank: account.RankTable, ID: id + uint32(k)})
		if end < next {
			p.claims = append(p.claims, account.Claim{Range: span.Range{Lo: end, Hi: next}, Rank: account.RankTable, ID: account.Padding})
		}
		p.n, p.end = k+1, next
	}
}

// functionEntries are the table's functions as owners know them. They are none
// where nothing that is asked for depends on them.
type functionEntries struct {
	first    int // position in Book.Entries of function 0
	n        int // fewer than the table's where that is corrupt
	packages *goPackages
}
