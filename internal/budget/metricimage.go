package budget

import (
	"strconv"
	"strings"

	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/bytesize"
)

// Metrics of container images.
const (
	ImageSize     Metric = "image"          // bytes that are pulled
	ImageUnpacked Metric = "image-unpacked" // bytes of the files of all layers
	Layers        Metric = "layers"         // how many there are
	Wasted        Metric = "wasted"         // bytes, by the rule of dive
)

// LayerPrefix begins a Metric that is the stored bytes of one layer, counted
// from 1, the lowest.
const LayerPrefix = "layer:"

// MaxLayer is the last layer that an image can have: internal/image refuses more.
const MaxLayer = 1024

// Layer is the number of the layer that a metric is of, 0 if it is of none.
func (m Metric) Layer() int {
	text, ok := strings.CutPrefix(string(m), LayerPrefix)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > MaxLayer || strconv.Itoa(n) != text {
		return 0
	}
	return n
}

// Counted reports whether the metric is a number of things and not of bytes.
func (m Metric) Counted() bool { return m == Layers }

// Amount is an exact value of the metric with its unit: "12,345,678 B",
// "13 layers".
func (m Metric) Amount(n uint64) string {
	switch {
	case !m.Counted():
		return wording.Exact(n)
	case n == 1:
		return "1 layer"
	}
	return bytesize.Size(n).Grouped() + " layers"
}

// AmountAndShort is amount with the rounded size behind it, if it is a size.
func (m Metric) AmountAndShort(n uint64) string {
	if m.Counted() {
		return m.Amount(n)
	}
	return wording.ExactAndShort(n)
}
