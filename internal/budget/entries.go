package budget

// hiddenBytes are those of the files of the layer that a metric is of, as far as
// they do not remain: they are replaced or deleted later.
func hiddenBytes(d deployed, m Metric) uint64 {
	image, ok := d.(*layered)
	n := m.layer()
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

// countsFiles reports whether a metric is the sum of the sizes that files are
// listed with.
func countsFiles(d deployed, m Metric) bool {
	switch d := d.(type) {
	case *packed:
		return m != File && m != Zipped || d.Zipped > 0
	case *layered:
		return m != File && m != ImageSize && m.layer() == 0
	}
	return true
}
