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
	for _, u := range read {
		w.Merge(&u.Warnings)
	}
	layers := make([]layer, len(m.stored.Layers))
	for i, l := range m.stored.Layers {
		if l.Blob != nil {
			layers[i].Layer = read[position[l.Blob]]
		}
	}
	return m.stack(layers, w)
}

// stack verifies the layers and puts them on each other. What is known of all paths
// goes when that is done: only the files that remain are kept.
func (m *Image) stack(layers []layer, w *warnlist.List) error {
	if err := m.verify(layers); err != nil {
		return err
	}
	p, err := number(layers)
	if err != nil {
		return err
	}
	m.Layers = make([]Layer, len(layers))
	measureEfficiency(p, layers, m) // its memory is free for what follows
	system := newFilesystem(p)
	for i, u := range layers {
		said := &m.stored.Layers[i]
		system.apply(u)
		l := system.changes[i]
		l.Digest, l.DiffID, l.MediaType, l.Missing = said.Digest, said.DiffID, said.MediaType, u.Layer == nil
		l.Compressed = said.Size
		if u.Layer != nil {
			l.Digest, l.Compressed, l.Tar = u.Digest, u.Compressed, u.Tar
		}
		l.Wasted = m.Layers[i].Wasted
		m.Layers[i] = l
		m.Compressed += l.Compressed
		m.Unpacked += l.Unpacked
		m.Hidden += l.Overwritten.Bytes + l.Deleted.Bytes
		if m.Unpacked > unpack.MaxUnpacked {
			return unpack.TooLarge("the image", unpack.MaxUnpacked)
		}
	}
	m.Compressed += m.Config + m.Manifest
	w.Merge(&system.warnings)
	if m.fileList, err = system.files(); err != nil {
		return err
	}
	for i := range m.Len() {
		m.Final += m.File(i).Size
	}
	for i := range layers {
		layers[i].numbers = nil
	}
	return nil
}

// verify holds the layers against what the image says of them.
func (m *Image) verify(layers []layer) error {
	entries := 0
	for i, u := range layers {
		if u.Layer == nil {
			continue
		}
		if err := m.stored.Layers[i].Verify(u.Digest, u.DiffID, u.Compressed); err != nil {
			return stored.LayerError(i, err)
		}
		if entries += u.Entries.Len(); entries > unpack.MaxEntries {
			return unpack.TooManyEntries()
		}
	}
	return nil
}

// number gives the paths of all layers their numbers, after which the layers need
// their paths no more.
func number(layers []layer) (*paths, error) {
	known := make(map[*unpack.Layer][]int32)
	entries := 0
	for _, u := range layers {
		if u.Layer != nil && known[u.Layer] == nil {
			known[u.Layer] = []int32{}
			entries += u.Entries.Len()
		}
	}
	p := newPaths(entries + entries/8) // for directories without entries
	for i, u := range layers {
		if u.Layer == nil {
			continue
		}
		if len(known[u.Layer]) == 0 {
			numbers := make([]int32, u.Entries.Len())
			for j, path := range u.Entries.Paths() {
				if numbers[j] = p.add(path); len(p.nodes) > unpack.MaxPaths {
					return nil, unpack.TooManyPaths()
				}
			}
			known[u.Layer] = numbers
			u.Entries.DropPaths()
		}
		layers[i].numbers = known[u.Layer]
	}
	return p, nil
}
