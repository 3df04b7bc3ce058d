package page

import (
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/image"
	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// imageFile is the cells of an image that passes snapshot.Image.Check: the files
// that remain, and for each layer one entry of its files that do not. Which those
// are a snapshot does not say.
func imageFile(m *snapshot.Image) (file, error) {
	if !fits(m.Unpacked, m.Size) {
		return file{}, errTooLarge
	}
	classes := make([]class, 0, len(m.Layers)+2)
	for i := range m.Layers {
		l := &m.Layers[i]
		classes = append(classes, class{Kind: "layer", Name: layerName(l), Origin: layerOrigin(m, l), Packed: int64(l.Size)})
	}
	classes = append(classes, class{Kind: restKind, Name: "[config]", Packed: int64(m.Overhead.Config)},
		class{Kind: restKind, Name: "[manifest]", Packed: int64(m.Overhead.Manifest)})
	b := newContents(classes, len(m.Entries)+len(m.Layers), false)
	binaries := binariesByPath(m.Binaries)
	wasted := make(map[string]*snapshot.WastedPath, len(m.WastedPaths))
	for i := range m.WastedPaths {
		wasted[m.WastedPaths[i].Path] = &m.WastedPaths[i]
	}
	hidden := make([]uint64, len(m.Layers))
	for i := range m.Layers {
		hidden[i] = m.Layers[i].Unpacked
	}
	for i := range m.Entries {
		e := &m.Entries[i]
		hidden[e.Layer-1] -= e.Size
		if e.Type == string(image.Directory) {
			continue
		}
		var notes []string
		if e.Target != "" {
			notes = append(notes, "to "+e.Target)
		}
		if w := wasted[e.Path]; w != nil {
			notes = append(notes, "in several layers, with "+inBytes(w.Bytes)+" in all")
		}
		binary := binaries[e.Path]
		if binary != nil {
			notes = append(notes, programNote(binary))
		}
		b.entry(e.Layer-1, e.Path, e.Type, e.Size, 0, notes...)
		if binary != nil {
			if err := b.program(binary); err != nil {
				return file{}, err
			}
		}
	}
	for i, size := range hidden {
		if size > 0 {
			b.entry(i, "[hidden]", hiddenType, size, 0, "files that a layer above overwrites or deletes")
		}
	}
	return b.finish(m.Name, m.Unpacked, m.Size, imageFacts(m), m.Warnings)
}

func layerName(l *snapshot.ImageLayer) string {
	name := fmt.Sprintf("layer %d", l.Number)
	if l.CreatedBy != "" {
		name += ": " + oneline.Printable(l.CreatedBy)
	}
	if l.Missing {
		name += " (not stored here)"
	}
	return name
}

// layerOrigin says which image a layer is of. Where that is unknown they are all
// alike.
func layerOrigin(m *snapshot.Image, l *snapshot.ImageLayer) string {
	switch {
	case m.Base.Layers == 0:
		return "layer"
	case l.Base:
		return "base"
	}
	return "application"
}

// fewWasted is how many wasted paths the facts list.
const fewWasted = 20

func imageFacts(m *snapshot.Image) [][2]string {
	var list factList
	list.add("Source", m.Source)
	list.add("Format", m.Format)
	list.add("Name", m.Reference)
	list.add("Platform", m.Platform)
	list.add("Digest", m.Digest)
	list.add("ID", m.ID)
	list.add("Stored", exact(m.Size))
	list.add("Unpacked", exact(m.Unpacked))
	list.add("Final files", exact(m.Final))
	list.add("Hidden", exact(m.Hidden))
	list.add("Wasted, as dive counts", exact(m.Wasted))
	list.add("Base image", strings.TrimSpace(m.Base.Name+" "+m.Base.Digest))
	if n := m.Base.Layers; n > 0 {
		list.add("Layers of the base image", fmt.Sprintf("%d (%s)", n, m.Base.Evidence))
	}
	list.add("ELF files", bytesize.Size(len(m.Binaries)).Grouped())
	for i := range m.WastedPaths[:min(fewWasted, len(m.WastedPaths))] {
		w := &m.WastedPaths[i]
		list.add("In several layers", fmt.Sprintf("%s: %s, %s", w.Path, display.Counted(w.Count, "time"), inBytes(w.Bytes)))
	}
	if n := len(m.WastedPaths) - fewWasted; n > 0 {
		list.add("In several layers", display.More(n, "path", "paths")+" (sizegate report -n 0 lists all)")
	}
	return list
}
