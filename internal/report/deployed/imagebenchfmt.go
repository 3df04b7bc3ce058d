package deployed

import (
	"io"
	"strconv"
	"strings"

	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// ImageBenchfmt writes sizes in the format of Go benchmarks, as Benchfmt does: a
// line for each of an image's sums, and one for each row of --by.
//
//	BenchmarkSize/file=app%3Av1/of=image 1 45123456 bytes
//	BenchmarkSize/file=app%3Av1/layer=3 1 9153024 bytes
//
// A name comes once for an image: rows of one name are added up.
func ImageBenchfmt(w io.Writer, r *snapshot.Images, o report.Options) error {
	var text strings.Builder
	text.WriteString("Unit bytes better=lower\n")
	for i := range r.Images {
		m := &r.Images[i]
		line := func(key, value string, size uint64) {
			report.BenchLine(&text, m.Name, key, value, size)
		}
		line("of", "image", m.Size)
		line("of", "unpacked", m.Unpacked)
		line("of", "final", m.Final)
		line("of", "hidden", m.Hidden)
		line("of", "wasted", m.Wasted)
		if o.By == breakdown.ByLayer {
			for j := range m.Layers {
				line(string(o.By), strconv.Itoa(m.Layers[j].Number), m.Layers[j].Size)
			}
			continue
		}
		if o.By == breakdown.ByEntry {
			benchLines(&o.Choice, finalRows(m).all(), line)
			continue
		}
		benchRows(&o.Choice, imageContents(m), line)
	}
	_, err := io.WriteString(w, text.String())
	return err
}
