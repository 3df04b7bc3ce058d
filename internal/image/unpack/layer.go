package unpack

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/image/stored"
	"github.com/sizegate/sizegate/internal/tarfile"
	"github.com/sizegate/sizegate/internal/warnlist"
)

const elfMagic = "\x7fELF"

// Layer is a layer that was read.
type Layer struct {
	Digest, DiffID string // sha256:… of the blob and of the uncompressed tar, as they are
	Compressed     uint64 // bytes of the blob
	Tar            uint64 // bytes of the uncompressed tar
	Entries        Entries
	Warnings       warnlist.List // about entries

	blob    *stored.Blob
	packing packing
}

// inPlace reports whether the contents can be read in the blob as they are.
func (u *Layer) inPlace() bool { return u.packing == plain && u.blob.Place != nil }

// Analyse looks at the ELF file that is the entry of a layer at a position, whose
// Entries are not complete then. Several calls run side by side. The contents, of
// up to 256 MiB, are gone when it returns.
type Analyse func(layer *Layer, position int, path string, contents *io.SectionReader)

// reading is what layers that are read side by side have in common.
type reading struct {
	entries, names, bytes atomic.Int64 // of all, for the limits
	workers               *workers
	analyse               Analyse // nil for none
}

// Layers reads blobs side by side, the last ones first. The error is that of
// the highest layer that has one, so that it is the same in every run. All calls
// of analyse have returned when it does.
func Layers(ctx context.Context, blobs []*stored.Blob, analyse Analyse) ([]*Layer, error) {
	const most = 8 // of goroutines, for the memory that each one takes
	var (
		l       = reading{workers: newWorkers(), analyse: analyse}
		next    atomic.Int64
		failed  atomic.Bool
		running sync.WaitGroup
		all     = make([]*Layer, len(blobs))
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
			return nil, fault.In("the layer "+blobs[i].Name, errs[i])
		}
	}
	return all, nil
}

func (l *reading) read(ctx context.Context, b *stored.Blob) (*Layer, error) {
	s, err := openStream(ctx, b, &l.bytes)
	if err != nil {
		return nil, err
	}
	defer s.close()
	u := &Layer{blob: b, packing: s.packing}
	head := make([]byte, len(elfMagic))
	err = walk(s, func(h *tar.Header, contents io.Reader) error {
		e, err := l.entry(u, h, s.at)
		if err != nil {
			return err
		}
		if e.Kind == Adds && e.Type == Regular {
			if err := l.inspect(u, &e, head, contents); err != nil {
				return err
			}
		}
		u.Entries.add(e.Entry, e.path, e.link)
		return nil
	})
	if err == nil {
		u.Digest, u.DiffID, err = s.finish()
	}
	if err != nil {
		return nil, fault.Unpacking("its "+string(s.packing), err)
	}
	u.Tar, u.Compressed = uint64(s.at), uint64(s.raw.size)
	return u, nil
}

// inspect looks whether a file is an ELF file, and has it analysed unless it can be
// read again in place. head is room for the first bytes.
func (l *reading) inspect(u *Layer, e *named, head []byte, contents io.Reader) error {
	if e.Size < uint64(len(elfMagic)) {
		return nil
	}
	if _, err := io.ReadFull(contents, head); err != nil {
		return err
	}
	e.ELF = string(head) == elfMagic
	if !e.ELF || l.analyse == nil || u.inPlace() && e.at >= 0 || e.Size > maxContents {
		return nil
	}
	position, name := u.Entries.Len(), e.path
	return l.workers.stream(io.MultiReader(bytes.NewReader(head), contents), e.Size, func(r *io.SectionReader) { l.analyse(u, position, name, r) })
}

// walk is tarfile.Walk with an error of images for a bad header.
func walk(in io.Reader, each func(h *tar.Header, contents io.Reader) error) error {
	err := tarfile.Walk(in, each)
	if errors.Is(err, tar.ErrHeader) {
		return &fault.Error{Problem: "a damaged image: a header in the tar is not one of tar", Hint: fault.Again, Err: err}
	}
	return err
}
