package bundle

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/sizegate/sizegate/internal/bundle/flaw"
	"github.com/sizegate/sizegate/internal/bundle/inspect"
	"github.com/sizegate/sizegate/internal/filestamp"
)

// folder is a package that is a directory.
type folder struct {
	root    *os.Root
	entries []Entry
	stamps  []filestamp.Stamp // of each entry
}

// node is an entry with what tells later that it is the same file.
type node struct {
	name  string
	entry Entry
	stamp filestamp.Stamp
}

func readDirectory(ctx context.Context, root *os.Root) (*Package, error) {
	nodes, err := walk(ctx, root)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(nodes, func(x, y node) int { return cmp.Compare(x.name, y.name) })
	b := &builder{limit: maxUnpacked}
	d := &folder{root: root}
	p := &Package{Format: FormatDirectory, source: d}
	for _, n := range nodes {
		if err := b.add(n.name, n.entry); err != nil {
			return nil, err
		}
		d.stamps = append(d.stamps, n.stamp)
		p.Size += n.entry.Size
	}
	d.entries = b.entries
	repeated := repeats(b.entries, func(i int) uint64 { return b.entries[i].Size })
	err = inspect.Parallel(len(b.entries), func(s *inspect.Scratch, i int) error {
		e := &b.entries[i]
		if e.Type != File {
			return nil
		}
		f, err := d.inspect(ctx, s, i, inspect.Want{Sum: repeated(i), Keep: e.keep})
		if err != nil {
			return flaw.In(e.Path, err)
		}
		b.set(i, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b.finish(p)
}

// walk lists all below the root, in any order. Links are not followed.
func walk(ctx context.Context, root *os.Root) ([]node, error) {
	var nodes []node
	for folders := []string{"."}; len(folders) > 0; {
		dir := folders[len(folders)-1]
		folders = folders[:len(folders)-1]
		found, err := list(ctx, root, dir, maxEntries+1-len(nodes))
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			if n.entry.Type == Directory {
				folders = append(folders, n.name)
			}
		}
		nodes = append(nodes, found...)
		// The limits are told by add, here the walk only ends.
		if len(nodes) > maxEntries || len(dir) > maxName || strings.Count(dir, "/") > maxDepth {
			break
		}
	}
	return nodes, nil
}

// list reads one folder, and no more than limit of its entries.
func list(ctx context.Context, root *os.Root, dir string, limit int) ([]node, error) {
	here, err := root.OpenRoot(dir)
	if err != nil {
		return nil, flaw.In(dir, listedError(err))
	}
	defer here.Close()
	f, err := here.Open(".")
	if err != nil {
		return nil, flaw.In(dir, flaw.Opening(err))
	}
	defer f.Close()
	var nodes []node
	for len(nodes) < limit {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		names, err := f.Readdirnames(1024)
		for _, name := range names {
			n, err := stat(here, name)
			if err != nil {
				return nil, flaw.In(path.Join(dir, name), err)
			}
			n.name = path.Join(dir, name)
			nodes = append(nodes, n)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, flaw.In(dir, flaw.Reading(err))
		}
	}
	return nodes, nil
}

func stat(here *os.Root, name string) (node, error) {
	info, err := here.Lstat(name)
	if err != nil {
		return node{}, listedError(err)
	}
	n := node{stamp: filestamp.Of(info), entry: Entry{Mode: info.Mode().Perm(), Type: typeOf(info.Mode())}}
	switch n.entry.Type {
	case File:
		n.entry.Size = uint64(info.Size())
	case Symlink:
		if n.entry.Target, err = here.Readlink(name); err != nil {
			return node{}, listedError(err)
		}
	}
	return n, nil
}

// listedError is about what was in its folder a moment ago.
func listedError(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &flaw.Error{Problem: "removed while the directory was read", Hint: "run again when the build has finished", Err: err}
	}
	return flaw.Opening(err)
}

// open opens the file of entry i, if it is still the one that was listed.
func (d *folder) open(i int) (*os.File, error) {
	f, err := d.root.OpenFile(d.entries[i].Path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, listedError(err)
	}
	if err := d.same(f, i); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (d *folder) same(f *os.File, i int) error {
	return sameFile(f, d.stamps[i])
}

func (d *folder) inspect(ctx context.Context, s *inspect.Scratch, i int, w inspect.Want) (inspect.Found, error) {
	f, err := d.open(i)
	if err != nil {
		return inspect.Found{}, err
	}
	defer f.Close()
	got, err := s.Read(ctx, f, d.entries[i].Size, w)
	if err != nil {
		return inspect.Found{}, flaw.Reading(err)
	}
	if got.Size != w.Of(d.entries[i].Size) {
		return inspect.Found{}, flaw.Changed
	}
	return got, d.same(f, i)
}
