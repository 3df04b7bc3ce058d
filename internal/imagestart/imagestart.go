// Package imagestart tells which file a container image starts, and collects what that
// can need of the image.
package imagestart

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/sizegate/sizegate/internal/image"
	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Files are the paths in the final file system of an image.
type Files map[string]*snapshot.ImageEntry

// NewFiles indexes the entries of an image.
func NewFiles(s *snapshot.Image) Files {
	entries := make(Files, len(s.Entries))
	for i := range s.Entries {
		entries[s.Entries[i].Path] = &s.Entries[i]
	}
	return entries
}

// follow resolves links: the result has none, and is "/" for the root.
func (files Files) follow(name string) (resolved string, found bool) {
	const mostLinks = 40 // as Linux follows
	rest, at, links := strings.Split(name, "/"), "/", 0
	for len(rest) > 0 {
		element := rest[0]
		rest = rest[1:]
		next := path.Join(at, element)
		if next == at || element == ".." {
			at = next
			continue
		}
		e := files[next[1:]]
		if e == nil {
			return "", false
		}
		if e.Type != string(image.Symlink) {
			at = next
			continue
		}
		if links++; links > mostLinks {
			return "", false
		}
		if path.IsAbs(e.Target) {
			at = "/"
		}
		rest = append(strings.Split(e.Target, "/"), rest...)
	}
	return at, true
}

// Mode is what is at a path, through links.
func (files Files) Mode(name string) (fs.FileMode, bool) {
	at, found := files.follow(name)
	if !found {
		return 0, false
	}
	if at == "/" {
		return fs.ModeDir, true
	}
	e := files[at[1:]]
	mode, err := strconv.ParseUint(e.Mode, 8, 32)
	if err != nil {
		return 0, false
	}
	switch e.Type {
	case string(image.Regular), string(image.HardLink):
		return fs.FileMode(mode), true
	case string(image.Directory):
		return fs.FileMode(mode) | fs.ModeDir, true
	}
	return fs.FileMode(mode) | fs.ModeIrregular, true
}

// Path is that of the file that the image starts, "" if it starts none that
// can be told: a name without a directory is looked for when it starts.
func Path(s *snapshot.Image) string {
	if len(s.Command) == 0 || !path.IsAbs(s.Command[0]) {
		return ""
	}
	files := NewFiles(s)
	at, found := files.follow(s.Command[0])
	if !found || at == "/" {
		return ""
	}
	if e := files[at[1:]]; e.Type == string(image.HardLink) {
		return e.Target
	}
	return at[1:]
}

// Programs collects what starting an image can come to: the ELF files that remain, what
// they need to be started, and symbolic links. In layers that are unpacked it reads each
// ELF file's headers as it comes by: only when all layers are read it is known which
// remain.
type Programs struct {
	mu      sync.Mutex
	objects map[image.Contents]*lambda.Object
	names   int // bytes of names in objects
	entries []lambda.ImageEntry
	script  []byte
}

// NewPrograms is for one image.
func NewPrograms() *Programs {
	return &Programs{objects: make(map[image.Contents]*lambda.Object)}
}

// Entries are the ELF files and the symbolic links of the image that Finish was about.
func (p *Programs) Entries() []lambda.ImageEntry { return p.entries }

// Script is the first bytes of the file that the image starts, nil if that is an ELF
// file or cannot be read.
func (p *Programs) Script() []byte { return p.script }

// Meet reads the headers of a file. It is an image.Analyse.
func (p *Programs) Meet(at image.Contents, _ string, contents *io.SectionReader) {
	p.set(at, lambda.ReadObject(contents))
}

// maxNames is how many bytes of names of libraries and versions are kept of all files
// together. Those of an image with 5,000 ELF files take some megabytes.
const maxNames = 64 << 20

var errTooManyNames = errors.New("the ELF files of the image name too many libraries and versions")

func (p *Programs) set(at image.Contents, o *lambda.Object) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.names += o.Size(); p.names > maxNames {
		o = lambda.Unread(errTooManyNames)
	}
	p.objects[at] = o
}

// Finish reads what did not come by. started is the path of the file that the image
// starts, "" for none.
func (p *Programs) Finish(ctx context.Context, opened *image.Image, started string) error {
	var late []int
	for i := range opened.Len() {
		f := opened.File(i)
		if f.Type != image.Regular {
			continue
		}
		_, met := p.objects[opened.Contents(i)]
		if f.ELF && !met || !f.ELF && f.Path == started {
			late = append(late, i)
		}
	}
	err := opened.Visit(ctx, late, func(i int, contents *io.SectionReader, problem error) {
		switch {
		case opened.ELF(i) && problem != nil:
			p.set(opened.Contents(i), lambda.Unread(problem))
		case opened.ELF(i):
			p.set(opened.Contents(i), lambda.ReadObject(contents))
		case problem == nil:
			if start, err := lambda.ScriptStart(contents); err == nil {
				p.script = start
			}
		}
	})
	if err != nil {
		return err
	}
	p.list(opened)
	return nil
}

func (p *Programs) list(opened *image.Image) {
	regular := make(map[string]*lambda.Object) // that hard links can be to
	for i := range opened.Len() {
		if opened.ELF(i) {
			regular[opened.File(i).Path] = p.objects[opened.Contents(i)]
		}
	}
	for i := range opened.Len() {
		f := opened.File(i)
		e := lambda.ImageEntry{Path: f.Path, Base: opened.Layers[f.Layer].Base}
		switch f.Type {
		case image.Regular:
			e.Object = regular[f.Path]
		case image.HardLink:
			e.Object = regular[f.Target]
		case image.Symlink:
			e.Target = f.Target
		}
		if e.Object != nil || f.Type == image.Symlink {
			p.entries = append(p.entries, e)
		}
	}
}
