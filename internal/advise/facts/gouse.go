package facts

import (
	"debug/buildinfo"
	"debug/elf"
	"encoding/binary"
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
	s := &goUse{File: in, path: path, table: t, starts: make(map[uint64]bool), code: make(map[int][]int)}
	s.findFunctions()
	if len(s.starts) == 0 {
		return nil, nil
	}
	if s.text, err = in.Binary.Bytes(&in.Binary.Sections[t.Section]); err != nil {
		return nil, err
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
	text   []byte          // the section with Go's code
	starts map[uint64]bool // of functions of the package (true) and of those below it
	code   map[int][]int   // positions in Profile.Functions by owner
	flow   xref.Flow
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
		s.code[f.Owner] = append(s.code[f.Owner], i)
		if s.below(o.Name) {
			s.starts[f.Address] = o.Name == s.path
		}
	}
}

// lookInto fills in the uses, what takes the least time first. It is false where they
// cannot be found.
func (s *goUse) lookInto(info *buildinfo.BuildInfo) (known bool, err error) {
	if s.Own = s.ownCalls(); s.Own {
		return true, nil
	}
	if s.Own, known, err = s.inlined(); s.Own || !known || err != nil {
		return known, err
	}
	if s.Own, known, err = s.refersToData(info); s.Own || !known || err != nil {
		return known, err
	}
	s.countCalls()
	return true, nil
}

// ownCalls says whether the main module's code calls the package.
func (s *goUse) ownCalls() bool {
	for owner := range s.code {
		if s.Profile.Owners[owner].Origin != attrib.Own {
			continue
		}
		s.walk(owner, xref.Range{})
		for _, target := range s.flow.Calls {
			if _, ok := s.starts[target]; ok {
				return true
			}
		}
	}
	return false
}

// countCalls counts who calls the package itself, but for its own parts.
func (s *goUse) countCalls() {
	s.Calls = make(map[int]uint64)
	for owner := range s.code {
		if name := s.Profile.Owners[owner].Name; name == s.path || strings.HasPrefix(name, s.path+"/internal/") {
			continue
		}
		s.walk(owner, xref.Range{})
		for _, target := range s.flow.Calls {
			if s.starts[target] {
				s.Calls[owner]++
			}
		}
	}
}

// walk decodes the code of an owner, for flow to have what that leads to.
func (s *goUse) walk(owner int, data xref.Range) {
	s.flow.Calls, s.flow.Data = s.flow.Calls[:0], s.flow.Data[:0]
	at := s.Binary.Sections[s.table.Section].Addr
	for _, i := range s.code[owner] {
		f := &s.Profile.Functions[i]
		lo := f.Address - at
		if lo > uint64(len(s.text)) || f.Size > uint64(len(s.text))-lo {
			continue
		}
		code := s.text[lo : lo+f.Size]
		if s.Binary.Arch == elfscan.ARM64 {
			s.flow.ARM64(code, f.Address, data)
		} else {
			s.flow.AMD64(code, f.Address, data, false) // Go's compiler writes no absolute addresses
		}
	}
}

// inlined says whether a function of the package was inlined into the main module's.
func (s *goUse) inlined() (found, known bool, err error) {
	from := uint64(0)
	if s.table.Relative() {
		if from, _, err = s.table.FuncData(); from == 0 || err != nil {
			return false, false, err
		}
	}
	own := make(map[uint64]bool) // addresses of functions
	for owner, functions := range s.code {
		if s.Profile.Owners[owner].Origin == attrib.Own {
			for _, i := range functions {
				own[s.Profile.Functions[i].Address] = true
			}
		}
	}
	memory := goruntime.NewMemory(s.Binary)
	names := make(map[uint32]bool) // by offset: it is the package's
	for i := range s.table.Len() {
		f, err := s.table.Func(i)
		if err != nil {
			return false, false, s.table.Err()
		}
		if !own[s.table.TextAt+f.Entry] {
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
		data, err := s.Binary.Bytes(d)
		if err != nil {
			return false, false, err
		}
		if err := s.Binary.Relocate(data, d.Addr); err != nil {
			return false, false, err
		}
		for at := int(-d.Addr & 7); at+8 <= len(data); at += 8 {
			if _, ok := s.starts[binary.LittleEndian.Uint64(data[at:])]; ok {
				marked[d.Addr+uint64(at)] = true // a function value, or a table of methods
			}
		}
	}
	s.markVariables(all, marked)
	if err := s.markSymbols(marked); err != nil {
		return false, false, err
	}
	for owner := range s.code {
		if s.Profile.Owners[owner].Origin != attrib.Own {
			continue
		}
		s.walk(owner, all)
		for _, target := range s.flow.Data {
			if marked[target] {
				return true, true, nil
			}
		}
	}
	return false, true, nil
}

// markVariables marks the variables that the package's code refers to, and nothing else of
// the standard library: others refer to the variables of the packages that it uses.
func (s *goUse) markVariables(all xref.Range, marked map[uint64]bool) {
	writable := func(addr uint64) bool {
		i := s.Binary.SectionAt(addr)
		return i >= 0 && (s.Binary.Sections[i].Kind == elfscan.Data || s.Binary.Sections[i].Kind == elfscan.BSS)
	}
	variables := make(map[uint64]bool)
	for _, its := range []bool{true, false} {
		for owner := range s.code {
			o := &s.Profile.Owners[owner]
			if o.Origin != attrib.Standard || s.below(o.Name) != its {
				continue
			}
			s.walk(owner, all)
			for _, target := range s.flow.Data {
				if !its {
					delete(variables, target)
				} else if writable(target) {
					variables[target] = true
				}
			}
		}
	}
	for addr := range variables {
		marked[addr] = true
	}
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
