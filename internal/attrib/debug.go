package attrib

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/ehframe"
	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/attrib/native"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// debugWork is debug information that is divided, beside what else is done: to
// read it takes a third of the time for a Go program, and needs nothing of the rest.
type debugWork struct {
	positions map[string]int // of the sections asked for
	entries   *goEntries
	division  *native.Division // nil if there are no units
	warnings  []string
	err       error
	done      chan struct{}
}

// startDebug begins to divide debug information, if that is asked for.
func (a *attribution) startDebug() *debugWork {
	sections := make(map[string]native.DebugSection)
	w := &debugWork{positions: make(map[string]int), entries: &goEntries{index: make(map[goEntry]int), paths: make(map[string]goPath)}, done: make(chan struct{})}
	for i := range a.Binary.Sections {
		s := &a.Binary.Sections[i]
		if s.Kind != elfscan.Debug || s.Size == 0 {
			continue
		}
		name := debugName(s)
		if _, ok := sections[name]; ok {
			continue // a second one of a name is not what offsets refer to
		}
		section, ok := a.debugSection(s)
		if !ok {
			continue
		}
		sections[name] = section
		if a.Wanted(i) {
			w.positions[name] = i
		}
	}
	if _, ok := sections[".debug_info"]; !ok || len(w.positions) == 0 {
		close(w.done)
		return w
	}
	asked := func(name string) bool { _, ok := w.positions[name]; return ok && name != ".debug_frame" }
	go func() {
		defer close(w.done)
		w.division, w.warnings, w.err = native.Divide(sections, asked, w.entries.key)
	}()
	return w
}

// addDebug charges debug information to the owners of its compile units. Where
// in a section an owner's bytes lie makes no difference to anybody: each owner is
// one claim, as long as all its bytes. A compressed section is divided in the
// proportions of its plain content.
func (a *attribution) addDebug() error {
	w := a.debug
	<-w.done
	a.chargeWholeDebug(w.positions)
	for _, text := range w.warnings {
		if !slices.Contains(a.Warnings, text) { // of units that have been read before
			a.Warnings = append(a.Warnings, text)
		}
	}
	if w.err != nil {
		a.Warnf("debug information is not divided: %v", w.err)
		return nil
	}
	if w.division == nil {
		return nil
	}
	units := a.unitOwners(w.division.Units)
	named := w.entries.owners(w.division.Units, units)
	for i := range a.Binary.Sections { // in this order, so that runs do not differ
		name := debugName(&a.Binary.Sections[i])
		at, ok := w.positions[name]
		if parts := w.division.Sections[name]; ok && at == i && parts != nil {
			a.chargeParts(i, parts, units, named)
		}
	}
	return nil
}

// debugName is the section's name without the z of the old compressed ones.
func debugName(s *elfscan.Section) string {
	if rest, ok := strings.CutPrefix(s.Base, ".zdebug"); ok {
		return ".debug" + rest
	}
	return s.Base
}

// chargeParts charges a section as it was divided, given the owners of units and
// of named entries.
func (a *attribution) chargeParts(section int, parts *native.Parts, units, named []int32) {
	weights := make([]uint64, len(a.Owners.Keys)+1) // the last is of nobody
	nobody := len(weights) - 1
	add := func(owner int32, w uint64) {
		if owner == ownership.Nobody {
			owner = int32(nobody)
		}
		weights[owner] += w
	}
	for unit, w := range parts.Weights {
		add(units[unit], w)
	}
	for key, w := range parts.Named {
		add(named[key], w)
	}
	a.chargeWeights(section, parts.Size, parts.Charged, weights)
}

// chargeWeights divides a section, of whose plain bytes so many have owners, in
// the proportions of weights, of which that behind the last owner is of nobody.
func (a *attribution) chargeWeights(section int, plain, known uint64, weights []uint64) {
	s := &a.Binary.Sections[section]
	charged := span.Shares(s.Size, []uint64{known, plain - known})[0]
	pos := s.Addr
	for owner, size := range span.Shares(charged, weights) {
		if size > 0 && owner < len(a.Owners.Keys) {
			a.Charge(section, span.Range{Lo: pos, Hi: pos + size}, account.RankTable, int32(owner))
			pos += size
		}
	}
}

// addPackedFrames charges a compressed .debug_frame in the proportions of its
// entries: each to the owner of its function, what they have in common to nobody.
func (a *attribution) addPackedFrames(section int, find *account.Finder) error {
	r, err := a.Binary.Open(&a.Binary.Sections[section])
	if err != nil {
		a.Warnf("%v", err)
		return nil
	}
	// The header can claim any size: memory grows with what is inflated.
	s := &a.Binary.Sections[section]
	buf := bytes.NewBuffer(make([]byte, 0, min(uint64(r.Size()), 16*s.FileSize)+bytes.MinRead))
	switch _, err := buf.ReadFrom(r); {
	case err != nil:
		a.Warnf("%v", err)
		return nil
	case int64(buf.Len()) < r.Size():
		a.Warnf("section %s cannot be inflated: it ends after %d of %d bytes", s.Name, buf.Len(), r.Size())
		return nil
	}
	data := buf.Bytes()
	weights := make([]uint64, len(a.Owners.Keys)+1)
	known := uint64(0)
	for e := range ehframe.Entries(data, 0, ehframe.Debug) {
		if e.Kind != ehframe.FDE || !e.Known {
			continue
		}
		owners := find.At(e.PC)
		for i, owner := range owners {
			share := span.Share(e.Hi-e.Lo, i, len(owners))
			weights[owner] += share
			known += share
		}
	}
	plain := uint64(len(data))
	a.chargeWeights(section, plain, min(known, plain), weights)
	return nil
}

// unitOwners returns the owner of each unit, noOwner if it is not known. A type
// unit has no name: it is of the compile unit whose line table it uses.
func (a *attribution) unitOwners(units []native.DebugUnit) []int32 {
	owners := make([]int32, len(units))
	byLines := make(map[uint64]int32)
	for i := range units {
		u := &units[i]
		owners[i] = ownership.Nobody
		if !u.Compile {
			continue
		}
		owners[i] = a.unitOwner(u)
		if u.Lines != native.NoLines {
			byLines[u.Lines] = owners[i]
		}
	}
	for i := range units {
		if u := &units[i]; !u.Compile && u.Lines != native.NoLines {
			if owner, ok := byLines[u.Lines]; ok {
				owners[i] = owner
			}
		}
	}
	return owners
}

func (a *attribution) unitOwner(u *native.DebugUnit) int32 {
	origin, ok := native.FromUnit(u.Name, u.CompDir, u.Producer)
	switch {
	case ok && isGoUnit(u):
		return a.Owners.GoPackage(origin.Name, ownership.Exact)
	case ok && origin.Kind == native.KindCrate:
		a.Crates.AddUnit(&origin)
		return a.Owners.OfOrigin(&origin, ownership.Exact)
	case ok:
		if owner := a.Owners.OfOrigin(&origin, ownership.Exact); owner != ownership.Nobody {
			return owner
		}
	}
	return a.Owners.UnknownNative()
}

// goEntries are the top-level entries of Go's units by the package in their name:
// the linker puts the types of all packages into one unit, and what was inlined
// into the first unit that needs it. What names no package that has a unit counts
// for the unit that it is in, whatever other sections are asked for.
type goEntries struct {
	keys  []goEntry
	index map[goEntry]int
	paths map[string]goPath
}

// goPath is a package and its key in the unit that was the last to have it.
type goPath struct {
	path string
	unit int
	key  int
}

type goEntry struct {
	path string
	// Names of types and variables are not escaped: gopkg.in/yaml.v3.Node can be
	// of gopkg.in/yaml or of this, "" if it cannot be of a longer path.
	longer string
	unit   int
}

// Tags of DWARF entries.
const (
	tagConstant   = 0x27
	tagSubprogram = 0x2e
	tagVariable   = 0x34
)

// key is a native.NameEntry.
func (g *goEntries) key(unit int, tag uint64, name []byte) int {
	prefix := plainPath(tag, name)
	if known, ok := g.paths[string(prefix)]; ok {
		if known.unit != unit {
			known.unit, known.key = unit, g.add(goEntry{path: known.path, unit: unit})
			g.paths[known.path] = known
		}
		return known.key
	}
	text := string(name)
	e := goEntry{unit: unit}
	ok := false
	switch tag {
	case tagSubprogram:
		e.path, ok = gosym.Package(text)
	case tagConstant, tagVariable:
		e.path, ok = gosym.Package(text)
		e.longer = longerPath(text, e.path)
	default:
		e.path, ok = gosym.Package("type:" + text)
		e.longer = longerPath(text, e.path)
	}
	if !ok {
		return noKey
	}
	i := g.add(e)
	if e.path == string(prefix) {
		g.paths[e.path] = goPath{e.path, unit, i}
	}
	return i
}

const noKey = -1

func (g *goEntries) add(e goEntry) int {
	i, ok := g.index[e]
	if !ok {
		i = len(g.keys)
		g.index[e] = i
		g.keys = append(g.keys, e)
	}
	return i
}

// plainPath returns what is before the first dot behind the last slash of a name,
// nil where that need not be the package. Where it is the package of one such name
// it is that of all: to look it up takes less time than to read the name, of which no
// copy is needed then.
func plainPath(tag uint64, name []byte) []byte {
	switch tag {
	case tagConstant, tagSubprogram, tagVariable:
	default: // a type
		name = bytes.TrimLeft(name, "*")
	}
	slash := bytes.LastIndexByte(name, '/')
	dot := bytes.IndexByte(name[slash+1:], '.')
	if dot <= 0 {
		return nil
	}
	path, rest := name[:slash+1+dot], name[slash+1+dot+1:]
	if len(rest) == 0 || reservedPath(path, "go") || reservedPath(path, "type") {
		return nil
	}
	if tag != tagSubprogram {
		// A dot can be part of a longer path, a bracket be followed by a type.
		for _, c := range rest {
			if c < 0x80 && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
				return nil
			}
		}
	}
	return path
}

// reservedPath says whether names that begin with the path can be the toolchain's.
func reservedPath(path []byte, prefix string) bool {
	n := len(prefix)
	return len(path) >= n && string(path[:n]) == prefix && (len(path) == n || path[n] == '.' || path[n] == ':')
}

// longerPath returns the path with one more part of its last element, where name
// has a part there that another dot follows.
func longerPath(name, path string) string {
	_, rest, ok := strings.Cut(name, path+".")
	end := strings.IndexAny(rest, "./ *,;()[]{}<>\"")
	if !ok || path == "" || end <= 0 || rest[end] != '.' {
		return ""
	}
	return path + "." + rest[:end]
}

// owners returns the owner of each key's entries.
func (g *goEntries) owners(units []native.DebugUnit, ofUnit []int32) []int32 {
	byName := make(map[string]int32)
	for i := range units {
		if isGoUnit(&units[i]) {
			byName[units[i].Name] = ofUnit[i]
		}
	}
	owners := make([]int32, len(g.keys))
	for i, e := range g.keys {
		owner, ok := byName[e.longer]
		if !ok {
			owner, ok = byName[gosym.Unescape(e.path)]
		}
		if !ok {
			owner = ofUnit[e.unit]
		}
		owners[i] = owner
	}
	return owners
}

// isGoUnit says whether Go's toolchain wrote the unit, which then has the import
// path as its name.
func isGoUnit(u *native.DebugUnit) bool {
	return u.Name != "" && strings.HasPrefix(u.Producer, "Go cmd/")
}

// chargeWholeDebug charges the sections that have one owner.
func (a *attribution) chargeWholeDebug(positions map[string]int) {
	whole := func(name string, owner int32) {
		if i, ok := positions[name]; ok {
			s := &a.Binary.Sections[i]
			a.Charge(i, span.Range{Lo: s.Addr, Hi: s.Addr + s.Size}, account.RankSection, owner)
		}
	}
	whole(".gdb_index", a.Owners.Linker())
	if a.golang.Table != nil { // the path of the runtime's script
		whole(".debug_gdb_scripts", a.Owners.GoPackage("runtime", ownership.Exact))
	}
}

// debugSection returns the plain content of a section. Nothing of it is read
// before it is needed.
func (a *attribution) debugSection(s *elfscan.Section) (native.DebugSection, bool) {
	old := strings.HasPrefix(s.Base, ".zdebug")
	if s.Flags&elf.SHF_COMPRESSED == 0 && !old {
		return native.DebugSection{Section: a.Binary.SectionReader(s)}, true
	}
	var h [24]byte
	n, _ := a.Binary.SectionReader(s).ReadAt(h[:], 0)
	size := int64(0)
	switch {
	case old && n >= 12 && string(h[:4]) == "ZLIB":
		size = int64(binary.BigEndian.Uint64(h[4:]))
	case !old && n == len(h):
		size = int64(binary.LittleEndian.Uint64(h[8:]))
	}
	if size <= 0 {
		return native.DebugSection{}, false
	}
	return native.DebugSection{Section: &inflated{binary: a.Binary, section: s, size: size}, Compressed: true}, true
}

// inflated is the plain content of a compressed section, which is opened when it
// is first read.
type inflated struct {
	binary  *elfscan.Binary
	section *elfscan.Section
	size    int64
	r       *io.SectionReader
}

func (f *inflated) Size() int64 { return f.size }

func (f *inflated) ReadAt(p []byte, off int64) (int, error) {
	if f.r == nil {
		r, err := f.binary.Open(f.section)
		if err != nil {
			return 0, err
		}
		if r.Size() != f.size {
			return 0, fmt.Errorf("section %s inflates to %d bytes and not to %d", f.section.Name, r.Size(), f.size)
		}
		f.r = r
	}
	return f.r.ReadAt(p, off)
}
