// Package imagestart tells which file a container image starts, and what that is
// built for.
package imagestart

import (
	"context"
	"debug/elf"
	"encoding/binary"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/image"
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

// Analysed is what the program that an image starts is built for, of an image
// whose ELF files were analysed.
func Analysed(s *snapshot.Image) elfscan.Arch {
	name := Path(s)
	for i := range s.Binaries {
		if b := &s.Binaries[i]; b.Path == name {
			return elfscan.Arch(b.Arch)
		}
	}
	return ""
}

// Headers finds what the program that an image starts is built for. In layers
// that are unpacked it reads each ELF file's header: only when all layers are read
// it is known which file is started.
type Headers struct {
	mu    sync.Mutex
	archs map[image.Contents]elfscan.Arch
	arch  elfscan.Arch // "" if it is not known
}

// NewHeaders is for one image.
func NewHeaders() *Headers { return &Headers{archs: make(map[image.Contents]elfscan.Arch)} }

// Arch is what Finish has found, "" for nothing.
func (r *Headers) Arch() elfscan.Arch { return r.arch }

// Meet reads the header of a file. It is an image.Analyse.
func (r *Headers) Meet(at image.Contents, _ string, contents *io.SectionReader) {
	arch := archOf(contents)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.archs[at] = arch
}

// Finish sets Arch. name is the path of the file that the image starts.
func (r *Headers) Finish(ctx context.Context, opened *image.Image, name string) error {
	for i := range opened.Len() {
		f := opened.File(i)
		if f.Path != name || !f.ELF {
			continue
		}
		if arch, ok := r.archs[opened.Contents(i)]; ok {
			r.arch = arch
			return nil
		}
		return opened.Visit(ctx, []int{i}, func(_ int, contents *io.SectionReader, problem error) {
			if problem == nil {
				r.arch = archOf(contents)
			}
		})
	}
	return nil
}

// archOf is what the header of an ELF file says, "" for what is neither amd64 nor
// arm64.
func archOf(contents io.ReaderAt) elfscan.Arch {
	var head [20]byte // up to e_machine
	if n, _ := contents.ReadAt(head[:], 0); n < len(head) {
		return ""
	}
	if head[elf.EI_CLASS] != byte(elf.ELFCLASS64) || head[elf.EI_DATA] != byte(elf.ELFDATA2LSB) {
		return ""
	}
	switch elf.Machine(binary.LittleEndian.Uint16(head[18:])) {
	case elf.EM_X86_64:
		return elfscan.AMD64
	case elf.EM_AARCH64:
		return elfscan.ARM64
	}
	return ""
}
