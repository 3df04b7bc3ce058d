package measure

import "github.com/sizegate/sizegate/internal/budget"

// HiddenBytes are those of the files of the layer that a metric is of, as far as
// they do not remain: they are replaced or deleted later.
func HiddenBytes(d Deployed, m budget.Metric) uint64 {
	image, ok := d.(*layered)
	n := m.Layer()
	if !ok || n == 0 || n > len(image.Layers) {
		return 0
	}
	hidden := image.Layers[n-1].Unpacked
	for i := range image.Entries {
		if e := &image.Entries[i]; e.Layer == n {
			hidden -= e.Size // together no more than the layer has: snapshot.Image.Check
		}
	}
	return hidden
}

// CountsFiles reports whether a metric is the sum of the sizes that files are
// listed with.
func CountsFiles(d Deployed, m budget.Metric) bool {
	switch d := d.(type) {
	case *packed:
		return m != budget.File && m != budget.Zipped || d.Zipped > 0
	case *layered:
		return m != budget.File && m != budget.ImageSize && m.Layer() == 0
	}
	return true
}
