package goclaims

import (
	"debug/elf"
	"encoding/binary"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/goruntime"
	"github.com/sizegate/sizegate/internal/attrib/gotype"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/span"
)

// typesWork is Go's types that are read, beside what else is done.
type typesWork struct {
	module goruntime.Module
	found  bool // there is a module
	memory *goruntime.Memory
	types  *gotype.Types
	err    error
	done   chan struct{}
}

// StartTypes begins to read the types, if data is divided. The function table
// must be known. To begin earlier would save a tenth of the time, and take 25 MB
// more for a program of 80 MB: the table is then in memory too.
func (a *Program) StartTypes() {
	if !a.AnyWanted(stage.Data) {
		return
	}
	w := &typesWork{memory: goruntime.NewMemory(a.Binary), done: make(chan struct{})}
	a.types = w
	if a.Table != nil {
		w.module, w.found, w.err = a.Table.Module()
	}
	if !w.found || w.err != nil {
		close(w.done)
		return
	}
	modules := ownership.NewGoModules(a.Info())
	go func() {
		defer close(w.done)
		w.types = w.module.ReadTypes(w.memory, &modules)
	}()
}

// AddTypes claims what Go's linker writes for the runtime besides the function
// table: the descriptors of types and what belongs to them, the lists of these,
// the moduledata and the init tasks. It is found through the moduledata alone,
// so that symbols change nothing.
func (a *Program) AddTypes() error {
	a.addSections()
	w := a.types
	if w == nil {
		return nil
	}
	<-w.done
	if !w.found || w.err != nil {
		return w.err
	}
	m, mem := &w.module, w.memory
	out := newAddressRecords(a)
	a.chargeTypes(w.types, m, mem, out)
	a.chargeClosures(m, mem)
	a.chargeInitTasks(m, mem, out)
	runtime := []int32{a.Owners.GoPackage("runtime", ownership.Exact)}
	out.add(m.Lo, m.Hi, runtime)
	for _, addr := range m.Masks {
		out.add(addr, addr+mem.ProgramSize(addr), runtime)
	}
	out.flush()
	w.memory, w.types = nil, nil
	return mem.Err
}

// addSections claims the sections of which Go's linker makes one for each
// program. The build information and the build ID are about the file, and no
// package's.
func (a *Program) addSections() {
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if s.Type == elf.SHT_NOBITS || !a.Wanted(i) {
			continue
		}
		var owner int32
		switch s.Base {
		case ".go.buildinfo", ".note.go.buildid":
			owner = a.Owners.Linker()
		case ".go.fipsinfo":
			owner = a.Owners.GoPackage("crypto/internal/fips140/check", ownership.Exact)
		case ".go.module":
			owner = a.Owners.GoPackage("runtime", ownership.Exact)
		default:
			continue
		}
		a.Charge(i, span.Range{Lo: s.Addr, Hi: s.Addr + s.Size}, account.RankSection, owner)
	}
}

// chargeTypes claims the types and what describes them.
func (a *Program) chargeTypes(types *gotype.Types, m *goruntime.Module, mem *goruntime.Memory, out *addressRecords) {
	owners := make([]int32, len(types.Packages))
	for i, p := range types.Packages {
		confidence := ownership.Exact
		if p.Inferred {
			confidence = ownership.Inferred
		}
		if p.Path == "" { // the runtime has the types that the language declares
			p.Path = "runtime"
		}
		owners[i] = a.Owners.GoPackage(p.Path, confidence)
	}
	var group []int32
	for _, r := range types.Records {
		group = group[:0]
		for _, p := range types.Of(r) {
			group = append(group, owners[p])
		}
		out.add(r.Lo, r.Hi(), group)
	}
	list := func(addr, size uint64, packages []int32) {
		for i, p := range packages {
			if p >= 0 {
				lo := addr + uint64(i)*size
				out.add(lo, lo+size, owners[p:p+1])
			}
		}
	}
	list(m.Typelinks.Addr, 4, types.Links)
	list(m.Itablinks.Addr, 8, types.Itabs)
	for _, c := range types.Closures {
		a.chargeTypeClosure(c, mem, out)
	}
}

// chargeTypeClosure claims the function value that compares or hashes values of a
// type. Behind the address of the code is the size of what that works on, if it
// must be told.
func (a *Program) chargeTypeClosure(c gotype.Closure, mem *goruntime.Memory, out *addressRecords) {
	const word = 8
	closure := mem.At(c.Addr, 2*word)
	if len(closure) < word {
		return
	}
	owner := a.functionAt(binary.LittleEndian.Uint64(closure))
	if owner == ownership.Nobody {
		return
	}
	size := uint64(word)
	if len(closure) >= 2*word && c.Size > 0 && binary.LittleEndian.Uint64(closure[word:]) == c.Size {
		size += word
	}
	out.add(c.Addr, c.Addr+size, []int32{owner})
}

// chargeInitTasks claims the init tasks and the list of them. A task is a package's,
// with the addresses of its init functions; it says the package by these alone.
func (a *Program) chargeInitTasks(m *goruntime.Module, mem *goruntime.Memory, out *addressRecords) {
	const header, word = 8, 8
	tasks := mem.Slice(m.Inittasks, word)
	for at := 0; at+word <= len(tasks); at += word {
		addr := binary.LittleEndian.Uint64(tasks[at:])
		task := mem.At(addr, header+word)
		if len(task) < header+word {
			continue
		}
		n := uint64(binary.LittleEndian.Uint32(task[4:]))
		owner := a.functionAt(binary.LittleEndian.Uint64(task[header:]))
		if owner == ownership.Nobody || n == 0 || n > (mem.Room(addr)-header)/word {
			continue
		}
		out.add(addr, addr+header+n*word, []int32{owner})
		out.add(m.Inittasks.Addr+uint64(at), m.Inittasks.Addr+uint64(at)+word, []int32{owner})
	}
}
