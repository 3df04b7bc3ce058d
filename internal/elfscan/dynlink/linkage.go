// Package dynlink reads what an ELF file tells the dynamic loader: which loader and
// libraries it needs, where these are looked for, and which processor. It reads as
// the loader does, through the program headers.
package dynlink

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// Linkage is what a file asks of the dynamic loader. A file without section headers
// tells it too. The zero value is a file that is linked statically.
type Linkage struct {
	Interpreter string   // PT_INTERP, "" without one
	Needed      []string // DT_NEEDED in the order of the file
	RPath       []string // the folders of DT_RPATH, as they are written
	RunPath     []string // those of DT_RUNPATH; the loader ignores DT_RPATH beside one
	Versions    []Version
	Defined     []string // the symbol versions that a library has, such as GLIBC_2.34, without its own name
}

// Version is a symbol version that a library must have, such as GLIBC_2.34 of
// libc.so.6.
type Version struct {
	Library, Name string
	Weak          bool // the loader starts the file without it too
}

// Real files have a few dozen links with names of a few kilobytes.
const (
	maxLinks     = 1 << 12   // entries of the dynamic section; libraries and versions
	maxLinkNames = 256 << 10 // bytes of their names, of which many can share one
	maxLinkName  = 4096
)

// Read reads what the file asks of the dynamic loader. The error is an
// *elfscan.Error.
func Read(b *elfscan.Binary) (*Linkage, error) {
	r := linkReader{b: b, names: maxLinkNames, links: maxLinks}
	var l Linkage
	for _, p := range b.Segments {
		var err error
		switch p.Type {
		case elf.PT_INTERP:
			if l.Interpreter == "" { // the kernel takes the first
				l.Interpreter, err = r.text(p.Off, p.Filesz)
			}
		case elf.PT_DYNAMIC:
			if r.dynamic == nil {
				r.dynamic, err = r.entries(p.Off, p.Filesz)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	if err := r.read(&l); err != nil {
		return nil, err
	}
	return &l, nil
}

// linkReader reads names and tables within what is left of the limits.
type linkReader struct {
	b       *elfscan.Binary
	dynamic []dynamicEntry
	strings uint64 // where the string table is in the file
	length  uint64 // its bytes
	names   int
	links   int
}

type dynamicEntry struct {
	tag   elf.DynTag
	value uint64
}

func badLinkage(format string, args ...any) error {
	return &elfscan.Error{Problem: "a damaged ELF file: " + fmt.Sprintf(format, args...), Hint: "copy or build it again"}
}

// at reads n bytes at a place in the file.
func (r *linkReader) at(offset, n uint64) ([]byte, error) {
	if offset > r.b.Size || n > r.b.Size-offset {
		return nil, badLinkage("what the dynamic loader needs is past the end of the file")
	}
	return r.b.BytesAt(offset, n)
}

// offset is where in the file the loader finds an address.
func (r *linkReader) offset(addr uint64) (uint64, error) {
	for _, p := range r.b.Segments {
		if p.Type == elf.PT_LOAD && addr >= p.Vaddr && addr-p.Vaddr < p.Filesz {
			if p.Off > math.MaxUint64-(addr-p.Vaddr) {
				break
			}
			return p.Off + (addr - p.Vaddr), nil
		}
	}
	return 0, badLinkage("its dynamic section names address %#x, which is not in the file", addr)
}

// text reads a name that ends at a zero byte, or at limit.
func (r *linkReader) text(offset, limit uint64) (string, error) {
	if offset > r.b.Size {
		return "", badLinkage("a name that the dynamic loader needs is past the end of the file")
	}
	data, err := r.at(offset, min(limit, maxLinkName+1, r.b.Size-offset))
	if err != nil {
		return "", err
	}
	end := bytes.IndexByte(data, 0)
	if end < 0 {
		return "", badLinkage("a name that the dynamic loader needs has no end")
	}
	if r.names -= end; r.names < 0 {
		return "", badLinkage("the names that the dynamic loader needs are together longer than %d bytes", maxLinkNames)
	}
	return string(data[:end]), nil
}

// name reads an entry of the dynamic string table.
func (r *linkReader) name(index uint64) (string, error) {
	if index >= r.length {
		return "", badLinkage("a name at %d of a string table of %d bytes", index, r.length)
	}
	return r.text(r.strings+index, r.length-index)
}

func (r *linkReader) link() error {
	if r.links--; r.links < 0 {
		return badLinkage("more than %d libraries and versions", maxLinks)
	}
	return nil
}

// entries reads the dynamic section up to its end, DT_NULL.
func (r *linkReader) entries(offset, size uint64) ([]dynamicEntry, error) {
	const entry = 16
	data, err := r.at(offset, min(size, maxLinks*entry))
	if err != nil {
		return nil, err
	}
	list := []dynamicEntry{}
	for le := binary.LittleEndian; len(data) >= entry; data = data[entry:] {
		e := dynamicEntry{elf.DynTag(le.Uint64(data)), le.Uint64(data[8:])}
		if e.tag == elf.DT_NULL {
			return list, nil
		}
		list = append(list, e)
	}
	if size > maxLinks*entry {
		return nil, badLinkage("more than %d entries in its dynamic section", maxLinks)
	}
	return list, nil
}

// value is the last entry of a kind: the loader overwrites what came before.
func (r *linkReader) value(tag elf.DynTag) (value uint64, ok bool) {
	for _, e := range r.dynamic {
		if e.tag == tag {
			value, ok = e.value, true
		}
	}
	return value, ok
}

func (r *linkReader) read(l *Linkage) error {
	at, ok := r.value(elf.DT_STRTAB)
	if !ok {
		return nil // there are no names, so there are no links
	}
	var err error
	if r.strings, err = r.offset(at); err != nil {
		return err
	}
	size, _ := r.value(elf.DT_STRSZ)
	r.length = min(size, r.b.Size-min(r.strings, r.b.Size))
	for _, e := range r.dynamic {
		if e.tag != elf.DT_NEEDED {
			continue
		}
		if err := r.link(); err != nil {
			return err
		}
		name, err := r.name(e.value)
		if err != nil {
			return err
		}
		l.Needed = append(l.Needed, name)
	}
	if l.RPath, err = r.folders(elf.DT_RPATH); err != nil {
		return err
	}
	if l.RunPath, err = r.folders(elf.DT_RUNPATH); err != nil {
		return err
	}
	if err := r.versions(l); err != nil {
		return err
	}
	return r.definitions(l)
}

func (r *linkReader) folders(tag elf.DynTag) ([]string, error) {
	index, ok := r.value(tag)
	if !ok {
		return nil, nil
	}
	list, err := r.name(index)
	if err != nil || list == "" {
		return nil, err
	}
	return strings.Split(list, ":"), nil
}

// versions reads the chains of the version-needs section: a record for each
// library (Elf64_Verneed), and behind each one for each version of it
// (Elf64_Vernaux). The steps are unsigned, so no chain goes back.
func (r *linkReader) versions(l *Linkage) error {
	const record = 16
	addr, ok := r.value(elf.DT_VERNEED)
	if !ok {
		return nil
	}
	at, err := r.offset(addr)
	if err != nil {
		return err
	}
	count, _ := r.value(elf.DT_VERNEEDNUM)
	le := binary.LittleEndian
	for range min(count, maxLinks+1) {
		if err := r.link(); err != nil {
			return err
		}
		need, err := r.at(at, record)
		if err != nil {
			return err
		}
		library, err := r.name(uint64(le.Uint32(need[4:])))
		if err != nil {
			return err
		}
		next := at + uint64(le.Uint32(need[8:]))
		for range le.Uint16(need[2:]) {
			if err := r.link(); err != nil {
				return err
			}
			aux, err := r.at(next, record)
			if err != nil {
				return err
			}
			name, err := r.name(uint64(le.Uint32(aux[8:])))
			if err != nil {
				return err
			}
			const weak = 2 // VER_FLG_WEAK
			l.Versions = append(l.Versions, Version{Library: library, Name: name, Weak: le.Uint16(aux[4:])&weak != 0})
			step := le.Uint32(aux[12:])
			if step == 0 {
				break
			}
			next += uint64(step)
		}
		step := le.Uint32(need[12:])
		if step == 0 {
			return nil
		}
		at += uint64(step)
	}
	return nil
}

// definitions reads the chain of the section of version definitions: a record for each
// (Elf64_Verdef), with its name in the first of the records that it names
// (Elf64_Verdaux).
func (r *linkReader) definitions(l *Linkage) error {
	const (
		record, auxiliary = 20, 8
		base              = 1 // VER_FLG_BASE: of the file itself
	)
	addr, ok := r.value(elf.DT_VERDEF)
	if !ok {
		return nil
	}
	at, err := r.offset(addr)
	if err != nil {
		return err
	}
	count, _ := r.value(elf.DT_VERDEFNUM)
	le := binary.LittleEndian
	for range min(count, maxLinks+1) {
		if err := r.link(); err != nil {
			return err
		}
		definition, err := r.at(at, record)
		if err != nil {
			return err
		}
		if le.Uint16(definition[2:])&base == 0 {
			aux, err := r.at(at+uint64(le.Uint32(definition[12:])), auxiliary)
			if err != nil {
				return err
			}
			name, err := r.name(uint64(le.Uint32(aux)))
			if err != nil {
				return err
			}
			l.Defined = append(l.Defined, name)
		}
		step := le.Uint32(definition[16:])
		if step == 0 {
			return nil
		}
		at += uint64(step)
	}
	return nil
}
