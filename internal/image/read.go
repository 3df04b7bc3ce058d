package image

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// read makes the image of what is in a store.
func read(ctx context.Context, s store, want *platform, analyse Analyse) (*Image, error) {
	from, err := s.start(ctx)
	if err != nil {
		return nil, err
	}
	c, err := resolve(ctx, s, from, want)
	if err != nil {
		return nil, err
	}
	if err := c.readConfig(ctx, s); err != nil {
		return nil, err
	}
	cfg, text := c.config, c.text
	m := &Image{
		Format: from.format, Reference: printable(c.reference), Digest: c.descriptor.Digest, ID: digestOf(text),
		Manifest: c.size, Config: uint64(len(text)), store: s,
	}
	var w warnings
	is := cfg.platform()
	switch {
	case want != nil && is.known() && is != *want:
		return nil, &Error{Problem: "no image for " + want.String(), Hint: "this one is for " + is.String()}
	case is.known() && c.platform.known() && is != c.platform:
		w.addAll("the index says that it is for " + c.platform.String() + ", and its config that it is for " + is.String())
	case !is.known():
		is = c.platform
	}
	m.Platform = is.String()
	m.Command = slices.Concat(cfg.Config.Entrypoint, cfg.Config.Cmd)
	if err := m.readLayers(ctx, c, cfg, &w, analyse); err != nil {
		return nil, err
	}
	warning := createdBy(m.Layers, cfg.History)
	if warning != "" {
		w.addAll(warning)
	}
	m.Base = baseOf(c, cfg, len(m.Layers), warning == "")
	for i := range m.Base.Layers {
		m.Layers[i].Base = true
	}
	m.Warnings = w.lines()
	return m, m.check()
}

// readLayers finds, reads and stacks the layers.
func (m *Image) readLayers(ctx context.Context, c *candidate, cfg *config, w *warnings, analyse Analyse) error {
	described, diffIDs := c.manifest.Layers, cfg.RootFS.DiffIDs
	if len(described) != len(diffIDs) {
		return damaged("its config names %d layers, and %d are there", len(diffIDs), len(described))
	}
	// A blob that several layers are made of is read once.
	var blobs []*blob
	position := make(map[string]int)
	from := make([]int, len(described)) // each layer's in blobs, -1 if it is missing
	for i, d := range described {
		foreign, err := layerKind(d.MediaType)
		if err == nil && d.path == "" {
			err = d.check()
		}
		if err == nil {
			err = checkDigest(diffIDs[i])
		}
		if err != nil {
			return layerError(i, err)
		}
		key := d.path + d.Digest
		if at, ok := position[key]; ok {
			from[i] = at
			continue
		}
		b, err := m.store.blob(d)
		if foreign && m.Format == FormatRegistry {
			err = errMissing // registries do not have them
		}
		switch {
		case errors.Is(err, errMissing) && foreign:
			from[i] = -1
			w.addAll(fmt.Sprintf("layer %d is not stored with the image (its licence says so), and only counts with the %d bytes that are said", i+1, d.Size))
			continue
		case errors.Is(err, errMissing):
			return layerError(i, damaged("its blob %s is missing", quote(d.path+d.Digest)))
		case err != nil:
			return layerError(i, err)
		case d.sized && b.size != d.Size:
			return layerError(i, damaged("it is %d bytes, and %d are said", b.size, d.Size))
		}
		position[key], from[i] = len(blobs), len(blobs)
		blobs = append(blobs, b)
	}
	read, err := readLayers(ctx, blobs, analyse)
	if err != nil {
		return err
	}
	for _, u := range read {
		w.merge(&u.warnings)
	}
	return m.stack(described, diffIDs, from, read, w)
}

func layerError(i int, err error) error { return of(fmt.Sprintf("layer %d", i+1), err) }

// stack verifies the layers and puts them on each other.
func (m *Image) stack(described []descriptor, diffIDs []string, from []int, read []*unpacked, w *warnings) error {
	expected := 0
	for _, u := range read {
		expected += len(u.entries)
	}
	p := newPaths(expected + expected/8) // for directories without entries
	system, wasted := newFilesystem(p), newEfficiency(p)
	entries := 0
	for i, d := range described {
		var u *unpacked
		if from[i] >= 0 {
			u = read[from[i]]
			switch {
			case d.Digest != "" && u.digest != d.Digest:
				return layerError(i, damaged("its digest is %s and not %s", u.digest, d.Digest))
			case d.sized && u.compressed != uint64(d.Size):
				return layerError(i, damaged("it is %d bytes, and %d are said", u.compressed, d.Size))
			case u.diffID != diffIDs[i]:
				return layerError(i, damaged("unpacked its digest is %s and not %s", u.diffID, diffIDs[i]))
			}
			if entries += len(u.entries); entries > maxEntries {
				return &Error{Problem: fmt.Sprintf("more than %d files", maxEntries), Hint: "leave out what is not needed"}
			}
		}
		system.apply(u)
		wasted.count(u)
		l := system.changes[i]
		l.Digest, l.DiffID, l.MediaType, l.Missing = d.Digest, diffIDs[i], printable(d.MediaType), u == nil
		l.Compressed = uint64(d.Size)
		if u != nil {
			l.Digest, l.Compressed, l.Tar = u.digest, u.compressed, u.tar
		}
		m.Layers = append(m.Layers, l)
		m.layers = append(m.layers, u)
		m.Compressed += l.Compressed
		m.Unpacked += l.Unpacked
		m.Hidden += l.Overwritten.Bytes + l.Deleted.Bytes
		if m.Unpacked > maxUnpacked {
			return tooLarge("the image", maxUnpacked)
		}
	}
	m.Compressed += m.Config + m.Manifest
	wasted.finish(m)
	m.Files, m.contents = system.files()
	for _, f := range m.Files {
		m.Final += f.Size
	}
	w.merge(&system.warnings)
	return nil
}
