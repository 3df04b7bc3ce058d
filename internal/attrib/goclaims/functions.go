package goclaims

import (
	"slices"

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

// functions are those of the table as owners know them. They are none where nothing
// that is asked for depends on them.
type functions struct {
	first    int // position in Book.Entries of function 0
	n        int // fewer than the table's where that is corrupt
	packages *goPackages
	units    []uint32 // of each function: see gosym.Extent
	files    []uint32
	pages    []uint32 // by the page of code: the first function that begins in it or behind it, nil until it is needed
}

// part is consecutive functions of the table, and what reading them found.
type part struct {
	entries []account.Entry // one for each function; owners are numbers of paths
	units   []uint32        // parallel to entries
	files   []uint32        // parallel to entries
	claims  []account.Claim // no more than two for each function
	paths   paths
	n       int    // functions that were read: fewer than entries if one is malformed
	end     uint64 // of the last of these
	problem error  // what is malformed
	err     error  // of reading the file
}

// readFunctions makes entries and claims of the table's functions, with room for some more
// entries. What is behind a malformed function is left out, with a warning.
//
// Reading functions is half of the time for a Go program: names, pc-value tables and,
// on arm64, code. They say nothing of each other, so that parts of them are read side
// by side: on two cores a program of 71,000 functions takes 36 ms in place of 54 ms.
// Each part numbers its packages; joined in the order of the parts, owners have the
// order of a single walk. To keep the sizes of pc-value tables that several functions
// have, as two of three do, made no difference.
//
// All is read twice, first for where functions lie, then for whose they are: the
// pc-value tables and the names, 5 MB each, are then not in memory at one time.
func (a *Program) readFunctions(t *goruntime.Table, room int) (functions, error) {
	n, first := t.Len(), len(a.Entries)
	entries := make([]account.Entry, first+n, first+n+room)
	copy(entries, a.Entries)
	claims := make([]account.Claim, 2*n)
	units, files := make([]uint32, n), make([]uint32, n)
	parts := make([]part, (n+partSize-1)/partSize)
	for i := range parts {
		lo, hi := i*partSize, min(n, (i+1)*partSize)
		parts[i] = part{entries: entries[first+lo : first+hi], units: units[lo:hi], files: files[lo:hi], claims: claims[2*lo : 2*lo : 2*hi]}
	}
	if err := t.ReadPCTables(); err != nil {
		return functions{}, err
	}
	parallel.Each(len(parts), func() func(int) {
		r := reader{binary: a.Binary, t: t, table: t.Another(), code: sectionbytes.New(a.Binary, &a.Binary.Sections[t.Section])}
		return func(i int) { r.read(i*partSize, uint32(first+i*partSize), &parts[i]) }
	})
	if !a.DividesInlined {
		t.ForgetPCTables()
	}
	if err := t.ReadNames(); err != nil {
		return functions{}, err
	}
	parallel.Each(len(parts), func() func(int) {
		return func(i int) { parts[i].name(t, i*partSize) }
	})
	packages := &goPackages{owners: a.Owners}
	read, decided := 0, t.Lo
	joined := claims[:0]
	for i := range parts {
		p := &parts[i]
		if p.err != nil {
			return functions{}, p.err
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
	return functions{first: first, n: read, packages: packages, units: units[:read], files: files[:read]}, nil
}

// reader reads where functions lie. It is for one goroutine.
type reader struct {
	binary *elfscan.Binary
	t      *goruntime.Table
	table  *gosym.Table
	code   *sectionbytes.Reader
}

// unnamed is the owner of an entry whose name is still to tell it.
const unnamed = 0

// read reads the functions of a part from number lo on, to which entries from id on
// belong.
func (r *reader) read(lo int, id uint32, p *part) {
	for k := range p.entries {
		f, err := r.table.Extent(lo + k)
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
			owner = unnamed
		}
		p.entries[k] = account.Entry{Name: f.NameAt, Naming: account.InGo, Owner: owner, Section: int32(r.t.Section), Addr: entryAddr}
		p.units[k], p.files[k] = f.Unit, f.FileAt
		p.claims = append(p.claims, account.Claim{Range: span.Range{Lo: entryAddr, Hi: end}, Rank: account.RankTable, ID: id + uint32(k)})
		if end < next {
			p.claims = append(p.claims, account.Claim{Range: span.Range{Lo: end, Hi: next}, Rank: account.RankTable, ID: account.Padding})
		}
		p.n, p.end = k+1, next
	}
}

// name reads the names of the functions that were read, from number lo on.
func (p *part) name(t *goruntime.Table, lo int) {
	for k := range p.entries[:p.n] {
		e := &p.entries[k]
		name, err := t.FuncName(lo+k, e.Name)
		if err != nil {
			p.cut(k, err)
			return
		}
		if e.Owner == unnamed {
			e.Owner = p.paths.of(name)
		}
	}
}

// cut leaves out the functions from the k-th on, as that is malformed.
func (p *part) cut(k int, problem error) {
	end := p.entries[k].Addr
	p.n, p.end, p.problem = k, end, problem
	p.claims = slices.DeleteFunc(p.claims, func(c account.Claim) bool { return c.Lo >= end })
}
