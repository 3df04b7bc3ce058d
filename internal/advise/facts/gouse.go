package facts

import (
	"debug/buildinfo"
	"debug/elf"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/attrib/goruntime"
	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/xref"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// GoUse is who uses a Go package.
type GoUse struct {
	// Own says that code or a type of the main module refers to the package or to one
	// below it: it calls or has inlined a function, has the address of one or of a type,
	// or a type is made of its types. The address of a variable counts where the package's
	// own code refers to it too: else it cannot be told from another's.
	Own bool
	// Calls counts the direct calls of the package's functions by owner, a position in
	// Profile.Owners. It is not filled in where Own is true.
	Calls map[int]uint64
}

// GoUse says who uses the package with an import path. It is nil where the file does
// not tell: there is no such package, or not all that it takes to find uses. A method
// that is called through an interface, and a function that is called through a value,
// are found only by what else the caller refers to.
func (in *File) GoUse(path string, info *buildinfo.BuildInfo) (*GoUse, error) {
	t, _, err := goruntime.Find(in.Binary, in.Symbols.Full)
	if err != nil || t == nil || t.Layout().Mixed {
		return nil, err
	}
	s := &goUse{File: in, path: path, table: t, starts: make(map[uint64]bool)}
	s.findFunctions()
	if len(s.starts) == 0 {
		return nil, nil
	}
	known, err := s.lookInto(info)
	if err != nil || !known {
		return nil, err
	}
	return &s.GoUse, nil
}

// goUse is the work in progress.
type goUse struct {
	*File
	GoUse
	path   string
	table  *goruntime.Table
	code   []int           // Go's functions in Profile.Functions, by address
	starts map[uint64]bool // of functions of the package (true) and of those below it
}

// below says whether the import path is that of the package or of one below it.
func (s *goUse) below(path string) bool {
	rest, ok := strings.CutPrefix(path, s.path)
	return ok && (rest == "" || rest[0] == '/')
}

func (s *goUse) findFunctions() {
	for i := range s.Profile.Functions {
		f := &s.Profile.Functions[i]
		o := &s.Profile.Owners[f.Owner]
		if f.Section != s.table.Section || o.Kind != attrib.Package {
			continue
		}
		s.code = append(s.code, i)
		if s.below(o.Name) {
			s.starts[f.Address] = o.Name == s.path
		}
	}
}

// lookInto fills in the uses, what takes the least time first. It is false where they
// cannot be found.
func (s *goUse) lookInto(info *buildinfo.BuildInfo) (known bool, err error) {
	err = s.walk(own, xref.Range{}, func(_ int, flow *xref.Flow) bool {
		s.Own = slices.ContainsFunc(flow.Calls, func(target uint64) bool { _, ok := s.starts[target]; return ok })
		return !s.Own
	})
	if s.Own || err != nil {
		return true, err
	}
	if s.Own, known, err = s.inlined(); s.Own || !known || err != nil {
		return known, err
	}
	if s.Own, known, err = s.refersToData(info); s.Own || !known || err != nil {
		return known, err
	}
	s.Calls = make(map[int]uint64)
	others := func(o *attrib.Owner) bool { return o.Name != s.path && !strings.HasPrefix(o.Name, s.path+"/internal/") }
	return true, s.walk(others, xref.Range{}, func(owner int, flow *xref.Flow) bool {
		for _, target := range flow.Calls {
			if s.starts[target] {
				s.Calls[owner]++
			}
		}
		return true
	})
}

func own(o *attrib.Owner) bool { return o.Origin == attrib.Own }

// walk decodes the functions of some owners. It ends where each, which is told what a
// function leads to, returns false.
func (s *goUse) walk(of func(*attrib.Owner) bool, data xref.Range, each func(owner int, flow *xref.Flow) bool) error {
	const longest = 16 << 20 // no compiler makes a function of that many bytes
	var flow xref.Flow
	section := &s.Binary.Sections[s.table.Section]
	text := s.Binary.Window(section, 0)
	for _, i := range s.code {
		f := &s.Profile.Functions[i]
		if !of(&s.Profile.Owners[f.Owner]) {
			continue
		}
		code, err := text.At(f.Address-section.Addr, int(min(f.Size, longest)))
		if err != nil {
			return err
		}
		flow.Calls, flow.Data = flow.Calls[:0], flow.Data[:0]
		if s.Binary.Arch == elfscan.ARM64 {
			flow.ARM64(code, f.Address, data)
		} else {
			flow.AMD64(code, f.Address, data, false) // Go's compiler writes no absolute addresses
		}
		if !each(f.Owner, &flow) {
			return nil
		}
	}
	return nil
}

// inlined says whether a function of the package was inlined into the main module's.
func (s *goUse) inlined() (found, known bool, err error) {
	from := uint64(0)
	if s.table.Relative() {
		if from, _, err = s.table.FuncData(); from == 0 || err != nil {
			return false, false, err
		}
	}
	starts := make(map[uint64]bool) // of the main module's functions
	for _, i := range s.code {
		if f := &s.Profile.Functions[i]; own(&s.Profile.Owners[f.Owner]) {
			starts[f.Address] = true
		}
	}
	memory := goruntime.NewMemory(s.Binary)
	names := make(map[uint32]bool) // by offset: it is the package's
	for i := range s.table.Len() {
		f, err := s.table.Func(i)
		if err != nil {
			return false, false, s.table.Err()
		}
		if !starts[s.table.TextAt+f.Entry] {
			continue
		}
		rec, ok := s.table.Record(i)
		if !ok {
			continue
		}
		at, ok := rec.InlineTree()
		if !ok {
			continue
		}
		for part := range s.table.Inlined(i, &rec, memory.From(from+at)) {
			its, seen := names[part.Name]
			if !seen {
				if name, ok := s.table.InlinedName(part.Name); ok {
					pkg, ok := gosym.Package(name)
					its = ok && s.below(gosym.Unescape(pkg))
				}
				names[part.Name] = its
			}
			if its {
				return true, true, nil
			}
		}
	}
	return false, true, memory.Err
}

// refersToData says whether code of the main module has the address of a function value,
// a type or a variable of the package, or a type of the module is made of its types.
func (s *goUse) refersToData(info *buildinfo.BuildInfo) (found, known bool, err error) {
	module, ok, err := s.table.Module()
	if err != nil || !ok {
		return false, false, err
	}
	memory := goruntime.NewMemory(s.Binary)
	modules := ownership.NewGoModules(info)
	mentions := module.FindMentions(memory, &modules, s.below)
	if memory.Err != nil {
		return false, false, memory.Err
	}
	for _, path := range mentions.Declaring {
		if _, _, origin := modules.Of(path); origin == ownership.Own {
			return true, true, nil
		}
	}
	marked := make(map[uint64]bool)
	for _, addr := range mentions.Types {
		marked[addr] = true
	}
	all := xref.Range{Lo: ^uint64(0)}
	for i := range s.Binary.Sections {
		d := &s.Binary.Sections[i]
		if !d.Alloc() || d.Kind == elfscan.Code || d.Size == 0 || d.Shared() {
			continue
		}
		all.Lo, all.Hi = min(all.Lo, d.Addr), max(all.Hi, d.Addr+d.Size)
		if d.FileSize == 0 || d.Base == ".gopclntab" || d.Base == ".data.rel.ro.gopclntab" {
			continue
		}
		if err := s.markFunctionValues(d, marked); err != nil {
			return false, false, err
		}
	}
	for r, err := range s.Binary.Relative() {
		if err != nil {
			return false, false, err
		}
		if _, ok := s.starts[r.Addend]; ok {
			marked[r.Place] = true
		}
	}
	if err := s.markVariables(all, marked); err != nil {
		return false, false, err
	}
	if err := s.markSymbols(marked); err != nil {
		return false, false, err
	}
	err = s.walk(own, all, func(_ int, flow *xref.Flow) bool {
		found = slices.ContainsFunc(flow.Data, func(target uint64) bool { return marked[target] })
		return !found
	})
	return found, true, err
}

// markFunctionValues marks the words of a section that have the address of a function of
// the package: function values, and tables of methods.
func (s *goUse) markFunctionValues(d *elfscan.Section, marked map[uint64]bool) error {
	const word, ahead = 8, 256 << 10
	r := s.Binary.SectionReader(d)
	buf := make([]byte, ahead)
	for at := -d.Addr & (word - 1); at+word <= d.FileSize; at += ahead {
		data := buf[:min(ahead, d.FileSize-at)]
		if _, err := r.ReadAt(data, int64(at)); err != nil {
			return elfscan.ReadError(err)
		}
		for i := 0; i+word <= len(data); i += word {
			if _, ok := s.starts[binary.LittleEndian.Uint64(data[i:])]; ok {
				marked[d.Addr+at+uint64(i)] = true
			}
		}
	}
	return nil
}

// markVariables marks the variables that the package's code refers to, and nothing else of
// the standard library: others refer to the variables of the packages that it uses.
func (s *goUse) markVariables(all xref.Range, marked map[uint64]bool) error {
	writable := func(addr uint64) bool {
		i := s.Binary.SectionAt(addr)
		return i >= 0 && (s.Binary.Sections[i].Kind == elfscan.Data || s.Binary.Sections[i].Kind == elfscan.BSS)
	}
	variables := make(map[uint64]bool)
	standard := func(its bool) func(o *attrib.Owner) bool {
		return func(o *attrib.Owner) bool { return o.Origin == attrib.Standard && s.below(o.Name) == its }
	}
	err := s.walk(standard(true), all, func(_ int, flow *xref.Flow) bool {
		for _, target := range flow.Data {
			if writable(target) {
				variables[target] = true
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	err = s.walk(standard(false), all, func(_ int, flow *xref.Flow) bool {
		for _, target := range flow.Data {
			delete(variables, target)
		}
		return true
	})
	maps.Copy(marked, variables)
	return err
}

// markSymbols marks the variables that symbols say to be the package's.
func (s *goUse) markSymbols(marked map[uint64]bool) error {
	table, _, err := s.Binary.Symbols()
	if err != nil || !table.Full() {
		return err
	}
	for sym := range table.All() {
		if sym.Type != elf.STT_OBJECT || sym.Section < 0 {
			continue
		}
		if name := table.Name(&sym); strings.HasPrefix(name, s.path) {
			if pkg, ok := gosym.Package(name); ok && s.below(gosym.Unescape(pkg)) {
				marked[sym.Value] = true
			}
		}
	}
	return nil
}
