package budget

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// metrics are those of a whole binary, in the order of the documentation.
var metrics = []Metric{File, Text, Data, BSS, VM, Stripped, UPX, Zip, Gzip, Zstd, Unattributed}

// sections are names to suggest. Any other may be given.
var sections = []string{".rodata", ".gopclntab", ".eh_frame", ".data.rel.ro", ".noptrdata"}

var levels = []string{"default", "fast", "best", "lzma"}

// IsSection reports whether the metric is the file size of a section.
func (m Metric) IsSection() bool { return len(m) > 1 && m[0] == '.' }

// metric reads the metric of a limit, "" if it is none.
func (r *reader) metric(n *yaml.Node) Metric {
	m := Metric(n.Value)
	if m.IsSection() && r.printable(n, "the section") {
		return m
	}
	for _, known := range metrics {
		if m == known {
			return m
		}
	}
	switch near := nearest(n.Value, append(metricNames(), sections...)); {
	case m.IsSection(): // reported above
	case m == Total:
		r.fail(position(n), `the metric "total" is for packages only`, `write "file" for the whole file`)
	case near != "":
		r.fail(position(n), "unknown metric "+quote(n.Value), "did you mean "+quote(near)+"?")
	default:
		r.fail(position(n), "unknown metric "+quote(n.Value), "known: "+strings.Join(metricNames(), ", ")+", or a section such as .rodata")
	}
	return ""
}

func metricNames() []string {
	names := make([]string, len(metrics))
	for i, m := range metrics {
		names[i] = string(m)
	}
	return names
}
