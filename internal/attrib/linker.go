package attrib

import (
	"debug/elf"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// boltOriginal is the owner of code that a post-link optimizer moved
// elsewhere and left behind.
const boltOriginal = "BOLT, original code"

// addLinkerSections claims the executable sections that linkers and start-up
// objects write whole, for what no symbol in them claims. LLVM's BOLT writes
// the functions that it optimizes to new sections and keeps the old ones under
// another name; the symbols are of the new ones.
func (a *attribution) addLinkerSections() {
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if s.Flags&elf.SHF_EXECINSTR == 0 || s.Size == 0 || !a.Wanted(i) {
			continue
		}
		var owner int32
		switch s.Base {
		case ".init", ".fini", ".plt", ".plt.got", ".plt.sec", ".plt.bnd", ".iplt":
			owner = a.Owners.Linker()
		case ".bolt.org.text":
			owner = a.Owners.Get(ownership.Key{Kind: ownership.Linker, Name: boltOriginal, Confidence: ownership.Exact})
		default:
			continue
		}
		id := uint32(len(a.Entries))
		a.Entries = append(a.Entries, a.WithName(account.Entry{Owner: owner, Section: int32(i), Addr: s.Addr, Whole: true}, s.Name))
		a.Claims[i] = append(a.Claims[i], account.Claim{Range: span.Range{Lo: s.Addr, Hi: s.Addr + s.Size}, Rank: account.RankSection, ID: id})
	}
}

// addLinkerData and addLinkerTables claim the sections that only linkers write,
// for what nothing in them claims more closely. LLVM's BOLT leaves the unwind
// tables of the code that it moved behind, as it does the code.
func (a *attribution) addLinkerData() error { return a.addLinkerOnly(stage.Data) }

func (a *attribution) addLinkerTables() error { return a.addLinkerOnly(stage.Tables) }

func (a *attribution) addLinkerOnly(st stage.Stage) error {
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if s.Size == 0 || s.Type == elf.SHT_NOBITS || stage.Of(s) != st || !a.Wanted(i) {
			continue
		}
		var owner int32
		switch {
		case linkerOnly(s):
			owner = a.Owners.Linker()
		case strings.HasPrefix(s.Base, ".bolt.org.eh_frame"), strings.HasPrefix(s.Base, ".bolt.org.gcc_except_table"):
			owner = a.Owners.Get(ownership.Key{Kind: ownership.Linker, Name: boltOriginal, Confidence: ownership.Exact})
		default:
			continue
		}
		a.Charge(i, span.Range{Lo: s.Addr, Hi: s.Addr + s.Size}, account.RankSection, owner)
	}
	return nil
}

// linkerOnly says whether a section is written by linkers, or by the tools that
// run behind them, and describes the file as a whole. Go's notes and the probes
// of SystemTap are not: they are of a program or a library in it.
func linkerOnly(s *elfscan.Section) bool {
	switch s.Type {
	case elf.SHT_DYNAMIC, elf.SHT_GNU_VERDEF, elf.SHT_GNU_VERNEED:
		return true
	case elf.SHT_NOTE:
		return !strings.HasPrefix(s.Base, ".note.go.") && s.Base != ".note.stapsdt"
	}
	switch s.Base {
	case ".interp", ".dynamic", ".comment", ".shstrtab", ".gnu_debuglink", ".gnu_debugaltlink":
		return true
	}
	return false
}
