package snapshot

import (
	"fmt"
	"io"

	"github.com/sizegate/sizegate/internal/image"
)

// ImageSchema is the value of Images.Schema.
const ImageSchema = "sizegate.image/v1"

// Images is the measurements of container images in one run.
type Images struct {
	Schema   string  `json:"schema"`
	Sizegate string  `json:"sizegate"` // version of the program
	Images   []Image `json:"images"`   // in the order of the command line
}

// Image is the measurements of one container image. All sizes are bytes. Layers
// are counted from 1, the lowest first.
type Image struct {
	Name      string `json:"name"`
	Source    string `json:"source"`    // a path, or "registry:" and a name
	Format    string `json:"format"`    // "docker-archive", "oci-layout", "oci-archive" or "registry"
	Reference string `json:"reference"` // "" if the image says none
	Platform  string `json:"platform"`  // "linux/arm64", "" if the image does not say
	// Command is what it starts, if the image says that: ENTRYPOINT and, behind it,
	// CMD.
	Command []string `json:"command,omitempty"`
	Digest  string   `json:"digest"` // of the manifest, "" in docker's own format
	ID      string   `json:"id"`     // the digest of the config
	// Archive is the bytes of the archive's file. It is in a baseline alone, and 0
	// where there is no archive.
	Archive uint64 `json:"archive,omitempty"`
	// Size is the layers as they are stored, and the documents of Overhead.
	Size     uint64        `json:"size"`
	Overhead ImageOverhead `json:"overhead"`
	Unpacked uint64        `json:"unpacked"` // the files of all layers
	// Final is the files that remain, Hidden those that a layer above replaces or
	// deletes: together they are Unpacked.
	Final       uint64       `json:"final"`
	Hidden      uint64       `json:"hidden"`
	Wasted      uint64       `json:"wasted"` // by the rule of dive
	Efficiency  Efficiency   `json:"efficiency"`
	Base        ImageBase    `json:"base"`
	Layers      []ImageLayer `json:"layers"`
	Entries     []ImageEntry `json:"entries"` // the final file system, in the order of the paths
	WastedPaths []WastedPath `json:"wasted_paths"`
	Binaries    []Binary     `json:"binaries"` // the ELF files that could be analysed, Path is inside the image
	Warnings    []string     `json:"warnings"`
}

// ImageOverhead is the documents that are part of an image.
type ImageOverhead struct {
	Manifest uint64 `json:"manifest"` // 0 in docker's own format
	Config   uint64 `json:"config"`
}

// Efficiency is dive's, as a ratio: the sum over all paths of the smallest size,
// and that of all sizes. Both are 0 where there is no file.
type Efficiency struct {
	Smallest uint64 `json:"smallest"`
	All      uint64 `json:"all"`
}

// ImageBase is what is known of the image that this one was built on.
type ImageBase struct {
	Name   string `json:"name"`   // "" unless the image says it
	Digest string `json:"digest"` // "" unless the image says it
	Layers int    `json:"layers"` // how many of the lowest are the base's, 0 if that is unknown
	// Evidence says what Layers was concluded from, "" if it is unknown.
	Evidence string `json:"evidence"`
}

// ImageLayer is one layer of an image.
type ImageLayer struct {
	Number    int    `json:"number"`
	Digest    string `json:"digest"`
	DiffID    string `json:"diff_id"`
	MediaType string `json:"media_type"` // "" in docker's own format
	CreatedBy string `json:"created_by"` // "" if it is unknown
	Base      bool   `json:"base"`
	Missing   bool   `json:"missing"`  // not stored with the image: all sizes but Size are 0
	Size      uint64 `json:"size"`     // as it is stored
	Tar       uint64 `json:"tar"`      // of the uncompressed tar
	Unpacked  uint64 `json:"unpacked"` // of its regular files
	Files     int    `json:"files"`
	// Added is its files at paths where none was, Overwritten and Deleted the
	// files of layers below that are gone with it.
	Added       ImageChange `json:"added"`
	Overwritten ImageChange `json:"overwritten"`
	Deleted     ImageChange `json:"deleted"`
	Wasted      uint64      `json:"wasted"`
}

// ImageChange is files and their bytes.
type ImageChange struct {
	Files int    `json:"files"`
	Bytes uint64 `json:"bytes"`
}

// ImageEntry is a path in the final file system.
type ImageEntry struct {
	Path   string `json:"path"`
	Type   string `json:"type"`  // "file", "directory", "symlink", "hardlink" or "special"
	Mode   string `json:"mode"`  // the permission bits as four octal digits
	Layer  int    `json:"layer"` // the one that it is from
	Size   uint64 `json:"size"`  // of a file, else 0
	Target string `json:"target"`
	ELF    bool   `json:"elf"`
}

// WastedPath is a path that several layers have.
type WastedPath struct {
	Path  string `json:"path"`
	Count int    `json:"count"` // how often it counts, at least 2
	Bytes uint64 `json:"bytes"` // the sum of its sizes
}

// NewImage is what m has in it, without its binaries.
func NewImage(name string, m *image.Image) Image { return newImage(name, m, m.Len(), m.File) }

// newImage is NewImage for these files.
func newImage(name string, m *image.Image, files int, file func(i int) image.File) Image {
	out := Image{
		Name: name, Source: m.Source, Format: string(m.Format), Reference: m.Reference, Platform: m.Platform, Command: m.Command, Digest: m.Digest, ID: m.ID,
		Archive: m.Archive, Size: m.Compressed, Overhead: ImageOverhead{Manifest: m.Manifest, Config: m.Config},
		Unpacked: m.Unpacked, Final: m.Final, Hidden: m.Hidden, Wasted: m.Wasted,
		Efficiency:  Efficiency{Smallest: m.SmallestBytes, All: m.AllBytes},
		Base:        ImageBase{Name: m.Base.Name, Digest: m.Base.Digest, Layers: m.Base.Layers, Evidence: m.Base.Evidence},
		Layers:      make([]ImageLayer, len(m.Layers)),
		Entries:     make([]ImageEntry, files),
		WastedPaths: make([]WastedPath, len(m.WastedPaths)),
		Binaries:    []Binary{},
		Warnings:    notNil(m.Warnings),
	}
	for i := range m.Layers {
		l := &m.Layers[i]
		out.Layers[i] = ImageLayer{
			Number: i + 1, Digest: l.Digest, DiffID: l.DiffID, MediaType: l.MediaType, CreatedBy: l.CreatedBy, Base: l.Base, Missing: l.Missing,
			Size: l.Compressed, Tar: l.Tar, Unpacked: l.Unpacked, Files: l.Files,
			Added: ImageChange(l.Added), Overwritten: ImageChange(l.Overwritten), Deleted: ImageChange(l.Deleted), Wasted: l.Wasted,
		}
	}
	modes := make(octal)
	for i := range files {
		f := file(i)
		out.Entries[i] = ImageEntry{Path: f.Path, Type: string(f.Type), Mode: modes.text(f.Mode), Layer: f.Layer + 1,
			Size: f.Size, Target: f.Target, ELF: f.ELF}
	}
	for i, w := range m.WastedPaths {
		out.WastedPaths[i] = WastedPath(w)
	}
	return out
}

// Check proves what every report of an image promises:
//
//  1. the layers as they are stored, the manifest and the config add up to Size;
//  2. the layers' files add up to Unpacked, the entries to Final, what layers
//     overwrite and delete to Hidden, and Final and Hidden to Unpacked; so do the
//     numbers of files;
//  3. the layers' and the paths' wasted bytes both add up to Wasted;
//  4. each entry is from one of the layers, which has at least its entries' bytes,
//     and paths differ;
//  5. each binary is an ELF file among the entries, has its size, and adds up
//     itself.
//
// A report that fails is a bug of the program that made it.
func (m *Image) Check() error {
	stored := m.Overhead.Manifest + m.Overhead.Config
	var unpacked, hidden, wasted, final, onPaths uint64
	var files, gone, remaining int
	for i := range m.Layers {
		l := &m.Layers[i]
		stored += l.Size
		unpacked += l.Unpacked
		files += l.Files
		hidden += l.Overwritten.Bytes + l.Deleted.Bytes
		gone += l.Overwritten.Files + l.Deleted.Files
		wasted += l.Wasted
		if l.Number != i+1 || l.Base != (i < m.Base.Layers) {
			return fmt.Errorf("layer %d is number %d, or not of the part that it should be", i+1, l.Number)
		}
		if l.Added.Bytes > l.Unpacked || l.Added.Files > l.Files {
			return fmt.Errorf("layer %d adds %+v, and has %d files of %d bytes", i+1, l.Added, l.Files, l.Unpacked)
		}
	}
	entries, fromLayer, err := m.checkEntries()
	if err != nil {
		return err
	}
	for i, size := range fromLayer {
		final += size
		if size > m.Layers[i].Unpacked {
			return fmt.Errorf("%d bytes are from layer %d, which has %d", size, i+1, m.Layers[i].Unpacked)
		}
	}
	for i := range m.Entries {
		if m.Entries[i].Type == string(image.Regular) {
			remaining++
		}
	}
	for _, w := range m.WastedPaths {
		onPaths += w.Bytes
	}
	for _, sum := range []struct {
		what      string
		got, want uint64
	}{
		{"the layers, the manifest and the config", stored, m.Size},
		{"the layers' files", unpacked, m.Unpacked},
		{"the entries", final, m.Final},
		{"what layers overwrite and delete", hidden, m.Hidden},
		{"the final and the hidden bytes", m.Final + m.Hidden, m.Unpacked},
		{"the layers' wasted bytes", wasted, m.Wasted},
		{"the wasted paths", onPaths, m.Wasted},
		{"the files that remain or are gone", uint64(remaining) + uint64(gone), uint64(files)},
	} {
		if sum.got != sum.want {
			return fmt.Errorf("%s add up to %d, not to %d", sum.what, sum.got, sum.want)
		}
	}
	if m.Efficiency.Smallest > m.Efficiency.All {
		return fmt.Errorf("the smallest sizes add up to %d, all to %d", m.Efficiency.Smallest, m.Efficiency.All)
	}
	return m.checkBinaries(entries)
}

// checkEntries returns the entries by path and the bytes of each layer's.
func (m *Image) checkEntries() (paths byPath, fromLayer []uint64, err error) {
	paths = newByPath(len(m.Entries), func(i int) string { return m.Entries[i].Path })
	if again, ok := paths.twice(); ok {
		return byPath{}, nil, fmt.Errorf("two entries are called %q", again)
	}
	fromLayer = make([]uint64, len(m.Layers))
	for i := range m.Entries {
		e := &m.Entries[i]
		switch {
		case e.Layer < 1 || e.Layer > len(m.Layers):
			return byPath{}, nil, fmt.Errorf("the entry %q is from layer %d of %d", e.Path, e.Layer, len(m.Layers))
		case e.Size > 0 && e.Type != string(image.Regular):
			return byPath{}, nil, fmt.Errorf("the entry %q is no file and has %d bytes", e.Path, e.Size)
		}
		fromLayer[e.Layer-1] += e.Size
	}
	return paths, fromLayer, nil
}

func (m *Image) checkBinaries(entries byPath) error {
	for i := range m.Binaries {
		b := &m.Binaries[i]
		if at, ok := entries.find(b.Path); !ok || !m.Entries[at].ELF || m.Entries[at].Size != b.FileSize {
			return fmt.Errorf("the binary %q is no ELF file of %d bytes in the image", b.Path, b.FileSize)
		}
		if err := b.Check(); err != nil {
			return fmt.Errorf("%q: %w", b.Path, err)
		}
	}
	return nil
}

// Write writes what Encode writes of the report, a part at a time.
func (r *Images) Write(w io.Writer) error {
	frame := *r
	frame.Images = emptied(r.Images)
	return writeAll(w, &frame, "images", len(r.Images), func(i int, prefix string) error { return r.Images[i].write(w, prefix) })
}

func (m *Image) write(w io.Writer, prefix string) error {
	frame := *m
	frame.Entries, frame.WastedPaths, frame.Binaries = emptied(m.Entries), emptied(m.WastedPaths), emptied(m.Binaries)
	return writeLong(w, &frame, prefix, entryList("entries", m.Entries), entryList("wasted_paths", m.WastedPaths), binaryList(m.Binaries))
}
