package advise

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/advise/facts"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/buildrecord"
)

const (
	relaEntry = 24
	// relrAdds is what packing adds to the tables of the dynamic linker: three
	// entries of .dynamic (DT_RELR, DT_RELRSZ, DT_RELRENT). A C library that has to
	// know of it also gets a version, of about 40 bytes.
	relrAdds = 48
)

// packRelocations: relative relocations take 24 bytes each, where RELR has a bit
// for most. Go's own linker, whose section is named .rela, cannot write RELR.
func (a *adviser) packRelocations() (*Advice, error) {
	s := a.Section(".rela.dyn")
	if s == nil {
		return nil, nil
	}
	places, err := a.RelativePlaces()
	if err != nil {
		return nil, err
	}
	places = slices.DeleteFunc(places, func(p uint64) bool { return p%2 != 0 }) // RELR has no odd places
	words := facts.RELRWords(places)
	old, packed := relaEntry*uint64(len(places)), facts.RELRWord*words+relrAdds
	if old < packed+minSaving {
		return nil, nil
	}
	saved := a.SavedBy(s, old-packed)
	if saved < minSaving {
		return nil, nil
	}
	advice := &Advice{
		Code:  CodePackRelocations,
		Title: "relative relocations are not packed",
		Evidence: []string{
			fmt.Sprintf(".rela.dyn at %#x has %s relative relocations of %d bytes: %s bytes of %s", s.Addr, bytesize.Size(len(places)).Grouped(), relaEntry, bytesize.Size(old).Grouped(), bytesize.Size(s.FileSize).Grouped()),
			fmt.Sprintf("as RELR they are %s words of %d bytes: %s bytes", bytesize.Size(words).Grouped(), facts.RELRWord, bytesize.Size(facts.RELRWord*words).Grouped()),
			"the loader has to know RELR: glibc 2.36 or musl 1.2.4 (provided.al2023 of AWS Lambda has glibc 2.34)",
		},
		Saves: &Saving{saved, Computed},
	}
	flags := []string{"-Wl,-z,pack-relative-relocs"}
	if a.Binary.Arch == elfscan.ARM64 && !a.LLD {
		// Measured with 2.40, which says nothing and packs nothing.
		flags = append([]string{"-fuse-ld=lld"}, flags...)
		advice.Evidence = append(advice.Evidence, "GNU ld 2.40 and older pack for amd64 alone: another linker is needed, whose file differs in more than that")
		advice.Saves, advice.HowToFindOut = nil, "build with it and compare: sizegate diff OLD NEW"
	}
	switch {
	case a.Language("rust"):
		args := make([]string, len(flags))
		for i, flag := range flags {
			args[i] = fmt.Sprintf("%q", "-Clink-arg="+flag)
		}
		advice.Setting = "# .cargo/config.toml\n[build]\nrustflags = [" + strings.Join(args, ", ") + "]"
	case a.Language("go"):
		advice.Setting = fmt.Sprintf(`go build -buildmode=pie -ldflags="-linkmode=external '-extldflags=%s'"`, strings.Join(flags, " "))
	default:
		advice.Setting = strings.Join(flags, " ")
	}
	advice.Setting += "\n# LLD 14 and older: -Wl,--pack-dyn-relocs=relr, which does not ask for a loader that knows it"
	return advice, nil
}

// noPIE: a program need not be position independent.
func (a *adviser) noPIE() (*Advice, error) {
	if a.Binary.Type != elfscan.PIE {
		return nil, nil
	}
	s := a.Section(".rela", ".rela.dyn")
	if s == nil || s.Type != elf.SHT_RELA {
		return nil, nil
	}
	covers, setting, static := "its libraries, heap and stack", "", a.Interpreter() == ""
	switch {
	case a.Language("go"):
		if info, err := buildrecord.Go(a.Binary); err != nil || info == nil {
			return nil, err
		}
		covers, setting, static = "its heap and stack", "go build -buildmode=exe", false
	// Not in rustflags: procedural macros are libraries, and could not be linked.
	case a.Language("rust") && static:
		setting = "cargo rustc --release -- -Crelocation-model=static"
	case a.Language("rust"):
		setting = "cargo rustc --release -- -Clink-arg=-no-pie    # -Crelocation-model=static makes code smaller too, which is not counted"
	case static:
		setting = "-fno-pie    # when compiling\n-static -no-pie    # when linking, in place of -static-pie"
	default:
		setting = "-no-pie    # when linking; -fno-pie when compiling makes code smaller too, which is not counted"
	}
	n := uint64(0)
	for _, err := range a.Binary.Relative() {
		if err != nil {
			return nil, err
		}
		n++
	}
	saved := a.SavedWithoutPIE(s, min(n*relaEntry, s.FileSize))
	if saved < minSaving {
		return nil, nil
	}
	advice := &Advice{
		Code:  CodeNoPIE,
		Title: "the program is position independent, which costs a relocation for every pointer in its data",
		Evidence: []string{
			fmt.Sprintf("%s at %#x has %s relative relocations of %d bytes", s.Base, s.Addr, bytesize.Size(n).Grouped(), relaEntry),
			"without them the program is loaded at a fixed address: address randomization then covers " + covers + " alone",
		},
		Setting: setting,
		Saves:   &Saving{saved, Computed},
	}
	// A static program starts by relocating itself, so that linking it in another way is
	// not enough, and code that is compiled for a fixed address is smaller.
	if static {
		advice.Saves, advice.HowToFindOut = nil, "code gets smaller as well: build with it and compare: sizegate diff OLD NEW"
	}
	return advice, nil
}
