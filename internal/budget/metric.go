package budget

import (
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

// PresetMetric is the Metric of what a preset finds, besides sizes.
const PresetMetric Metric = "preset"

// definition is what is known of a metric that is no pattern.
type definition struct {
	metric Metric
	kinds  Kind // what has it
	// A metric of sections adds up the size of those that are part of it. Without
	// section headers it cannot be measured. Both are nil for other metrics.
	part func(*snapshot.Section) bool
	size func(*snapshot.Section) uint64
}

// metrics are those of a whole binary, package or image, in the order of the
// documentation.
var metrics = []definition{
	{File, ELFKind | PackageKind | ImageKind, nil, nil},
	{Text, ELFKind, isText, fileSize},
	{Data, ELFKind, ofKind(elfscan.Data), fileSize},
	{BSS, ELFKind, takesNoBytes, vmSize},
	{VM, ELFKind, nil, nil},
	{Stripped, ELFKind, nil, nil},
	{UPX, ELFKind, nil, nil},
	{Zip, ELFKind, nil, nil},
	{Gzip, ELFKind, nil, nil},
	{Zstd, ELFKind, nil, nil},
	{Unattributed, ELFKind, isText, unattributedSize},
	{Zipped, PackageKind, nil, nil},
	{Unzipped, PackageKind, nil, nil},
	{ImageSize, ImageKind, nil, nil},
	{ImageUnpacked, ImageKind, nil, nil},
	{Layers, ImageKind, nil, nil},
	{Wasted, ImageKind, nil, nil},
}

func isText(s *snapshot.Section) bool       { return Metric(".text").Names(s) }
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

// Sections picks the sections that a metric adds up, and says what of each. Both are
// nil if it is no sum over sections.
func (m Metric) Sections() (part func(*snapshot.Section) bool, size func(*snapshot.Section) uint64) {
	if m.IsSection() {
		return m.Names, fileSize
	}
	if d := m.definition(); d != nil {
		return d.part, d.size
	}
	return nil, nil
}

// Names reports whether a metric that is a section's name means this section: one
// of several of that name has an index behind it.
func (m Metric) Names(s *snapshot.Section) bool {
	return s.Name == string(m) || snapshot.BaseName(s.Name) == string(m)
}

// IsSection reports whether the metric is the file size of a section.
func (m Metric) IsSection() bool { return len(m) > 1 && m[0] == '.' }

// MetricNames are the metrics of a whole binary, package or image, in the order of
// the documentation.
func MetricNames() []string {
	names := make([]string, len(metrics))
	for i := range metrics {
		names[i] = string(metrics[i].metric)
	}
	return names
}
