package page

import (
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// factList is what the page says of a file besides its cells: labels and values,
// those that are known.
type factList [][2]string

func (l *factList) add(label, value string) {
	if value != "" {
		*l = append(*l, [2]string{label, oneline.Printable(value)})
	}
}

// facts is those of a binary.
func facts(b *snapshot.Binary) [][2]string {
	list := factList{}
	add := list.add
	add("Path", b.Path)
	add("File size", exact(b.FileSize))
	add("Architecture", b.Arch)
	add("Type", b.Type)
	add("Languages", strings.Join(b.Languages, ", "))
	add("Compiler", b.Compiler)
	add("Main", strings.TrimSpace(b.Main+" "+b.Version))
	add("Build ID", b.BuildID)
	add("SHA-256", b.SHA256)
	add("Symbols", b.Symbols)
	if note := viewNote(b); note != "" {
		add("View", b.View+": "+note)
	}
	for _, v := range b.Variants {
		name := strings.TrimSpace(v.Name + " " + v.Level)
		if v.Status == "ok" {
			add("Size "+name, exact(v.Size))
		} else {
			add("Size "+name, v.Status+": "+v.Reason)
		}
	}
	return list
}

// labelled is facts of one side of a difference.
func labelled(side string, list [][2]string) [][2]string {
	for i := range list {
		list[i][0] = side + list[i][0]
	}
	return list
}

// exact is a size as people read it, and in bytes.
func exact(size uint64) string {
	return bytesize.Size(size).Short() + " (" + inBytes(size) + ")"
}

// inBytes is a size in full: "1,234 bytes".
func inBytes(size uint64) string {
	if size == 1 {
		return "1 byte"
	}
	return bytesize.Size(size).Grouped() + " bytes"
}

func visibleAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = oneline.Printable(s)
	}
	return out
}
