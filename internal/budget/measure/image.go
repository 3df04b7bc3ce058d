package measure

import (
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/compare/contents"
	"github.com/sizegate/sizegate/internal/image"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// layered is a container image as a verdict sees it.
type layered snapshot.Image

// Image is a container image to a verdict.
func Image(i *snapshot.Image) Deployed { return (*layered)(i) }

func (m *layered) Kind() budget.Kind { return budget.ImageKind }

// StandIn has the architecture too: growth to an image for another one is
// nobody's doing.
func (m *layered) StandIn() *snapshot.Binary {
	return &snapshot.Binary{Name: m.Name, Path: m.Source, FileSize: m.Size, Arch: ImageArch((*snapshot.Image)(m))}
}

// ImageArch is the architecture of the platform of an image, "" if it does not say it.
func ImageArch(i *snapshot.Image) string {
	_, rest, _ := strings.Cut(i.Platform, "/")
	arch, _, _ := strings.Cut(rest, "/")
	return arch
}

func (m *layered) Members() []snapshot.Binary { return m.Binaries }

func (m *layered) Value(metric budget.Metric) (uint64, error) {
	switch n := metric.Layer(); {
	case metric == budget.File:
		if m.Archive == 0 {
			return 0, &Unfit{fmt.Sprintf("this image is no archive (%s), whose bytes file is about", m.Format), "limit image, or save it to an archive"}
		}
		return m.Archive, nil
	case metric == budget.ImageSize:
		return m.Size, nil
	case metric == budget.ImageUnpacked:
		return m.Unpacked, nil
	case metric == budget.Layers:
		return uint64(len(m.Layers)), nil
	case metric == budget.Wasted:
		return m.Wasted, nil
	case n > len(m.Layers):
		return 0, nil
	case n > 0:
		return m.Layers[n-1].Size, nil
	case metric.Glob() != "":
		sum := uint64(0)
		for _, size := range m.Files(metric) {
			sum = budget.Add(sum, size)
		}
		return sum, nil
	}
	return 0, Misplaced(metric, budget.ImageKind, fmt.Sprintf("an image (%s)", m.Format))
}

func (m *layered) Lacks(metric budget.Metric) *Absence {
	switch n := metric.Layer(); {
	case n > len(m.Layers):
		return &Absence{"the image has only " + budget.Layers.Amount(uint64(len(m.Layers))), fmt.Sprintf("layer %d", n)}
	case metric.Glob() != "" && len(m.Files(metric)) == 0:
		return lacksFile(metric, budget.ImageKind)
	}
	return nil
}

func (m *layered) Built(arch string) (budget.Status, string) {
	switch is := ImageArch((*snapshot.Image)(m)); is {
	case arch:
		return budget.Pass, fmt.Sprintf("the image is for %s, as the budget says", wording.Quote(m.Platform))
	case "":
		return budget.Skipped, "the image does not say what it is for, so arch cannot be checked (build it with --platform, or remove arch)"
	default:
		return budget.Fail, fmt.Sprintf("the image is for %s, but the budget is for %s (build it with --platform linux/%[2]s, or correct arch)", wording.Quote(m.Platform), arch)
	}
}

// Heaviest are the layers where the metric is of all of them, else files.
func (m *layered) Heaviest(metric budget.Metric) []compare.Row {
	if !ofAllLayers(metric) {
		return entryRows(m.Files(metric))
	}
	rows := make([]compare.Row, len(m.Layers))
	for i := range m.Layers {
		l := &m.Layers[i]
		rows[i] = compare.Row{Name: contents.LayerName(l), Kind: "layer", New: layerSize(l, metric), Change: compare.Added}
	}
	return rows
}

func ofAllLayers(m budget.Metric) bool {
	return m == budget.File || m == budget.ImageSize || m == budget.ImageUnpacked || m == budget.Layers
}

// layerSize is what of a layer counts for a metric of all layers.
func layerSize(l *snapshot.ImageLayer, m budget.Metric) uint64 {
	if m == budget.ImageUnpacked {
		return l.Unpacked
	}
	return l.Size
}

// Files are those that remain, as they are unpacked: all, those of a layer, or
// those that match. What is wasted is on paths that several layers have. A number
// of layers is made of no files.
func (m *layered) Files(metric budget.Metric) map[string]uint64 {
	sizes := make(map[string]uint64)
	switch metric {
	case budget.Layers:
		return nil
	case budget.Wasted:
		for i := range m.WastedPaths {
			w := &m.WastedPaths[i]
			sizes[w.Path] = budget.Add(sizes[w.Path], w.Bytes)
		}
		return sizes
	}
	number, glob := metric.Layer(), metric.Glob()
	for i := range m.Entries {
		e := &m.Entries[i]
		if e.Type == string(image.Regular) && (number == 0 || e.Layer == number) && (glob == "" || matchesFile(metric, e.Path)) {
			sizes[e.Path] = e.Size
		}
	}
	return sizes
}

func (m *layered) GrownLayers(old Deployed, metric budget.Metric) []compare.Row {
	before, ok := old.(*layered)
	if !ok || !ofAllLayers(metric) {
		return nil
	}
	was := contents.MatchLayers(before.Layers, m.Layers)
	var rows []compare.Row
	for i := range m.Layers {
		l := &m.Layers[i]
		row := compare.Row{Name: contents.LayerName(l), Kind: "layer", New: layerSize(l, metric), Change: compare.Added}
		if at := was[i]; at >= 0 {
			row.Old, row.Change = layerSize(&before.Layers[at], metric), compare.Grew
		}
		// Of a number of layers only another one is growth.
		if row.New > row.Old && metric != budget.Layers || was[i] < 0 {
			rows = append(rows, row)
		}
	}
	return rows
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
