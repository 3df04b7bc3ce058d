package advise

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/elfscan"
)

const (
	relaEntry = 24
	relrWord  = 8
	// relrAdds is what packing adds to the tables of the dynamic linker: three
	// entries of .dynamic (DT_RELR, DT_RELRSZ, DT_RELRENT). A C library that has to
	// know of it also gets a version, of about 40 bytes.
	relrAdds = 48
)

// packRelocations: relative relocations take 24 bytes each, where RELR has a bit
// for most. Go's own linker, whose section is named .rela, cannot write RELR.
func (a *adviser) packRelocations() (*Advice, error) {
	s := a.section(".rela.dyn")
	if s == nil {
		return nil, nil
	}
	places, err := a.relative()
	if err != nil {
		return nil, err
	}
	places = slices.DeleteFunc(places, func(p uint64) bool { return p%2 != 0 }) // RELR has no odd places
	words := relrWords(places)
	old, packed := relaEntry*uint64(len(places)), relrWord*words+relrAdds
	if old < packed+minSaving {
		return nil, nil
	}
	saved := a.savedBy(s, old-packed)
	if saved < minSaving {
		return nil, nil
	}
	advice := &Advice{
		Code:  CodePackRelocations,
		Title: "relative relocations are not packed",
		Evidence: []string{
			fmt.Sprintf(".rela.dyn at %#x has %s relative relocations of %d bytes: %s bytes of %s", s.Addr, number(len(places)), relaEntry, number(old), number(s.FileSize)),
			fmt.Sprintf("as RELR they are %s words of %d bytes: %s bytes", number(words), relrWord, number(relrWord*words)),
			"the loader has to know RELR: glibc 2.36 or musl 1.2.4 (provided.al2023 of AWS Lambda has glibc 2.34)",
		},
		Saves: &Saving{saved, Computed},
	}
	flags := []string{"-Wl,-z,pack-relative-relocs"}
	if a.Binary.Arch == elfscan.ARM64 && !a.lld {
		// Measured with 2.40, which says nothing and packs nothing.
		flags = append([]string{"-fuse-ld=lld"}, flags...)
		advice.Evidence = append(advice.Evidence, "GNU ld 2.40 and older pack for amd64 alone: another linker is needed, whose file differs in more than that")
		advice.Saves, advice.HowToFindOut = nil, "build with it and compare: sizegate diff OLD NEW"
	}
	switch {
	case a.language("rust"):
		args := make([]string, len(flags))
		for i, flag := range flags {
			args[i] = fmt.Sprintf("%q", "-Clink-arg="+flag)
		}
		advice.Setting = "# .cargo/config.toml\n[build]\nrustflags = [" + strings.Join(args, ", ") + "]"
	case a.language("go"):
		advice.Setting = fmt.Sprintf(`go build -buildmode=pie -ldflags="-linkmode=external '-extldflags=%s'"`, strings.Join(flags, " "))
	default:
		advice.Setting = strings.Join(flags, " ")
	}
	advice.Setting += "\n# LLD 14 and older: -Wl,--pack-dyn-relocs=relr, which does not ask for a loader that knows it"
	return advice, nil
}

// relative returns the places of the relative relocations, sorted, each once.
func (a *adviser) relative() ([]uint64, error) {
	var places []uint64
	for r, err := range a.Binary.Relative() {
		if err != nil {
			return nil, err
		}
		places = append(places, r.Place)
	}
	slices.Sort(places)
	return slices.Compact(places), nil
}

// relrWords returns how many words RELR has for sorted places: an address, then
// bitmaps of the 63 words behind what came before, as long as they are not empty.
func relrWords(places []uint64) uint64 {
	const bits = 63
	words := uint64(0)
	for len(places) > 0 {
		words++
		base := places[0] + relrWord
		places = places[1:]
		for {
			n := 0
			for n < len(places) && places[n]-base < bits*relrWord && (places[n]-base)%relrWord == 0 {
				n++
			}
			if n == 0 {
				break
			}
			words++
			places = places[n:]
			base += bits * relrWord
		}
	}
	return words
}

// noPIE: a Go program need not be position independent.
func (a *adviser) noPIE() (*Advice, error) {
	if a.Binary.Type != elfscan.PIE || a.Binary.GoBuildInfo() == nil || !a.language("go") {
		return nil, nil
	}
	s := a.section(".rela", ".rela.dyn")
	if s == nil || s.Type != elf.SHT_RELA {
		return nil, nil
	}
	n := uint64(0)
	for _, err := range a.Binary.Relative() {
		if err != nil {
			return nil, err
		}
		n++
	}
	saved := a.savedWithoutPIE(s, min(n*relaEntry, s.FileSize))
	if saved < minSaving {
		return nil, nil
	}
	return &Advice{
		Code:  CodeNoPIE,
		Title: "the program is position independent, which costs a relocation for every pointer in its data",
		Evidence: []string{
			fmt.Sprintf("%s at %#x has %s relative relocations of %d bytes", s.Base, s.Addr, number(n), relaEntry),
			"without them the program is loaded at a fixed address: address randomization then covers its heap and stack alone",
		},
		Setting: "go build -buildmode=exe",
		Saves:   &Saving{saved, Computed},
	}, nil
}

// savedWithoutPIE returns how many bytes shorter a Go program gets without its
// relocations. Go's own linker, which names their section .rela, then also leaves
// out what the dynamic linker reads, and puts the data that had to be writable
// while it relocated behind the other read-only data, in one segment.
func (a *adviser) savedWithoutPIE(rela *elfscan.Section, relocations uint64) uint64 {
	plain := a.savedBy(rela, relocations)
	var relro *elf.ProgHeader
	for i := range a.Binary.Segments {
		if p := &a.Binary.Segments[i]; p.Type == elf.PT_GNU_RELRO {
			relro = p
		}
	}
	own, _ := a.segments(rela.Offset)
	if rela.Base != ".rela" || relro == nil || own == nil {
		return plain
	}
	data, next := a.segments(relro.Off)
	if data == nil || next == nil || data.Off != relro.Off || data.Align == 0 || data.Align&(data.Align-1) != 0 || own.Off+own.Filesz > data.Off {
		return plain
	}
	gone := uint64(0)
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if !s.Alloc() || s.Offset < own.Off || s.Offset >= next.Off {
			continue
		}
		switch s.Type {
		case elf.SHT_RELA, elf.SHT_DYNSYM, elf.SHT_STRTAB, elf.SHT_HASH, elf.SHT_DYNAMIC, elf.SHT_GNU_VERSYM, elf.SHT_GNU_VERNEED:
			gone += s.FileSize
		}
	}
	if gone > own.Filesz+data.Filesz {
		return plain
	}
	up := func(x uint64) uint64 { return x + -x%data.Align }
	after := own.Off + up(own.Filesz+data.Filesz-gone)
	if after > next.Off {
		return plain
	}
	return next.Off - after
}
