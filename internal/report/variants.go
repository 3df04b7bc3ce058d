package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/texttable"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// variantNames are those that can be asked for with --variants.
var variantNames = []string{"stripped", "nodebug", "upx", "zip", "gzip", "zstd"}

// variantTable says what the file becomes, what was not measured, and what
// follows from the numbers.
func variantTable(w io.Writer, b *snapshot.Binary, o Options) error {
	starts := b.Startup != nil && b.Startup.Reason == ""
	header := []string{"variant", "bytes", "of file", "change"}
	timed := slices.ContainsFunc(b.Variants, func(v snapshot.Variant) bool { return slow(&v) })
	if timed {
		header = append(header, "took")
	}
	if starts {
		header = append(header, "start min", "median", "memory")
	}
	out := texttable.New(w, o.Medium, header, 1)
	add := func(name string, size, change, took string, of string, s *snapshot.Startup) {
		cells := []string{name, size, of, change}
		if timed {
			cells = append(cells, took)
		}
		if starts {
			cells = append(cells, StartCells(s)...)
		}
		out.Add(cells...)
	}
	add("file", bytesize.Size(b.FileSize).Grouped(), "", "", "100.0%", b.Startup)
	for i := range b.Variants {
		v := &b.Variants[i]
		name := VariantName(v)
		if v.Status != "ok" {
			add(name, v.Status, "", "", "", nil)
			continue
		}
		took := ""
		if slow(v) && v.Took > 0 {
			took = seconds(v.Took)
		}
		add(name, bytesize.Size(v.Size).Grouped(), bytesize.Change(v.Size, b.FileSize), took, bytesize.Percent(v.Size, b.FileSize), v.Startup)
	}
	if err := out.Render(); err != nil {
		return err
	}
	return o.Say(w, append(notMeasured(b), conclusions(b)...)...)
}

// addVariants adds a row for each variant that any of the files has.
func addVariants(out *texttable.Table, binaries []snapshot.Binary) {
	var names []string
	sizes := make([]map[string]string, len(binaries))
	for i := range binaries {
		sizes[i] = make(map[string]string)
		for _, v := range binaries[i].Variants {
			name := VariantName(&v)
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
			sizes[i][name] = v.Status
			if v.Status == "ok" {
				sizes[i][name] = bytesize.Size(v.Size).Grouped()
			}
		}
	}
	for _, name := range names {
		cells := []string{name}
		for i := range binaries {
			cells = append(cells, sizes[i][name])
		}
		out.Add(cells...)
	}
}

// VariantName is a variant with its level, such as "upx lzma".
func VariantName(v *snapshot.Variant) string { return strings.TrimSpace(v.Name + " " + v.Level) }

// slow says whether how long a variant took is worth showing: stripping reads
// the headers alone.
func slow(v *snapshot.Variant) bool { return v.Name != "stripped" && v.Name != "nodebug" }

// StartCells are the cells of what a start takes, empty where it was not measured: the
// minimum and the median in milliseconds, and the memory.
func StartCells(s *snapshot.Startup) []string {
	if s == nil {
		return []string{"", "", ""}
	}
	memory := "unknown"
	if s.Memory > 0 {
		memory = bytesize.Size(s.Memory).Short()
	}
	return []string{milliseconds(s.Min), milliseconds(s.Median), memory}
}

func milliseconds(ns int64) string { return fmt.Sprintf("%.1f ms", float64(ns)/1e6) }

func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// notMeasured says why variants have no size, and how to ask for the others.
func notMeasured(b *snapshot.Binary) []string {
	var lines, others []string
	for _, v := range b.Variants {
		if v.Status != "ok" {
			lines = append(lines, fmt.Sprintf("%s %s: %s", VariantName(&v), v.Status, display.Clean(v.Reason)))
		}
	}
	for _, name := range variantNames {
		if !slices.ContainsFunc(b.Variants, func(v snapshot.Variant) bool { return v.Name == name }) {
			others = append(others, name)
		}
	}
	if b.Startup != nil && b.Startup.Reason != "" {
		lines = append(lines, fmt.Sprintf("start-up not measured: %s", display.Clean(b.Startup.Reason)))
	}
	if b.Startup != nil && b.Startup.Exit != 0 {
		lines = append(lines, fmt.Sprintf("start-up: the runs ended with exit code %d, which may be a failure (copies are run; --startup-args gives them arguments)", b.Startup.Exit))
	}
	if len(others) > 0 {
		lines = append(lines, fmt.Sprintf("not measured: %s (--variants NAMES or all)", strings.Join(others, ", ")))
	}
	return lines
}

// conclusions are sentences that the numbers make: what each way of packing
// saves of the file, and of the zip that is uploaded, and what it costs at each
// start.
func conclusions(b *snapshot.Binary) []string {
	find := func(name, level string) *snapshot.Variant {
		for i := range b.Variants {
			if v := &b.Variants[i]; v.Name == name && v.Level == level && v.Status == "ok" {
				return v
			}
		}
		return nil
	}
	var lines []string
	stripped := find("stripped", "")
	for i := range b.Variants {
		v := &b.Variants[i]
		if v.Name != "upx" || v.Status != "ok" || stripped == nil {
			continue
		}
		parts := []string{saves(v.Size, stripped.Size, "stripped file")}
		if before, after := find("stripped+zip", ""), find("upx+zip", v.Level); before != nil && after != nil {
			parts = append(parts, saves(after.Size, before.Size, "zip"))
		}
		if v.Startup != nil && stripped.Startup != nil {
			verb := "adds"
			delta := v.Startup.Median - stripped.Startup.Median
			if delta < 0 {
				verb, delta = "takes", -delta
				parts = append(parts, fmt.Sprintf("%s %s off each start", verb, milliseconds(delta)))
			} else {
				parts = append(parts, fmt.Sprintf("%s %s to each start", verb, milliseconds(delta)))
			}
		}
		lines = append(lines, fmt.Sprintf("upx %s %s", v.Level, joinAnd(parts)))
	}
	return lines
}

// saves says what part of a size is gone.
func saves(now, before uint64, of string) string {
	if now > before {
		return fmt.Sprintf("adds %s to the %s", bytesize.Percent(now-before, before), of)
	}
	return fmt.Sprintf("saves %s of the %s", bytesize.Percent(before-now, before), of)
}

func joinAnd(parts []string) string {
	if len(parts) == 1 {
		return parts[0]
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}
