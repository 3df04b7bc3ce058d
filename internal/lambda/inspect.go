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

// object is the facts of one ELF file of the package.
type object struct {
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
	objects map[int]*object
	script  []byte            // the first bytes of a bootstrap that is no ELF file
	folders map[string]string // those that were asked for, without links; "" if there is none
}

// inspect reads the ELF files of the package, which is unpacked to root, and what
// bootstrap is.
func inspect(ctx context.Context, p *bundle.Package, root string) (*contents, error) {
	c := &contents{p: p, root: root, at: make(map[string]int), filled: make(map[string]bool), objects: make(map[int]*object), folders: make(map[string]string)}
	for i := range p.Entries {
		if e := &p.Entries[i]; !e.Replaced {
			c.at[e.Path] = i
			c.filled[path.Dir(e.Path)] = true
		}
	}
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
			c.objects[i] = &object{problem: err.Error()}
		case p.Entries[i].ELF:
			c.objects[i] = objectOf(r)
		default:
			c.script = make([]byte, min(r.Size(), shebangSize))
			_, err := io.ReadFull(r, c.script)
			return err
		}
		return nil
	})
	return c, err
}

func objectOf(r *io.SectionReader) *object {
	b, err := elfscan.New(r, r.Size())
	if err != nil {
		return &object{problem: err.Error(), refused: true}
	}
	o := &object{arch: b.Arch, shared: b.Type == elfscan.Shared, upx: b.UPX, level: dynlink.ISALevel(b)}
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
