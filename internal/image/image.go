package image

import (
	"context"
	"io"
	"io/fs"

	"github.com/sizegate/sizegate/internal/image/stored"
	"github.com/sizegate/sizegate/internal/image/unpack"
)

// Type is what a path in the image is.
type Type string

const (
	Regular   Type = "file"
	Directory Type = "directory"
	Symlink   Type = "symlink"
	HardLink  Type = "hardlink" // another name of a regular file
	Special   Type = "special"  // a device, a pipe
)

// One is one of the type, for messages.
func (t Type) One() string {
	switch t {
	case Symlink:
		return "a symbolic link"
	case HardLink:
		return "a hard link"
	case Special:
		return "a device or a pipe"
	}
	return "a " + string(t)
}

// typeNames are what the entries of layers are called.
var typeNames = [...]Type{unpack.Regular: Regular, unpack.Directory: Directory, unpack.Symlink: Symlink, unpack.HardLink: HardLink, unpack.Special: Special}

// File is a path in the final file system.
type File struct {
	// Path is clean, with slashes and relative to the root. It may hold any other
	// character.
	Path   string
	Type   Type
	Target string // of a symbolic link as it is written, of a hard link the path of the file
	// Mode is the permission bits.
	Mode fs.FileMode
	// Layer is the position in Layers of the one that it is from. Directories that
	// have no entry of their own are from the one that needs them first.
	Layer int
	Size  uint64 // of a regular file, else 0
	ELF   bool   // a regular file with an ELF file's first bytes
}

// Change is files and their bytes.
type Change struct {
	Files int
	Bytes uint64
}

// Layer is one layer of an image. The package comment has the rules.
type Layer struct {
	Digest    string // sha256:… of the blob as it is stored
	DiffID    string // sha256:… of the uncompressed tar
	MediaType string // as the manifest says, "" in docker's own format
	// Missing says that the image is stored without this layer, as some licences
	// demand. Compressed is then what the manifest says, and all else is 0.
	Missing    bool
	Compressed uint64 // bytes of the blob
	Tar        uint64 // bytes of the uncompressed tar
	Unpacked   uint64 // bytes of the regular files
	Files      int    // regular files
	CreatedBy  string // what made it, as the history says, "" if that is unknown
	Base       bool   // of the base image, as far as Image.Base tells
	// Added is this layer's files at paths where no file was. Its other files
	// are those that replace one.
	Added Change
	// Overwritten and Deleted are the files of the layers below (or of the same
	// layer, where it has a path twice) that are gone with this one: replaced at
	// their path, or removed.
	Overwritten, Deleted Change
	// Wasted is the share of Image.Wasted that lies in this layer.
	Wasted uint64
}

// Base is what is known of the image that this one was built on.
type Base struct {
	Name, Digest string // from annotations, "" without
	// Layers is how many of the lowest layers are the base's, as inferred from the
	// history; 0 is unknown.
	Layers int
	// Evidence says what Layers was inferred from, "" if it is unknown.
	Evidence string
}

// WastedPath is a path that is wasted by dive's rule.
type WastedPath struct {
	Path  string
	Count int    // how often it counts
	Bytes uint64 // the sum of its sizes
}

// Image is a container image. Its fields do not change after Open. [Image.Len] and
// [Image.File] are its final file system.
type Image struct {
	Source    string // as it was named
	Format    stored.Format
	Reference string // the name and tag, if the image says one
	Platform  string // "linux/arm64", "linux/arm/v7"; "" if the image does not say
	// Command is its ENTRYPOINT and, behind it, its CMD. It may hold any text.
	Command []string
	Digest  string // of the manifest, "" in docker's own format
	ID      string // the digest of the config
	Archive uint64 // bytes of the archive's file, 0 where there is none
	// Manifest and Config are bytes, and in Compressed.
	Manifest, Config uint64
	Compressed       uint64
	Unpacked         uint64 // of all layers
	// Final is the bytes of the regular files that remain, Hidden of those that a
	// layer above overwrites or deletes: together they are Unpacked.
	Final, Hidden uint64
	Layers        []Layer // the lowest first
	Base          Base
	Wasted        uint64
	// WastedPaths are what Wasted is made of, the largest first, then by path.
	// Those of 0 bytes are left out.
	WastedPaths []WastedPath
	// SmallestBytes and AllBytes are the sums over all paths of dive's rule.
	SmallestBytes, AllBytes uint64
	Warnings                []string

	fileList // what remains
	stored   *stored.Image
}

// Contents names an entry of a layer: two are equal if they are the same bytes of
// the same layer.
type Contents struct {
	layer *unpack.Layer
	entry int
}

// Analyse looks at an ELF file in a layer. Several calls run side by side. The
// contents, of up to 256 MiB, are gone when it returns.
type Analyse func(at Contents, path string, contents *io.SectionReader)

// Open opens the image at a path, or in a registry if source begins with
// [stored.Registry], and reads all of it. platform is "" where there is only one, or
// "os/arch" or "os/arch/variant". The error is a [*fault.Error], or that of a context
// that is done.
//
// A layer that is compressed, or comes over the network, is best read once: its
// ELF files are handed to analyse, if that is not nil, as they come by. Layers
// above may hide some of them, which [Image.Contents] of the files that remain
// tells. Other layers can be read in place, and are left to [Image.Visit].
func Open(ctx context.Context, source, platform string, analyse Analyse) (*Image, error) {
	from, err := stored.Open(ctx, source, platform)
	if err != nil {
		return nil, err
	}
	m := &Image{
		Source: source, Format: from.Format, Reference: from.Reference, Platform: from.Platform, Command: from.Command,
		Digest: from.Digest, ID: from.ID, Archive: from.Archive, Manifest: from.Manifest, Config: from.Config, stored: from,
	}
	if err := from.Outcome(ctx, m.read(ctx, analyse)); err != nil {
		from.Close()
		return nil, err
	}
	return m, nil
}

// Contents is where the contents of File(i), a regular file, are.
func (m *Image) Contents(i int) Contents {
	at := m.files[i].contents
	return Contents{m.layers[at.layer].Layer, int(at.entry)}
}

// Close closes the archive or the directory.
func (m *Image) Close() error { return m.stored.Close() }

// Unchanged returns an error if the archive was written to since it was opened,
// as far as its size and time of modification tell. The blobs of a directory are
// held against that each time they are opened.
func (m *Image) Unchanged() error { return m.stored.Unchanged() }
