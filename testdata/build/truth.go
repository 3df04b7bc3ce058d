package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// A piece is what one object file put into an executable output section.
type piece struct {
	addr, size uint64
	file       string // object file, or archive(member); "" is the linker
}

// A symbol is a line of readelf -sW.
type symbol struct {
	addr, size uint64
	name       string
}

// owners names who wrote a symbol's code and whose object file holds it.
type owners struct{ defined, instantiated string }

const unknown = "-"

// writeTruth writes TARGET.truth.tsv and TARGET.map.tsv.
func writeTruth(dir, target string, kind truthKind) (string, error) {
	linked, err := elf.Open(filepath.Join(dir, "linked"))
	if err != nil {
		return "", err
	}
	defer linked.Close()
	pieces, err := readMap(filepath.Join(dir, "linked.map"), linked)
	if err != nil {
		return "", err
	}
	symbols, err := readSymbols(filepath.Join(dir, "linked"), linked)
	if err != nil {
		return "", err
	}
	var judge func(symbol, piece) (owners, error)
	ids := crateIDs{}
	switch kind {
	case byMap:
		judge = func(_ symbol, p piece) (owners, error) {
			return owners{nativeOwner(p.file), nativeOwner(p.file)}, nil
		}
	case byObject:
		defining, err := definers(filepath.Join(dir, "*.o"))
		if err != nil {
			return "", err
		}
		judge = func(s symbol, p piece) (owners, error) {
			owner := nativeOwner(p.file)
			if files := defining[s.name]; len(files) == 1 {
				owner = nativeOwner(files[0])
			} else if len(files) > 1 {
				owner = unknown
			}
			return owners{owner, owner}, nil
		}
	case byRust, byRustLTO:
		functions, err := readFunctions(linked, ids)
		if err != nil {
			return "", err
		}
		for _, p := range pieces {
			ids.note(p.file, "")
		}
		var holders map[string][]string
		if kind == byRustLTO {
			libraries, err := os.ReadFile(filepath.Join(dir, "libdir"))
			if err != nil {
				return "", err
			}
			if holders, err = definers(filepath.Join(strings.TrimSpace(string(libraries)), "*.rlib")); err != nil {
				return "", err
			}
		}
		judge = func(s symbol, p piece) (owners, error) {
			return rustOwners(s, p, functions, ids, holders)
		}
	}

	var truth, spans bytes.Buffer
	without := 0
	for _, s := range symbols {
		o, err := judge(s, find(pieces, s.addr))
		if err != nil {
			return "", err
		}
		if s.size > 0 && (o.defined == unknown || o.instantiated == unknown) {
			without++
		}
		fmt.Fprintf(&truth, "%#x\t%d\t%s\t%s\t%s\n", s.addr, s.size, s.name, o.defined, o.instantiated)
	}
	for _, p := range pieces {
		owner := nativeOwner(p.file)
		if crate := ids.crateOf(p.file); crate != "" {
			owner = crate
		}
		if kind == byRustLTO && owner != "linker" && !strings.Contains(p.file, ".rlib(") && !startFile.MatchString(filepath.Base(p.file)) {
			owner = unknown // one object file for many crates
		}
		file := filepath.Base(p.file)
		if p.file == "" {
			file = unknown
		}
		fmt.Fprintf(&spans, "%#x\t%d\t%s\t%s\n", p.addr, p.size, owner, file)
	}
	if err := os.WriteFile(target+".truth.tsv", truth.Bytes(), 0o644); err != nil {
		return "", err
	}
	if err := os.WriteFile(target+".map.tsv", spans.Bytes(), 0o644); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d symbols (%d sized ones not told), %d pieces", len(symbols), without, len(pieces)), nil
}

// find returns the piece that holds addr, or the linker's piece if none does.
func find(pieces []piece, addr uint64) piece {
	i := sort.Search(len(pieces), func(i int) bool { return pieces[i].addr > addr })
	if i > 0 && addr < pieces[i-1].addr+pieces[i-1].size {
		return pieces[i-1]
	}
	return piece{}
}

var (
	// An output section is a line in column "Out", or one that begins a line.
	lldOutput = regexp.MustCompile(`^ *[0-9a-f]+ +[0-9a-f]+ +[0-9a-f]+ +[0-9]+ (\S+)$`)
	gnuOutput = regexp.MustCompile(`^(\.\S+)`)
	lldLine   = regexp.MustCompile(`^ *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +[0-9]+ {9}(\S.*):\(([^()]*)\)$`)
	gnuLine   = regexp.MustCompile(`^ (\.\S+)? +0x([0-9a-f]+) +0x([0-9a-f]+) (\S.*)$`)
)

// readMap reads a link map of lld or GNU ld: the pieces of the executable
// sections, by address.
func readMap(path string, linked *elf.File) ([]piece, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	text := string(data)
	isLLD := strings.HasPrefix(strings.TrimSpace(text), "VMA")
	if !isLLD {
		_, after, found := strings.Cut(text, "\nLinker script and memory map\n")
		if !found {
			return nil, fmt.Errorf("%s is neither a map of lld nor one of GNU ld", filepath.Base(path))
		}
		// A long section name stands on a line of its own.
		text = regexp.MustCompile(`(?m)^( \.\S+)\n +0x`).ReplaceAllString(after, "$1 0x")
	}
	// Sections that are not loaded, such as debug information, have addresses
	// that mean nothing.
	inMemory := map[string]bool{}
	for _, s := range executable(linked) {
		inMemory[s.Name] = true
	}
	output := gnuOutput
	if isLLD {
		output = lldOutput
	}
	var list []piece
	inside := false
	for _, line := range strings.Split(text, "\n") {
		if m := output.FindStringSubmatch(line); m != nil {
			inside = inMemory[m[1]]
			continue
		}
		if !inside {
			continue
		}
		var p piece
		var section string
		if isLLD {
			m := lldLine.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			p = piece{number(m[1], 16), number(m[2], 16), m[3]}
			section = m[4]
		} else {
			m := gnuLine.FindStringSubmatch(line)
			if m == nil || m[1] == "" {
				continue
			}
			p = piece{number(m[2], 16), number(m[3], 16), m[4]}
			section = m[1]
		}
		// The table of jumps is the linker's, whichever file stands beside it.
		if p.file == "<internal>" || p.file == "linker stubs" || strings.HasPrefix(section, ".plt") || strings.HasPrefix(section, ".iplt") {
			p.file = ""
		}
		if p.size > 0 {
			list = append(list, p)
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].addr < list[j].addr })
	for i := 1; i < len(list); i++ {
		if list[i-1].addr+list[i-1].size > list[i].addr {
			return nil, fmt.Errorf("pieces overlap in the map: %+v %+v", list[i-1], list[i])
		}
	}
	return list, nil
}

func number(text string, base int) uint64 {
	n, err := strconv.ParseUint(text, base, 64)
	if err != nil {
		panic(err) // the callers' expressions match digits only
	}
	return n
}

var symbolLine = regexp.MustCompile(`^ *\d+: ([0-9a-f]+) +(\d+|0x[0-9a-f]+) (FUNC|NOTYPE|IFUNC|OBJECT) +\S+ +\S+ +(?:\[[^\]]*\] +)?(\d+) (\S+)`)

// readSymbols returns the symbols of .symtab in executable sections, by
// address and name. Mapping symbols ($x, $d) mark instruction sets, not code
// of their own, and are left out.
func readSymbols(path string, linked *elf.File) ([]symbol, error) {
	output, err := exec.Command("readelf", "-sW", path).Output()
	if err != nil {
		return nil, fmt.Errorf("readelf -sW: %w", err)
	}
	_, table, found := strings.Cut(string(output), "Symbol table '.symtab'")
	if !found {
		return nil, errors.New("the linked file has no .symtab")
	}
	var list []symbol
	for _, line := range strings.Split(table, "\n") {
		m := symbolLine.FindStringSubmatch(line)
		if m == nil || strings.HasPrefix(m[5], "$") {
			continue
		}
		index := number(m[4], 10)
		if index >= uint64(len(linked.Sections)) || linked.Sections[index].Flags&elf.SHF_EXECINSTR == 0 {
			continue
		}
		size, err := strconv.ParseUint(m[2], 0, 64)
		if err != nil {
			return nil, err
		}
		list = append(list, symbol{number(m[1], 16), size, m[5]})
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].addr != list[j].addr {
			return list[i].addr < list[j].addr
		}
		return list[i].name < list[j].name
	})
	return list, nil
}

var startFile = regexp.MustCompile(`^(S?crt1|crti|crtn|crtbegin[ST]?|crtend[S]?)\.o$`)

// nativeOwner names who wrote what an object file of C or assembly holds: our
// source file, "crt" for start-up code, a library, or the linker.
func nativeOwner(file string) string {
	base := filepath.Base(file)
	switch {
	case file == "":
		return "linker"
	case startFile.MatchString(base):
		return "crt"
	case strings.HasPrefix(base, "libgcc.a("), strings.HasPrefix(base, "libgcc_eh.a("):
		return "libgcc"
	case strings.HasPrefix(base, "libc.a("), strings.HasPrefix(base, "libc_nonshared.a("):
		return "libc"
	case strings.HasSuffix(base, ".c.o"), strings.HasSuffix(base, ".S.o"):
		return strings.TrimSuffix(base, ".o")
	}
	return unknown
}

// definers says which of several object files, or members of archives, define
// a name. readelf sees what is in a Rust library; nm would hand its members to
// a plug-in for bitcode.
func definers(pattern string) (map[string][]string, error) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	if len(files) < 2 {
		return nil, fmt.Errorf("%s: %d files, and readelf names its file only among several", pattern, len(files))
	}
	// readelf complains about a library's metadata, which is no object file,
	// and goes on.
	output, _ := exec.Command("readelf", append([]string{"-sW"}, files...)...).Output()
	list := map[string][]string{}
	file := ""
	for _, line := range strings.Split(string(output), "\n") {
		if name, found := strings.CutPrefix(line, "File: "); found {
			file = name
		} else if m := symbolLine.FindStringSubmatch(line); m != nil {
			list[m[5]] = append(list[m[5]], file)
		}
	}
	return list, nil
}
