package image

import (
	"bytes"
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

	layers   []layer // as they were applied
	changes  []Layer // what each does
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
	f := &filesystem{paths: p, here: newPresent(p), nodes: make([]node, len(p.nodes)), inodes: make([]inode, 0, len(p.nodes))}
	f.set(root, node{typ: unpack.Directory, layer: 0, entry: none, inode: none})
	return f
}

func (f *filesystem) set(n int32, at node) {
	f.here.add(n)
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

func (f *filesystem) entryOf(i inode) *unpack.Entry {
	return f.layers[i.layer].Entries.At(int(i.entry))
}

// apply puts the next layer on top.
func (f *filesystem) apply(u layer) {
	index := int32(len(f.layers))
	f.layers = append(f.layers, u)
	f.changes = append(f.changes, Layer{})
	if u.Layer == nil {
		return
	}
	l := &f.changes[index]
	deleted := func(n int32) { f.drop(n, &l.Deleted) }
	// What a marker deletes is only of the layers below, wherever in the tar it is.
	for i, n := range u.numbers {
		switch u.Entries.At(i).Kind {
		case unpack.Deletes:
			f.here.remove(n, deleted)
		case unpack.Empties:
			f.here.empty(n, deleted)
		}
	}
	for i, n := range u.numbers {
		if u.Entries.At(i).Kind == unpack.Adds {
			f.put(l, index, int32(i), n)
		}
	}
}

// put adds the entry of a layer at a position, whose path has the number n.
func (f *filesystem) put(l *Layer, layer, position, n int32) {
	e := f.layers[layer].Entries.At(int(position))
	// A hard link keeps its file even where it is put in its place.
	at := node{typ: e.Type, layer: layer, entry: position, inode: none}
	switch e.Type {
	case unpack.Regular:
		l.Files++
		l.Unpacked += e.Size
		at.inode = int32(len(f.inodes))
		f.inodes = append(f.inodes, inode{path: n, layer: layer, entry: position, names: 1})
	case unpack.HardLink:
		target, _ := tarfile.Clean(f.layers[layer].Entries.Target(int(position)))
		t, ok := f.paths.find([]byte(target))
		if t == n && f.here.has(n) {
			return
		}
		if !ok || !f.here.has(t) || f.nodes[t].typ == unpack.Directory {
			f.warnings.Add("a hard link to what is not in front of it (build the image again)", f.paths.text(n))
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

// files lists what remains, by path. A file with several names is at the path
// where it was made, or at the first one in order, and the others are hard
// links.
func (f *filesystem) files() (list fileList, err error) {
	var order []int32
	length := 0
	f.here.below(root, func(n int32) {
		order = append(order, n)
		length += f.paths.length(n)
	})
	if length > unpack.MaxNames {
		return fileList{}, unpack.TooLongNames()
	}
	text := make([]byte, 0, length)
	list = fileList{files: make([]file, len(order)), layers: f.layers}
	for i, n := range order {
		begin := len(text)
		text = f.paths.appendPath(text, n)
		list.files[i] = file{path: uint32(begin), length: uint16(len(text) - begin), number: n, contents: place{none, none}, linked: none}
	}
	path := func(f *file) []byte { return text[f.path:][:f.length] }
	slices.SortFunc(list.files, func(x, y file) int { return bytes.Compare(path(&x), path(&y)) })
	owner := make(map[int32]int32) // of a file with several names, its position
	for i := range list.files {
		n := list.files[i].number
		in := f.nodes[n].inode
		if in == none || f.inodes[in].names == 1 {
			continue
		}
		if _, ok := owner[in]; !ok || f.inodes[in].path == n {
			owner[in] = int32(i)
		}
	}
	for i := range list.files {
		at := &list.files[i]
		n := f.nodes[at.number]
		at.entry = place{n.layer, n.entry}
		if n.inode == none {
			continue
		}
		if first, several := owner[n.inode]; several && first != int32(i) {
			at.linked = first
		} else {
			at.contents = place{f.inodes[n.inode].layer, f.inodes[n.inode].entry}
		}
	}
	list.paths = string(text)
	return list, nil
}
