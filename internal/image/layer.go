package image

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sizegate/sizegate/internal/tarfile"
)

const (
	maxEntries = 2_000_000 // of all layers
	maxNames   = 256 << 20 // bytes of all names and targets
	maxName    = 4096
	maxDepth   = 256

	elfMagic = "\x7fELF"

	whiteout  = ".wh."
	opaqueDir = ".wh..wh..opq"
	reserved  = ".wh..wh." // what begins so means something, and is no file
)

// kind is what an entry of a layer does.
type kind uint8

const (
	adds    kind = iota
	deletes      // path is what is deleted
	empties      // path is the directory whose contents are deleted
	nothing      // one of the reserved names, or the root
)

// fileType is a Type in one byte: there may be millions of entries.
type fileType uint8

const (
	regular fileType = iota
	directoryType
	symbolicLink
	hardLink
	special
)

func (t fileType) public() Type {
	return [...]Type{Regular, Directory, Symlink, HardLink, Special}[t]
}

// entry is an entry of a layer's tar.
type entry struct {
	path   string // clean
	target string // of a link, as it is written
	size   uint64 // of a regular file, else 0
	at     int64  // of the contents in the tar, -1 where they have holes
	mode   uint16
	typ    fileType
	kind   kind
	elf    bool
}

// unpacked is a layer that was read.
type unpacked struct {
	blob           *blob
	packing        packing
	digest, diffID string
	compressed     uint64
	tar            uint64
	entries        []entry
	warnings       warnings
}

// inPlace reports whether the contents can be read in the blob as they are.
func (u *unpacked) inPlace() bool { return u.packing == plain && u.blob.place != nil }

// reading is what layers that are read side by side have in common.
type reading struct {
	entries, names, bytes atomic.Int64 // of all, for the limits
	workers               *workers
	analyse               Analyse // nil for none
}

// readLayers reads blobs side by side, the last ones first. The error is that of
// the highest layer that has one, so that it is the same in every run. All calls
// of analyse have returned when it does.
func readLayers(ctx context.Context, blobs []*blob, analyse Analyse) ([]*unpacked, error) {
	const most = 8 // of goroutines, for the memory that each one takes
	var (
		l       = reading{workers: newWorkers(), analyse: analyse}
		next    atomic.Int64
		failed  atomic.Bool
		running sync.WaitGroup
		all     = make([]*unpacked, len(blobs))
		errs    = make([]error, len(blobs))
	)
	next.Store(int64(len(blobs)))
	for range min(runtime.GOMAXPROCS(0), len(blobs), most) {
		running.Go(func() {
			// What was taken is done: so no layer above a failed one is left out.
			for !failed.Load() {
				i := int(next.Add(-1))
				if i < 0 {
					return
				}
				if all[i], errs[i] = l.read(ctx, blobs[i]); errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	running.Wait()
	l.workers.running.Wait()
	for i := len(errs) - 1; i >= 0; i-- {
		if errs[i] != nil {
			return nil, of("the layer "+blobs[i].name, errs[i])
		}
	}
	return all, nil
}

func (l *reading) read(ctx context.Context, b *blob) (*unpacked, error) {
	s, err := openStream(ctx, b, &l.bytes)
	if err != nil {
		return nil, err
	}
	defer s.close()
	u := &unpacked{blob: b, packing: s.packing}
	err = walkTar(s, func(h *tar.Header, contents io.Reader) error {
		e, err := l.entry(u, h, s.at)
		if err != nil {
			return err
		}
		if e.kind == adds && e.typ == regular {
			if err := l.inspect(u, &e, contents); err != nil {
				return err
			}
		}
		u.entries = append(u.entries, e)
		return nil
	})
	if err == nil {
		u.digest, u.diffID, err = s.finish()
	}
	if err != nil {
		return nil, unpackError("its "+string(s.packing), err)
	}
	u.tar, u.compressed = uint64(s.at), uint64(s.raw.size)
	return u, nil
}

// entry checks a header against the limits; at is where its contents begin.
func (l *reading) entry(u *unpacked, h *tar.Header, at int64) (entry, error) {
	length := int64(len(h.Name) + len(h.Linkname))
	switch {
	case l.entries.Add(1) > maxEntries:
		return entry{}, &Error{Problem: fmt.Sprintf("more than %d files", maxEntries), Hint: "leave out what is not needed"}
	case len(h.Name) > maxName, len(h.Linkname) > maxName:
		return entry{}, &Error{Problem: fmt.Sprintf("%s: its name or target is longer than %d bytes, which Linux cannot unpack", quote(h.Name), maxName), Hint: "shorten it"}
	case strings.Count(h.Name, "/") > maxDepth:
		return entry{}, &Error{Problem: fmt.Sprintf("%s: more than %d folders deep", quote(h.Name), maxDepth), Hint: "make the tree flatter"}
	case l.names.Add(length) > maxNames:
		return entry{}, &Error{Problem: fmt.Sprintf("names of more than %d MiB in all", maxNames>>20), Hint: "leave out what is not needed"}
	}
	e := entry{typ: special, mode: uint16(fs.FileMode(h.Mode) & fs.ModePerm), at: at}
	switch h.Typeflag {
	case tar.TypeReg, '\x00', tar.TypeCont, tar.TypeGNUSparse:
		e.typ, e.size = regular, uint64(h.Size)
		if tarfile.Sparse(h) {
			e.at = -1
		}
	case tar.TypeDir:
		e.typ = directoryType
	case tar.TypeSymlink:
		e.typ, e.target = symbolicLink, h.Linkname
	case tar.TypeLink:
		e.typ, e.target = hardLink, h.Linkname
	}
	if int64(e.size) > maxUnpacked {
		return entry{}, tooLarge(quote(h.Name), maxUnpacked)
	}
	var escapes bool
	if e.path, escapes = clean(h.Name); escapes && strings.Contains(h.Name, "..") {
		u.warnings.add("a name with .. (what leads out of the image is cut off, and some runtimes refuse it: build the image again)", h.Name)
	}
	if unprintable(h.Name) {
		u.warnings.add("control characters in the name (rename it)", h.Name)
	}
	e.mark()
	if e.kind != adds {
		e.size = 0
	}
	return e, nil
}

// mark tells the markers that delete from files.
func (e *entry) mark() {
	dir, base := path.Split(e.path)
	dir = strings.TrimSuffix(dir, "/")
	switch {
	case e.path == "":
		e.kind = nothing
	case base == opaqueDir && !inReserved(dir):
		e.kind, e.path = empties, dir
	case inReserved(e.path):
		e.kind = nothing
	case strings.HasPrefix(base, whiteout):
		name := strings.TrimPrefix(base, whiteout)
		if name == "" || name == "." || name == ".." {
			e.kind = nothing
			return
		}
		e.kind, e.path = deletes, path.Join(dir, name)
	}
}

// inReserved reports whether an element of the path is a reserved name.
func inReserved(p string) bool {
	return strings.HasPrefix(p, reserved) || strings.Contains(p, "/"+reserved)
}

// inspect looks whether a file is an ELF file, and has it analysed unless it can be
// read again in place.
func (l *reading) inspect(u *unpacked, e *entry, contents io.Reader) error {
	if e.size < uint64(len(elfMagic)) {
		return nil
	}
	head := make([]byte, len(elfMagic))
	if _, err := io.ReadFull(contents, head); err != nil {
		return err
	}
	e.elf = string(head) == elfMagic
	if !e.elf || l.analyse == nil || u.inPlace() && e.at >= 0 || e.size > maxContents {
		return nil
	}
	at, name := Contents{u, int32(len(u.entries))}, e.path
	return l.workers.stream(io.MultiReader(bytes.NewReader(head), contents), e.size, func(r *io.SectionReader) { l.analyse(at, name, r) })
}
