package lambda

import (
	"cmp"
	"context"
	"debug/elf"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/buildrecord"
	"github.com/sizegate/sizegate/internal/elfscan/dynlink"
)

// Object is what an ELF file of a package or an image shows of how it is started.
type Object struct {
	problem string       // why facts are missing: one line
	refused bool         // the kernel does not start it either, and there are no facts at all
	arch    elfscan.Arch // "" if there are no facts
	shared  bool         // a library
	upx     bool
	linkage dynlink.Linkage
	level   int    // of x86-64 that it needs
	debug   uint64 // bytes of debug information
	symbols uint64 // bytes of what else strip removes: the symbol table and its strings
	golang  bool   // looked at only where there is something to strip
	rust    bool   // looked at only where there is debug information
}

// contents is what the package has to say: its entries by path and its ELF
// files.
type contents struct {
	p       *bundle.Package
	root    string          // where it is unpacked to
	at      map[string]int  // the entry that remains at each path
	filled  map[string]bool // the folders that have entries
	objects map[int]*Object
	script  []byte            // the first bytes of a bootstrap that is no ELF file
	folders map[string]string // those that were asked for, without links; "" if there is none
}

// newContents indexes the entries of what is unpacked to root. ELF files are read by
// others.
func newContents(p *bundle.Package, root string) *contents {
	c := &contents{p: p, root: root, at: make(map[string]int), filled: make(map[string]bool), objects: make(map[int]*Object), folders: make(map[string]string)}
	for i := range p.Entries {
		if e := &p.Entries[i]; !e.Replaced {
			c.at[e.Path] = i
			c.filled[path.Dir(e.Path)] = true
		}
	}
	return c
}

// inspect reads the ELF files of the package, which is unpacked to root, and what
// bootstrap is.
func inspect(ctx context.Context, p *bundle.Package, root string) (*contents, error) {
	c := newContents(p, root)
	start, found := c.resolve(bootstrapName)
	var wanted []int
	for i := range p.Entries {
		if e := &p.Entries[i]; e.Type == bundle.File && !e.Replaced && (e.ELF || found && i == start) {
			wanted = append(wanted, i)
		}
	}
	err := p.Visit(ctx, wanted, func(i int, r *io.SectionReader, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case err != nil:
			c.objects[i] = Unread(err)
		case p.Entries[i].ELF:
			c.objects[i] = ReadObject(r)
		default:
			var err error
			c.script, err = ScriptStart(r)
			return err
		}
		return nil
	})
	return c, err
}

// Size is about how many bytes of memory the names take that the object keeps.
func (o *Object) Size() int {
	size := len(o.problem) + len(o.linkage.Interpreter)
	for _, list := range [][]string{o.linkage.Needed, o.linkage.RPath, o.linkage.RunPath, o.linkage.Defined} {
		for _, name := range list {
			size += len(name) + 16
		}
	}
	for _, v := range o.linkage.Versions {
		size += len(v.Library) + len(v.Name) + 40
	}
	return size
}

// Unread is an ELF file whose contents cannot be read.
func Unread(problem error) *Object { return &Object{problem: problem.Error()} }

// ReadObject reads the headers of an ELF file. What is wrong with them is a fact too.
func ReadObject(r *io.SectionReader) *Object {
	b, err := elfscan.New(r, r.Size())
	if err != nil {
		return &Object{problem: err.Error(), refused: true}
	}
	o := &Object{arch: b.Arch, shared: b.Type == elfscan.Shared, upx: b.UPX, level: dynlink.ISALevel(b)}
	if linkage, err := dynlink.Read(b); err != nil {
		o.problem = err.Error()
	} else {
		o.linkage = *linkage
	}
	for i := range b.Sections {
		switch s := &b.Sections[i]; {
		case s.Alloc(), strings.HasPrefix(s.Base, ".gnu_debuglink"), strings.HasPrefix(s.Base, ".gnu_debugaltlink"): // names of files
		case s.Kind == elfscan.Debug:
			o.debug += s.FileSize
		case s.Type == elf.SHT_SYMTAB || s.Base == ".strtab":
			o.symbols += s.FileSize
		}
	}
	if o.debug+o.symbols > 0 {
		info, err := buildrecord.Go(b)
		if err != nil {
			o.problem = cmp.Or(o.problem, err.Error())
		}
		o.golang = info != nil
	}
	if o.debug > 0 {
		comments, err := buildrecord.Comments(b)
		if err != nil {
			o.problem = cmp.Or(o.problem, err.Error())
		}
		o.rust = slices.ContainsFunc(comments, func(s string) bool { return strings.HasPrefix(s, "rustc version ") })
	}
	return o
}
