package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"hash/fnv"
	"strings"
)

// subject is a file that mutants are made of, and where its parts are.
type subject struct {
	name     string
	data     []byte
	sections []part // by header index, empty where the file has no bytes of it
	regions  []part // what flips are aimed at: the header tables, then the sections
	shoff    int
	phoff    int
	phnum    int
}

// part is a range of the file.
type part struct {
	name   string
	lo, hi int
	addr   uint64 // of lo in memory, 0 if it is not loaded
}

const (
	ehdrSize = 64
	phdrSize = 56
	shdrSize = 64
)

// newSubject finds the parts of an ELF file for 64 bits, little-endian.
func newSubject(name string, data []byte) (*subject, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	s := &subject{name: name, data: data,
		phoff: int(binary.LittleEndian.Uint64(data[32:])), shoff: int(binary.LittleEndian.Uint64(data[40:])), phnum: len(f.Progs)}
	s.regions = []part{{"file header", 0, ehdrSize, 0}}
	if s.phnum > 0 {
		s.regions = append(s.regions, part{"program headers", s.phoff, s.phoff + s.phnum*phdrSize, 0})
	}
	if len(f.Sections) > 0 {
		s.regions = append(s.regions, part{"section headers", s.shoff, s.shoff + len(f.Sections)*shdrSize, 0})
	}
	for _, sec := range f.Sections {
		p := part{name: sec.Name, lo: int(sec.Offset), hi: int(sec.Offset), addr: sec.Addr}
		if sec.Type != elf.SHT_NOBITS && sec.Type != elf.SHT_NULL {
			p.hi += int(sec.FileSize)
		}
		s.sections = append(s.sections, p)
		if p.hi > p.lo {
			s.regions = append(s.regions, p)
		}
	}
	if len(s.sections) == 0 {
		for _, p := range f.Progs {
			if p.Filesz > 0 {
				s.regions = append(s.regions, part{"segment", int(p.Off), int(p.Off + p.Filesz), p.Vaddr})
			}
		}
	}
	return s, nil
}

// named returns the sections whose name starts with one of the prefixes.
func (s *subject) named(prefixes ...string) []part {
	var found []part
	for _, p := range s.sections {
		for _, prefix := range prefixes {
			if p.hi > p.lo && strings.HasPrefix(p.name, prefix) {
				found = append(found, p)
				break
			}
		}
	}
	return found
}

// stream is the second half of a mutant's seed: files have mutants of their own.
func (s *subject) stream() uint64 {
	h := fnv.New64a()
	h.Write([]byte(s.name))
	return h.Sum64()
}

// inflated returns the file with its compressed sections as they are when they
// are read, at its end, nil if it has none. What is flipped inside a compressed
// section seldom gets past its checksum.
func inflated(data []byte) []byte {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	out := bytes.Clone(data)
	shoff := binary.LittleEndian.Uint64(data[40:])
	found := false
	for i, sec := range f.Sections {
		if sec.Flags&elf.SHF_COMPRESSED == 0 {
			continue
		}
		contents, err := sec.Data()
		if err != nil {
			return nil
		}
		found = true
		header := out[shoff+uint64(i)*shdrSize:]
		binary.LittleEndian.PutUint64(header[8:], uint64(sec.Flags&^elf.SHF_COMPRESSED))
		binary.LittleEndian.PutUint64(header[24:], uint64(len(out)))
		binary.LittleEndian.PutUint64(header[32:], uint64(len(contents)))
		out = append(out, contents...)
	}
	if !found {
		return nil
	}
	return out
}
