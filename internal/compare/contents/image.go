package contents

import (
	"fmt"
	"strconv"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/image"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// The totals of an image.
const (
	Stored   = "image"    // layers as they are stored, with the config and the manifest
	Unpacked = "unpacked" // the files of all layers
)

// Images is the difference of two images.
type Images struct {
	Old, New *snapshot.Image
	Diff
}

// OfImages compares two images that pass snapshot.Image.Check. Neither is changed. The
// caller runs Diff.Check.
func OfImages(old, new *snapshot.Image) *Images {
	d := &Images{Old: old, New: new}
	was := MatchLayers(old.Layers, new.Layers)
	files, elf := finalFiles(old, new)
	d.add(Stored, old.Size, new.Size,
		List{Layer, layers(old, new, was, func(l *snapshot.ImageLayer) uint64 { return l.Size }).finished(
			compare.Both("[config]", old.Overhead.Config, new.Overhead.Config),
			compare.Both("[manifest]", old.Overhead.Manifest, new.Overhead.Manifest))})
	d.add(Unpacked, old.Unpacked, new.Unpacked,
		List{Layer, layers(old, new, was, func(l *snapshot.ImageLayer) uint64 { return l.Unpacked }).finished()},
		List{File, files.finished(compare.Both("[hidden]", old.Hidden, new.Hidden))})
	d.Programs = changedPrograms(d.List(Unpacked, File), elf)
	if old.Platform != new.Platform {
		d.Warnings = append(d.Warnings, fmt.Sprintf("the images are for %q and %q (compare images for one platform: --platform)", old.Platform, new.Platform))
	}
	otherwise := 0
	for i, at := range was {
		if l := &new.Layers[i]; at >= 0 && l.DiffID != "" && old.Layers[at].DiffID == l.DiffID && old.Layers[at].Size != l.Size {
			otherwise++
		}
	}
	if otherwise > 0 {
		d.Warnings = append(d.Warnings, fmt.Sprintf("layers with the same contents that are stored in other sizes: %s (compare images from one kind of place, or their unpacked sizes)", bytesize.Size(otherwise).Grouped()))
	}
	return d
}

// MatchLayers finds for each new layer which of the old ones it was, as a position, -1
// for a layer that was added: the layer with the same contents (its diff ID), else the
// next one that was made by the same step, else the one of the same number. Each old
// layer is found once at most.
func MatchLayers(old, new []snapshot.ImageLayer) []int {
	was := make([]int, len(new))
	for i := range was {
		was[i] = -1
	}
	taken := make([]bool, len(old))
	by := func(key func(*snapshot.ImageLayer) string) {
		places := make(map[string][]int)
		for i := range old {
			if k := key(&old[i]); k != "" && !taken[i] {
				places[k] = append(places[k], i)
			}
		}
		for i := range new {
			k := key(&new[i])
			if was[i] < 0 && len(places[k]) > 0 {
				was[i], places[k] = places[k][0], places[k][1:]
				taken[was[i]] = true
			}
		}
	}
	by(func(l *snapshot.ImageLayer) string { return l.DiffID })
	by(func(l *snapshot.ImageLayer) string { return l.CreatedBy })
	by(func(l *snapshot.ImageLayer) string { return strconv.Itoa(l.Number) })
	return was
}

// LayerName is "layer 3 (COPY app /)".
func LayerName(l *snapshot.ImageLayer) string {
	if l.CreatedBy == "" {
		return fmt.Sprintf("layer %d", l.Number)
	}
	return fmt.Sprintf("layer %d (%s)", l.Number, l.CreatedBy)
}

// layers has a row for each pair of layers, and for those that are alone. was is what
// MatchLayers found.
func layers(old, new *snapshot.Image, was []int, size func(*snapshot.ImageLayer) uint64) *rows {
	r := &rows{}
	gone := make([]bool, len(old.Layers))
	for i := range gone {
		gone[i] = true
	}
	for i := range new.Layers {
		l := &new.Layers[i]
		row := compare.Row{Name: LayerName(l), New: size(l), Change: compare.Added}
		if at := was[i]; at >= 0 {
			row, gone[at] = compare.Both(row.Name, size(&old.Layers[at]), row.New), false
		}
		row.Kind = string(Layer)
		r.list = append(r.list, row)
	}
	for i := range old.Layers {
		if l := &old.Layers[i]; gone[i] {
			r.list = append(r.list, compare.Row{Name: LayerName(l), Kind: string(Layer), Old: size(l), Change: compare.Removed})
		}
	}
	return r
}

// finalFiles has a row for each path of a final file system that is no directory, whose
// kind is its type, and says which of them are ELF files on both sides.
func finalFiles(old, new *snapshot.Image) (r *rows, elf map[string]bool) {
	r, elf = newRows(max(len(old.Entries), len(new.Entries))), make(map[string]bool)
	before := make(map[string]bool)
	for i := range old.Entries {
		if e := &old.Entries[i]; e.Type != string(image.Directory) {
			r.old(e.Path, e.Type, e.Size)
			if e.ELF {
				before[saved(e.Path)] = true
			}
		}
	}
	for i := range new.Entries {
		if e := &new.Entries[i]; e.Type != string(image.Directory) {
			r.new(e.Path, e.Type, e.Size)
			if e.ELF && before[saved(e.Path)] {
				elf[saved(e.Path)] = true
			}
		}
	}
	return r, elf
}
