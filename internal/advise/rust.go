package advise

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/ehframe"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// shown is how many examples evidence has.
const shown = 5

// panics says how a Rust program with the standard library ends a panic. known
// is false where the file does not show it: in a stripped file only the import of
// the unwinder does, and code in C++ imports that too.
func (a *adviser) panics() (unwind, known bool) {
	switch {
	case !a.Language("rust"):
		return false, false
	case a.Symbols.Full:
		return a.HasCrate("panic_unwind"), a.HasCrate("std")
	}
	return true, a.Symbols.Unwinds && !a.Language("c++")
}

// unwindTables: what was compiled with a program that aborts on panics is all
// described to an unwinder. There is no number: without force-unwind-tables LLVM still
// describes the functions that have a personality, which rustc gives to all that had
// something to clean up, or that such a function was inlined into, before it knew that
// panics abort. In the file nothing is left of that: most tables stay, and which is not
// to be seen. (docs/advise.md has what was measured.)
// So it is known that the tables were asked for where every function has one. The
// standard library comes compiled, and keeps its tables.
func (a *adviser) unwindTables() (*Advice, error) {
	if unwind, known := a.panics(); unwind || !known {
		return nil, nil
	}
	s := a.Section(".eh_frame")
	if s == nil {
		return nil, nil
	}
	data, err := a.Binary.Bytes(s)
	if err != nil {
		return nil, err
	}
	if err := a.Binary.Relocate(data, s.Addr); err != nil {
		return nil, err
	}
	var bytes uint64
	described := make(map[uint64]bool)
	for e := range ehframe.Entries(data, s.Addr, ehframe.EH) {
		if e.Kind == ehframe.FDE && e.Known && a.Symbols.Own[e.PC] {
			described[e.PC] = true
			bytes += e.Hi - e.Lo
		}
	}
	const most = 90 // percent: functions in assembly have none
	if len(described) == 0 || len(described)*100 < len(a.Symbols.Own)*most || bytes < minSaving {
		return nil, nil
	}
	return &Advice{
		Code:  CodeUnwindTables,
		Title: "panics abort, and yet everything has unwind tables",
		Evidence: []string{
			"the crate std is in the file, and panic_unwind is not",
			fmt.Sprintf(".eh_frame at %#x describes %s of the %s functions that were compiled with the program, in %s bytes", s.Addr, bytesize.Size(len(described)).Grouped(), bytesize.Size(len(a.Symbols.Own)).Grouped(), bytesize.Size(bytes).Grouped()),
			fmt.Sprintf("%s bytes of .eh_frame are for the standard library, which comes compiled, and for C: they stay", bytesize.Size(s.FileSize-bytes).Grouped()),
			"backtraces of panics and of profilers need the tables",
		},
		Setting:      "# .cargo/config.toml\n[build]\nrustflags = [\"-C\", \"force-unwind-tables=no\"]",
		HowToFindOut: "a part of these tables stays: RUSTFLAGS=\"-C force-unwind-tables=no\" cargo build --release --target-dir target/tables; sizegate diff OLD NEW",
	}, nil
}

// largest lists the largest of some counts with their names.
func largest(counts map[string]uint64) string {
	names := slices.SortedFunc(maps.Keys(counts), func(x, y string) int {
		return cmp.Or(cmp.Compare(counts[y], counts[x]), cmp.Compare(x, y))
	})
	var s strings.Builder
	for i, name := range names {
		if i == shown {
			fmt.Fprintf(&s, " and %s more", bytesize.Size(len(names)-shown).Grouped())
			break
		}
		if i > 0 {
			s.WriteString(", ")
		}
		fmt.Fprintf(&s, "%s (%s)", quote(name), bytesize.Size(counts[name]).Grouped())
	}
	return s.String()
}

// panicAbort: a program that unwinds has code and tables for it.
func (a *adviser) panicAbort() (*Advice, error) {
	if unwind, known := a.panics(); !unwind || !known || a.Binary.Type == elfscan.Shared {
		return nil, nil
	}
	evidence := "the crate panic_unwind is in the file"
	if !a.Symbols.Full {
		evidence = "_Unwind_RaiseException is imported"
	}
	return &Advice{
		Code:  CodePanicAbort,
		Title: "panics unwind the stack",
		Evidence: []string{
			evidence,
			fmt.Sprintf(".gcc_except_table, what is to be cleaned up where, has %s bytes", bytesize.Size(a.BytesOf(".gcc_except_table")).Grouped()),
			"with panic = \"abort\" nothing is cleaned up and catch_unwind catches nothing: a server that outlives a panic in a request needs unwinding",
		},
		Setting:      "[profile.release]\npanic = \"abort\"",
		HowToFindOut: "the code that cleans up goes away with the tables: CARGO_PROFILE_RELEASE_PANIC=abort cargo build --release --target-dir target/abort; sizegate diff OLD NEW",
	}, nil
}

// lto: after fat link-time optimization one codegen unit is left, with std in
// it. compiler_builtins never takes part. Thin optimization leaves the units as
// they are, so that it cannot be told from none.
func (a *adviser) lto() (*Advice, error) {
	switch {
	case !a.Language("rust") && !a.Language("go"):
		return a.ltoOfC()
	case !a.Symbols.Full || !a.Language("rust"):
		return nil, nil
	}
	total := 0
	crates := make(map[[2]string]uint64) // units by name and ID of the crate
	for _, u := range a.Symbols.Units {
		if u.Crate != "" && u.Crate != "compiler_builtins" {
			total++
			crates[[2]string{u.Crate, u.ID}]++
		}
	}
	if total < 2 {
		return nil, nil
	}
	several := make(map[string]uint64) // units of crates that have several; of two versions, those of the one with more
	for crate, n := range crates {
		if n > 1 {
			several[crate[0]] = max(several[crate[0]], n)
		}
	}
	advice := &Advice{Code: CodeLTO, Title: "crates are not optimized as a whole"}
	const seen = "where fat link-time optimization leaves one: there was none, or a thin one"
	if len(several) == 0 {
		advice.Evidence = []string{fmt.Sprintf("the symbol table names %s codegen units, one for each crate, %s", bytesize.Size(total).Grouped(), seen)}
		advice.Setting = "[profile.release]\nlto = \"fat\""
		advice.HowToFindOut = "files get smaller as a rule, and builds slower: CARGO_PROFILE_RELEASE_LTO=fat cargo build --release --target-dir target/lto; sizegate diff OLD NEW"
		return advice, nil
	}
	advice.Evidence = []string{
		fmt.Sprintf("the symbol table names %s codegen units of %s crates, %s", bytesize.Size(total).Grouped(), bytesize.Size(len(crates)).Grouped(), seen),
		"crates in more than one unit: " + largest(several),
	}
	advice.Setting = "[profile.release]\nlto = \"fat\"\ncodegen-units = 1"
	advice.HowToFindOut = "files get smaller as a rule, and builds slower: CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 cargo build --release --target-dir target/lto; sizegate diff OLD NEW"
	return advice, nil
}

// overflowChecks: debug builds check arithmetic. A library can have the functions
// for others to call.
func (a *adviser) overflowChecks() (*Advice, error) {
	if !a.Symbols.Full || !a.Language("rust") || len(a.Symbols.Overflow) == 0 || a.Binary.Type == elfscan.Shared {
		return nil, nil
	}
	return &Advice{
		Code:         CodeOverflowChecks,
		Title:        "arithmetic is checked for overflow, as in a debug build",
		Evidence:     []string{"functions that only such checks call: " + strings.Join(a.Symbols.Overflow, ", ")},
		Setting:      "cargo build --release\n# or, where the profile asks for the checks:\n[profile.release]\noverflow-checks = false",
		HowToFindOut: "CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=false cargo build --release --target-dir target/unchecked; sizegate diff OLD NEW",
	}, nil
}
