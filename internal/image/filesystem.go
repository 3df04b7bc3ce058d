package image

import (
	"cmp"
	"io/fs"
	"slices"

	"github.com/sizegate/sizegate/internal/image/unpack"
	"github.com/sizegate/sizegate/internal/tarfile"
	"github.com/sizegate/sizegate/internal/warnlist"
)

// filesystem puts layers on each other.
type filesystem struct {
	paths  *paths
	here   *present
	nodes  []node // by the number of the path
	inodes []inode

	layers   []*unpack.Layer // as they were applied, nil where one is missing
	changes  []Layer         // what each does
	warnings warnlist.List
}

// node is what is at a path.
type node struct {
	layer int32
	entry int32 // in its layer, none for a directory without one
	inode int32 // of a regular file or its other names, else none
	typ   unpack.Type
}

// inode is a regular file, whatever its names are.
type inode struct {
	path  int32 // where it was made
	layer int32
	entry int32
	names int32
}

func newFilesystem(p *paths) *filesystem {
	f := &filesystem{paths: p, here: newPresent(p), nodes: make([]node, 0, cap(p.nodes)), inodes: make([]inode, 0, cap(p.nodes))}
	f.set(root, node{typ: unpack.Directory, layer: 0, entry: none, inode: none})
	return f
}

func (f *filesystem) set(n int32, at node) {
	f.here.add(n)
	for len(f.nodes) < len(f.paths.nodes) {
		f.nodes = append(f.nodes, node{entry: none, inode: none})
	}
	f.nodes[n] = at
}

// drop takes one name away from the file at n, and counts it in c if that was
// the last.
func (f *filesystem) drop(n int32, c *Change) {
	at := f.nodes[n].inode
	if at == none {
		return
	}
	f.nodes[n].inode = none
	if f.inodes[at].names--; f.inodes[at].names == 0 {
		c.Files++
		c.Bytes += f.entryOf(f.inodes[at]).Size
	}
}

func (f *filesystem) entryOf(i inode) *unpack.Entry { return &f.layers[i.layer].Entries[i.entry] }

// apply puts the next layer on top.
func (f *filesystem) apply(u *unpack.Layer) {
	index := int32(len(f.layers))
	f.layers = append(f.layers, u)
	f.changes = append(f.changes, Layer{})
	if u == nil {
		return
	}
	l := &f.changes[index]
	deleted := func(n int32) { f.drop(n, &l.Deleted) }
	// What a marker deletes is only of the layers below, wherever in the tar it is.
	for i := range u.Entries {
		e := &u.Entries[i]
		if e.Kind != unpack.Deletes && e.Kind != unpack.Empties {
			continue
		}
		n, ok := f.paths.find(e.Path)
		switch {
		case !ok:
		case e.Kind == unpack.Deletes:
			f.here.remove(n, deleted)
		default:
			f.here.empty(n, deleted)
		}
	}
	for i := range u.Entries {
		if e := &u.Entries[i]; e.Kind == unpack.Adds {
			f.put(l, index, int32(i), e)
		}
	}
}

// put adds one entry.
func (f *filesystem) put(l *Layer, layer, position int32, e *unpack.Entry) {
	n := f.paths.add(e.Path)
	// A hard link keeps its file even where it is put in its place.
	at := node{typ: e.Type, layer: layer, entry: position, inode: none}
	switch e.Type {
	case unpack.Regular:
		l.Files++
		l.Unpacked += e.Size
		at.inode = int32(len(f.inodes))
		f.inodes = append(f.inodes, inode{path: n, layer: layer, entry: position, names: 1})
	case unpack.HardLink:
		target, _ := tarfile.Clean(e.Target)
		t, ok := f.paths.find(target)
		if t == n && f.here.has(n) {
			return
		}
		if !ok || !f.here.has(t) || f.nodes[t].typ == unpack.Directory {
			f.warnings.Add("a hard link to what is not in front of it (build the image again)", e.Path)
		} else if at.inode = f.nodes[t].inode; at.inode != none {
			f.inodes[at.inode].names++
		}
	}
	f.openDirectories(l, layer, n)
	before := f.here.has(n)
	wasFile := before && f.nodes[n].typ != unpack.Directory
	switch {
	case wasFile:
		f.drop(n, &l.Overwritten)
	case before && e.Type != unpack.Directory:
		f.here.empty(n, func(n int32) { f.drop(n, &l.Deleted) })
	}
	if e.Type == unpack.Regular && !wasFile {
		l.Added.Files++
		l.Added.Bytes += e.Size
	}
	f.set(n, at)
}

// openDirectories makes directories of all above a path, in place of what else
// may be there.
func (f *filesystem) openDirectories(l *Layer, layer, n int32) {
	var missing []int32
	for d := f.paths.nodes[n].dir; !f.here.has(d) || f.nodes[d].typ != unpack.Directory; d = f.paths.nodes[d].dir {
		missing = append(missing, d)
	}
	// From the top: what is set is there with all above it.
	for _, d := range slices.Backward(missing) {
		if f.here.has(d) {
			if f.nodes[d].typ == unpack.Symlink {
				f.warnings.Add("a layer has files below this symbolic link, which a directory replaces (write to where the link points)", f.paths.text(d))
			}
			f.drop(d, &l.Overwritten)
		}
		f.set(d, node{typ: unpack.Directory, layer: layer, entry: none, inode: none})
	}
}

// content is where a file's contents are.
type content struct {
	layer, entry int32
}

// files lists what remains, by path. A file with several names is at the path
// where it was made, or at the first one in order, and the others are hard
// links.
func (f *filesystem) files() ([]File, []content) {
	type named struct {
		path string
		n    int32
	}
	all := make([]named, 0, len(f.paths.nodes))
	f.here.below(root, func(n int32) {
		if at := f.nodes[n]; at.entry != none {
			all = append(all, named{f.layers[at.layer].Entries[at.entry].Path, n})
		} else {
			all = append(all, named{f.paths.text(n), n})
		}
	})
	slices.SortFunc(all, func(x, y named) int { return cmp.Compare(x.path, y.path) })
	owner := make(map[int32]int) // of a file with several names, its position
	for i, at := range all {
		in := f.nodes[at.n].inode
		if in == none || f.inodes[in].names == 1 {
			continue
		}
		if _, ok := owner[in]; !ok || f.inodes[in].path == at.n {
			owner[in] = i
		}
	}
	files, contents := make([]File, len(all)), make([]content, len(all))
	for i, at := range all {
		n := f.nodes[at.n]
		file := File{Path: at.path, Type: typeNames[n.typ], Layer: int(n.layer), Mode: 0o755}
		if n.entry != none {
			e := &f.layers[n.layer].Entries[n.entry]
			file.Mode, file.Target = fs.FileMode(e.Mode), e.Target
		}
		if n.inode != none {
			in := f.inodes[n.inode]
			e := f.entryOf(in)
			if first, shared := owner[n.inode]; shared && first != i {
				file.Type, file.Target = HardLink, all[first].path
			} else {
				file.Type, file.Target, file.Layer, file.Size, file.ELF = Regular, "", int(in.layer), e.Size, e.ELF
				contents[i] = content{in.layer, in.entry}
			}
		}
		files[i] = file
	}
	return files, contents
}
