package budget

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/image"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// layered is a container image as a verdict sees it.
type layered snapshot.Image

func (m *layered) kind() kind { return imageKind }

// standIn has the architecture too: growth to an image for another one is
// nobody's doing.
func (m *layered) standIn() *snapshot.Binary {
	return &snapshot.Binary{Name: m.Name, Path: m.Source, FileSize: m.Size, Arch: imageArch((*snapshot.Image)(m))}
}

func (m *layered) members() []snapshot.Binary { return m.Binaries }

func (m *layered) measured(metric Metric) (uint64, error) {
	switch n := metric.layer(); {
	case metric == File:
		if m.Archive == 0 {
			return 0, &unfit{fmt.Sprintf("this image is no archive (%s), whose bytes file is about", m.Format), "limit image, or save it to an archive"}
		}
		return m.Archive, nil
	case metric == ImageSize:
		return m.Size, nil
	case metric == ImageUnpacked:
		return m.Unpacked, nil
	case metric == Layers:
		return uint64(len(m.Layers)), nil
	case metric == Wasted:
		return m.Wasted, nil
	case n > len(m.Layers):
		return 0, nil
	case n > 0:
		return m.Layers[n-1].Size, nil
	case metric.glob() != "":
		sum := uint64(0)
		for _, size := range m.files(metric) {
			sum = add(sum, size)
		}
		return sum, nil
	}
	return 0, misplaced(metric, imageKind, fmt.Sprintf("an image (%s)", m.Format))
}

func (m *layered) lacks(metric Metric) *absence {
	switch n := metric.layer(); {
	case n > len(m.Layers):
		return &absence{"the image has only " + Layers.amount(uint64(len(m.Layers))), fmt.Sprintf("layer %d", n)}
	case metric.glob() != "" && len(m.files(metric)) == 0:
		return lacksFile(metric, imageKind)
	}
	return nil
}

func (m *layered) built(arch string) (Status, string) {
	switch is := imageArch((*snapshot.Image)(m)); is {
	case arch:
		return Pass, fmt.Sprintf("the image is for %s, as the budget says", quote(m.Platform))
	case "":
		return Skipped, "the image does not say what it is for, so arch cannot be checked (build it with --platform, or remove arch)"
	default:
		return Fail, fmt.Sprintf("the image is for %s, but the budget is for %s (build it with --platform linux/%[2]s, or correct arch)", quote(m.Platform), arch)
	}
}

// heaviest are the layers where the metric is of all of them, else files.
func (m *layered) heaviest(metric Metric) []compare.Row {
	if !ofAllLayers(metric) {
		return entryRows(m.files(metric))
	}
	rows := make([]compare.Row, len(m.Layers))
	for i := range m.Layers {
		l := &m.Layers[i]
		rows[i] = compare.Row{Name: layerName(l), Kind: "layer", New: layerSize(l, metric), Change: compare.Added}
	}
	return rows
}

func ofAllLayers(m Metric) bool {
	return m == File || m == ImageSize || m == ImageUnpacked || m == Layers
}

// layerSize is what of a layer counts for a metric of all layers.
func layerSize(l *snapshot.ImageLayer, m Metric) uint64 {
	if m == ImageUnpacked {
		return l.Unpacked
	}
	return l.Size
}

// layerName is "layer 3 (COPY app /)".
func layerName(l *snapshot.ImageLayer) string {
	if l.CreatedBy == "" {
		return fmt.Sprintf("layer %d", l.Number)
	}
	return fmt.Sprintf("layer %d (%s)", l.Number, l.CreatedBy)
}

// files are those that remain, as they are unpacked: all, those of a layer, or
// those that match. What is wasted is on paths that several layers have. A number
// of layers is made of no files.
func (m *layered) files(metric Metric) map[string]uint64 {
	sizes := make(map[string]uint64)
	switch metric {
	case Layers:
		return nil
	case Wasted:
		for i := range m.WastedPaths {
			w := &m.WastedPaths[i]
			sizes[w.Path] = add(sizes[w.Path], w.Bytes)
		}
		return sizes
	}
	number, glob := metric.layer(), metric.glob()
	for i := range m.Entries {
		e := &m.Entries[i]
		if e.Type == string(image.Regular) && (number == 0 || e.Layer == number) && (glob == "" || matchesFile(metric, e.Path)) {
			sizes[e.Path] = e.Size
		}
	}
	return sizes
}

func (m *layered) grownLayers(old deployed, metric Metric) []compare.Row {
	before, ok := old.(*layered)
	if !ok || !ofAllLayers(metric) {
		return nil
	}
	was := m.matchLayers(before)
	var rows []compare.Row
	for i := range m.Layers {
		l := &m.Layers[i]
		row := compare.Row{Name: layerName(l), Kind: "layer", New: layerSize(l, metric), Change: compare.Added}
		if was[i] != nil {
			row.Old, row.Change = layerSize(was[i], metric), compare.Grew
		}
		// Of a number of layers only another one is growth.
		if row.New > row.Old && metric != Layers || was[i] == nil {
			rows = append(rows, row)
		}
	}
	return rows
}

// matchLayers finds what each layer was, nil for a new one: the layer with the same
// contents, else the next one that was made by the same step, else the one of its
// number. Each was one layer at most.
func (m *layered) matchLayers(old *layered) []*snapshot.ImageLayer {
	was := make([]*snapshot.ImageLayer, len(m.Layers))
	taken := make([]bool, len(old.Layers))
	by := func(key func(*snapshot.ImageLayer) string) {
		places := make(map[string][]int)
		for i := range old.Layers {
			if k := key(&old.Layers[i]); k != "" && !taken[i] {
				places[k] = append(places[k], i)
			}
		}
		for i := range m.Layers {
			k := key(&m.Layers[i])
			if was[i] == nil && len(places[k]) > 0 {
				first := places[k][0]
				was[i], taken[first], places[k] = &old.Layers[first], true, places[k][1:]
			}
		}
	}
	by(func(l *snapshot.ImageLayer) string { return l.DiffID })
	by(func(l *snapshot.ImageLayer) string { return l.CreatedBy })
	by(func(l *snapshot.ImageLayer) string { return fmt.Sprint(l.Number) })
	return was
}

// entryRows are files as they weigh, without those that weigh nothing.
func entryRows(files map[string]uint64) []compare.Row {
	var rows []compare.Row
	for path, size := range files {
		if size > 0 {
			rows = append(rows, compare.Row{Name: path, Kind: "entry", New: size, Change: compare.Added})
		}
	}
	return rows
}
