package image

import (
	"context"
	"io"

	"github.com/sizegate/sizegate/internal/image/stored"
	"github.com/sizegate/sizegate/internal/image/unpack"
	"github.com/sizegate/sizegate/internal/warnlist"
)

// read reads the layers of what was found, and tells what they make.
func (m *Image) read(ctx context.Context, analyse Analyse) error {
	var w warnlist.List
	for _, text := range m.stored.Warnings {
		w.AddAll(text)
	}
	if err := m.readLayers(ctx, &w, analyse); err != nil {
		return err
	}
	warning := createdBy(m.Layers, m.stored.History)
	if warning != "" {
		w.AddAll(warning)
	}
	m.Base = baseOf(m.stored, warning == "")
	for i := range m.Base.Layers {
		m.Layers[i].Base = true
	}
	m.Warnings = w.Lines()
	return m.check()
}

// readLayers reads and stacks the layers. A blob that several of them are made of is
// read once.
func (m *Image) readLayers(ctx context.Context, w *warnlist.List, analyse Analyse) error {
	var blobs []*stored.Blob
	position := make(map[*stored.Blob]int)
	for _, l := range m.stored.Layers {
		if _, ok := position[l.Blob]; !ok && l.Blob != nil {
			position[l.Blob] = len(blobs)
			blobs = append(blobs, l.Blob)
		}
	}
	var each unpack.Analyse
	if analyse != nil {
		each = func(u *unpack.Layer, entry int, path string, contents *io.SectionReader) {
			analyse(Contents{u, entry}, path, contents)
		}
	}
	read, err := unpack.Layers(ctx, blobs, each)
	if err != nil {
		return err
	}
	entries := 0
	for _, u := range read {
		w.Merge(&u.Warnings)
		entries += len(u.Entries)
	}
	for _, l := range m.stored.Layers {
		var u *unpack.Layer
		if l.Blob != nil {
			u = read[position[l.Blob]]
		}
		m.layers = append(m.layers, u)
	}
	return m.stack(entries, w)
}

// stack verifies the layers and puts them on each other. expected is about how many
// paths they have.
func (m *Image) stack(expected int, w *warnlist.List) error {
	p := newPaths(expected + expected/8) // for directories without entries
	system, wasted := newFilesystem(p), newEfficiency(p)
	entries := 0
	for i, u := range m.layers {
		said := &m.stored.Layers[i]
		if u != nil {
			if err := said.Verify(u.Digest, u.DiffID, u.Compressed); err != nil {
				return stored.LayerError(i, err)
			}
			if entries += len(u.Entries); entries > unpack.MaxEntries {
				return unpack.TooManyEntries()
			}
		}
		system.apply(u)
		wasted.count(u)
		l := system.changes[i]
		l.Digest, l.DiffID, l.MediaType, l.Missing = said.Digest, said.DiffID, said.MediaType, u == nil
		l.Compressed = said.Size
		if u != nil {
			l.Digest, l.Compressed, l.Tar = u.Digest, u.Compressed, u.Tar
		}
		m.Layers = append(m.Layers, l)
		m.Compressed += l.Compressed
		m.Unpacked += l.Unpacked
		m.Hidden += l.Overwritten.Bytes + l.Deleted.Bytes
		if m.Unpacked > unpack.MaxUnpacked {
			return unpack.TooLarge("the image", unpack.MaxUnpacked)
		}
	}
	m.Compressed += m.Config + m.Manifest
	wasted.finish(m)
	m.Files, m.contents = system.files()
	for _, f := range m.Files {
		m.Final += f.Size
	}
	w.Merge(&system.warnings)
	return nil
}
