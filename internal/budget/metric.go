package budget

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Metric is a measure of a binary, a package or an image. One that begins with a
// dot is the file size of the section of that name.
type Metric string

const (
	File         Metric = "file"     // bytes on disk; the only one of ELF files, packages and images
	Text         Metric = "text"     // file size of the section .text
	Data         Metric = "data"     // file size of the writable sections
	BSS          Metric = "bss"      // memory size of the sections without file bytes
	VM           Metric = "vm"       // memory size of the loadable segments
	Stripped     Metric = "stripped" // file size after strip
	UPX          Metric = "upx"      // file size after strip and UPX
	Zip          Metric = "zip"      // size of a zip archive with the file
	Gzip         Metric = "gzip"
	Zstd         Metric = "zstd"
	Unattributed Metric = "unattributed" // bytes of .text without an owner; limits are shares of .text
	Total        Metric = "total"        // of packages alone: bytes of all sections
)

// definition is what is known of a metric that is no pattern.
type definition struct {
	metric Metric
	kinds  kind // what has it
	// A metric of sections adds up the size of those that are part of it. Without
	// section headers it cannot be measured. Both are nil for other metrics.
	part func(*snapshot.Section) bool
	size func(*snapshot.Section) uint64
}

// metrics are those of a whole binary, package or image, in the order of the
// documentation.
var metrics = []definition{
	{File, elfKind | packageKind | imageKind, nil, nil},
	{Text, elfKind, isText, fileSize},
	{Data, elfKind, ofKind(elfscan.Data), fileSize},
	{BSS, elfKind, takesNoBytes, vmSize},
	{VM, elfKind, nil, nil},
	{Stripped, elfKind, nil, nil},
	{UPX, elfKind, nil, nil},
	{Zip, elfKind, nil, nil},
	{Gzip, elfKind, nil, nil},
	{Zstd, elfKind, nil, nil},
	{Unattributed, elfKind, isText, unattributedSize},
	{Zipped, packageKind, nil, nil},
	{Unzipped, packageKind, nil, nil},
	{ImageSize, imageKind, nil, nil},
	{ImageUnpacked, imageKind, nil, nil},
	{Layers, imageKind, nil, nil},
	{Wasted, imageKind, nil, nil},
}

func isText(s *snapshot.Section) bool       { return named(s, ".text") }
func takesNoBytes(s *snapshot.Section) bool { return s.FileSize == 0 }

func ofKind(k elfscan.Kind) func(*snapshot.Section) bool {
	return func(s *snapshot.Section) bool { return s.Kind == string(k) }
}

func fileSize(s *snapshot.Section) uint64         { return s.FileSize }
func vmSize(s *snapshot.Section) uint64           { return s.VMSize }
func unattributedSize(s *snapshot.Section) uint64 { return s.Unattributed }

// definition is nil for a pattern (.name, category:NAME, file:GLOB, layer:N) and
// for what is no metric.
func (m Metric) definition() *definition {
	for i := range metrics {
		if metrics[i].metric == m {
			return &metrics[i]
		}
	}
	return nil
}

// madeOf picks the sections that a metric is made of, nil if it is not made of
// sections.
func (m Metric) madeOf() func(*snapshot.Section) bool {
	if m.IsSection() {
		return func(s *snapshot.Section) bool { return named(s, m) }
	}
	if d := m.definition(); d != nil {
		return d.part
	}
	return nil
}

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
	if m.definition() != nil {
		return m
	}
	if name, ok := strings.CutPrefix(n.Value, categoryPrefix); ok {
		return r.category(n, name)
	}
	if glob, ok := strings.CutPrefix(n.Value, filePrefix); ok {
		return r.files(n, glob)
	}
	if strings.HasPrefix(n.Value, layerPrefix) {
		return r.layer(n)
	}
	near := nearest(n.Value, append(metricNames(), sections...))
	if prefix, rest, ok := strings.Cut(n.Value, ":"); ok && near == "" {
		if like := nearest(prefix+":", []string{categoryPrefix, filePrefix, layerPrefix}); like != "" {
			near = like + rest
		}
	}
	switch {
	case m.IsSection(): // reported above
	case m == Total:
		r.fail(position(n), `the metric "total" is for packages only`, `write "file" for the whole file`)
	case near != "":
		r.fail(position(n), "unknown metric "+quote(n.Value), "did you mean "+quote(near)+"?")
	default:
		r.fail(position(n), "unknown metric "+quote(n.Value), "known: "+strings.Join(metricNames(), ", ")+", or a section such as .rodata, category:NAME, file:GLOB, layer:N")
	}
	return ""
}

// category reads the metric of a category.
func (r *reader) category(n *yaml.Node, name string) Metric {
	var known []string
	for _, c := range bundle.Categories {
		known = append(known, string(c))
	}
	if slices.Contains(known, name) {
		return Metric(n.Value)
	}
	r.fail(position(n), "unknown category "+quote(name), didYouMean(name, known))
	return ""
}

// files reads the metric of the files that match a glob.
func (r *reader) files(n *yaml.Node, glob string) Metric {
	problem, hint := globProblem(glob)
	if glob == "" {
		problem, hint = "matches nothing", "write paths inside the package or image, such as file:**/*.js"
	}
	if problem != "" {
		r.fail(position(n), "the glob of "+quote(n.Value)+" "+problem, hint)
		return ""
	}
	if !r.printable(n, "the glob") {
		return ""
	}
	return Metric(n.Value)
}

func metricNames() []string {
	names := make([]string, len(metrics))
	for i := range metrics {
		names[i] = string(metrics[i].metric)
	}
	return names
}
