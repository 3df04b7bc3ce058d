package lambda

import (
	"cmp"
	"path"
	"strings"

	"github.com/sizegate/sizegate/internal/bundle"
)

const (
	taskRoot  = "/var/task" // where Lambda unpacks a function
	layerRoot = "/opt"      // and its layers
	imageRoot = "/"

	maxFollowed = 40 // symbolic links on the way to one file, as Linux
	maxPath     = 4096
	maxDepth    = 256 // no package has more folders
)

// resolve follows symbolic links from a path in the package to the entry that
// it means. Links out of the package are not followed.
func (c *contents) resolve(name string) (entry int, ok bool) {
	for range maxFollowed + 1 {
		folder, ok := c.folder(path.Dir(name))
		if !ok {
			return 0, false
		}
		name = path.Join(folder, path.Base(name))
		entry, ok := c.at[name]
		if !ok || c.p.Entries[entry].Type != bundle.Symlink {
			return entry, ok
		}
		if name, ok = c.follow(entry, ""); !ok {
			return 0, false
		}
	}
	return 0, false
}

// folder is the path of a folder without symbolic links. It is kept, for each
// library that a file needs is looked for in the same few.
func (c *contents) folder(name string) (real string, ok bool) {
	if known, asked := c.folders[name]; asked {
		return known, known != ""
	}
	c.folders[name] = ""
	real, ok = name, true
	for range maxFollowed + 1 {
		if len(real) > maxPath || strings.Count(real, "/") > maxDepth {
			return "", false
		}
		link, rest := c.firstLink(real)
		if link < 0 {
			c.folders[name] = real
			return real, true
		}
		if real, ok = c.follow(link, rest); !ok {
			return "", false
		}
	}
	return "", false
}

// follow is where a link leads, and what is below that. ok is false outside
// the package.
func (c *contents) follow(link int, rest string) (name string, ok bool) {
	e := &c.p.Entries[link]
	if path.IsAbs(e.Target) {
		inside, ok := below(c.root, e.Target)
		return path.Join(inside, rest), ok
	}
	name = path.Join(path.Dir(e.Path), e.Target, rest)
	if c.root == imageRoot { // above which there is nothing
		return cmp.Or(path.Join(imageRoot, name)[1:], "."), true
	}
	return name, name != ".." && !strings.HasPrefix(name, "../")
}

// firstLink is the first part of a path that is a symbolic link, or -1, and
// what comes behind it.
func (c *contents) firstLink(name string) (entry int, rest string) {
	for end := 1; end <= len(name); end++ {
		if end < len(name) && name[end] != '/' {
			continue
		}
		if i, ok := c.at[name[:end]]; ok && c.p.Entries[i].Type == bundle.Symlink {
			return i, strings.TrimPrefix(name[end:], "/")
		}
	}
	return -1, ""
}

// below is where an absolute path is below a root.
func below(root, name string) (inside string, ok bool) {
	name = path.Clean(name)
	if name == root {
		return ".", true
	}
	return strings.CutPrefix(name, strings.TrimSuffix(root, "/")+"/")
}
