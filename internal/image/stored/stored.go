package stored

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/sizegate/sizegate/internal/filestamp"
	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/oneline"
)

// Format is how an image is stored.
type Format string

const (
	FormatDocker     Format = "docker-archive" // docker save's own: a tar with manifest.json
	FormatOCI        Format = "oci-layout"     // a directory
	FormatOCIArchive Format = "oci-archive"    // a tar of such a directory
	FormatRegistry   Format = "registry"
)

// Registry is in front of the name of an image in a registry.
const Registry = "registry:"

// ErrPlatforms is the cause of an error about images for several platforms, of
// which none was named.
var ErrPlatforms = errors.New("images for several platforms")

// Image is an image as it is stored and as it describes itself. Its texts are
// printable, but for those of Command, History and Annotations.
type Image struct {
	Format    Format
	Reference string // the name and tag, if the image says one
	Platform  string // "linux/arm64", "linux/arm/v7"; "" if the image does not say
	// Command is its ENTRYPOINT and, behind it, its CMD.
	Command []string
	Digest  string // of the manifest, "" in docker's own format
	ID      string // the digest of the config
	Archive uint64 // bytes of the archive's file, 0 where there is none
	// Manifest and Config are bytes, Manifest 0 in docker's own format.
	Manifest, Config uint64
	Layers           []Layer // the lowest first
	History          []Step
	// Annotations are those of the manifest, those of what points to it, and the
	// labels of the config.
	Annotations [3]map[string]string
	Warnings    []string

	store store
}

// Layer is a layer as the manifest and the config describe it.
type Layer struct {
	Digest    string // sha256:… of the blob, "" in docker's own format
	DiffID    string // sha256:… of the uncompressed tar
	MediaType string // "" in docker's own format
	Size      uint64 // bytes of the blob, 0 in docker's own format
	// Blob is the same for layers that are made of the same one, and nil where the
	// image is stored without it, as some licences demand.
	Blob *Blob
}

// Verify returns an error if a blob with this digest and size in bytes, whose tar
// has the digest diffID, is not what is described.
func (l *Layer) Verify(digest, diffID string, size uint64) error {
	switch {
	case l.Digest != "" && digest != l.Digest:
		return fault.Damaged("its digest is %s and not %s", digest, l.Digest)
	case l.Digest != "" && size != l.Size:
		return fault.Damaged("it is %d bytes, and %d are said", size, l.Size)
	case diffID != l.DiffID:
		return fault.Damaged("unpacked its digest is %s and not %s", diffID, l.DiffID)
	}
	return nil
}

// Open finds the image at a path, or in a registry if source begins with
// [Registry], and reads its manifest and config. platform is "" where there is only
// one image, or "os/arch" or "os/arch/variant". The error is a [*fault.Error], or
// that of a context that is done.
func Open(ctx context.Context, source, platform string) (*Image, error) {
	want, err := parsePlatform(platform)
	if err != nil {
		return nil, err
	}
	s, err := openStore(source)
	if err != nil {
		return nil, err
	}
	m := &Image{store: s}
	if a, ok := s.(*archive); ok {
		m.Archive = uint64(a.size)
	}
	if err := m.Outcome(ctx, m.find(ctx, want)); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// Outcome is what reading the image came to: err, or that the archive was written
// to since it was opened. A file that is being written looks damaged, and the cause
// comes first.
func (m *Image) Outcome(ctx context.Context, err error) error {
	if changed := m.Unchanged(); changed != nil && ctx.Err() == nil {
		return changed
	}
	return err
}

// Close closes the archive or the directory.
func (m *Image) Close() error { return m.store.close() }

// Unchanged returns an error if the archive was written to since it was opened,
// as far as its size and time of modification tell. The blobs of a directory are
// held against that each time they are opened.
func (m *Image) Unchanged() error { return m.store.unchanged() }

func openStore(source string) (store, error) {
	if name, ok := strings.CutPrefix(source, Registry); ok {
		return openRegistry(name)
	}
	// O_NONBLOCK so that a named pipe that nobody writes to is refused instead
	// of waited for; it does nothing to regular files.
	f, err := os.OpenFile(source, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fault.Opening(err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fault.Opening(err)
	}
	if info.IsDir() {
		f.Close()
		return openDirectory(source)
	}
	if !info.Mode().IsRegular() {
		f.Close()
		return nil, &fault.Error{Problem: "not a regular file", Hint: "copy it to a file first"}
	}
	s, err := openArchive(f, info.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	s.file, s.stamp = f, filestamp.Of(info)
	return s, nil
}

// sameFile is an error if the open file is not what it was.
func sameFile(f *os.File, stamp filestamp.Stamp) error {
	now, err := f.Stat()
	if err != nil {
		return fault.Opening(err)
	}
	if !stamp.Fits(now) {
		return &fault.Error{Problem: "changed while it was read", Hint: "run again when it is written"}
	}
	return nil
}

// find reads the documents of the image that is meant.
func (m *Image) find(ctx context.Context, want *platform) error {
	from, err := m.store.start(ctx)
	if err != nil {
		return err
	}
	c, err := resolve(ctx, m.store, from, want)
	if err != nil {
		return err
	}
	if err := c.readConfig(ctx, m.store); err != nil {
		return err
	}
	is := c.config.platform()
	switch {
	case want != nil && is.known() && is != *want:
		return &fault.Error{Problem: "no image for " + want.String(), Hint: "this one is for " + is.String()}
	case is.known() && c.platform.known() && is != c.platform:
		m.Warnings = append(m.Warnings, "the index says that it is for "+c.platform.String()+", and its config that it is for "+is.String())
	case !is.known():
		is = c.platform
	}
	m.Format, m.Reference, m.Platform = from.format, printable(c.reference), is.String()
	m.Digest, m.ID = c.descriptor.Digest, digestOf(c.text)
	m.Manifest, m.Config = c.size, uint64(len(c.text))
	m.Command = slices.Concat(c.config.Config.Entrypoint, c.config.Config.Cmd)
	m.History = c.config.History
	m.Annotations = [...]map[string]string{c.manifest.Annotations, c.descriptor.Annotations, c.config.Config.Labels}
	return m.findLayers(c.manifest.Layers, c.config.RootFS.DiffIDs)
}

// findLayers finds the blobs of the layers.
func (m *Image) findLayers(described []descriptor, diffIDs []string) error {
	if len(described) != len(diffIDs) {
		return fault.Damaged("its config names %d layers, and %d are there", len(diffIDs), len(described))
	}
	blobs := make(map[string]*Blob)
	for i, d := range described {
		l := Layer{Digest: d.Digest, DiffID: diffIDs[i], MediaType: printable(d.MediaType), Size: uint64(d.Size)}
		foreign, err := layerKind(d.MediaType)
		if err == nil && d.path == "" {
			err = d.check()
		}
		if err == nil {
			err = checkDigest(l.DiffID)
		}
		if err != nil {
			return LayerError(i, err)
		}
		key := d.path + d.Digest
		if l.Blob = blobs[key]; l.Blob == nil {
			l.Blob, err = m.findLayer(d, foreign)
			switch {
			case errors.Is(err, errMissing) && foreign:
				m.Warnings = append(m.Warnings, fmt.Sprintf("layer %d is not stored with the image (its licence says so), and only counts with the %d bytes that are said", i+1, d.Size))
			case err != nil:
				return LayerError(i, err)
			default:
				blobs[key] = l.Blob
			}
		}
		m.Layers = append(m.Layers, l)
	}
	return nil
}

// findLayer finds the blob of a layer, and is errMissing where a foreign one is not
// stored.
func (m *Image) findLayer(d descriptor, foreign bool) (*Blob, error) {
	b, err := m.store.blob(d)
	if foreign && m.Format == FormatRegistry {
		err = errMissing // registries do not have them
	}
	switch {
	case errors.Is(err, errMissing) && !foreign:
		return nil, fault.Damaged("its blob %s is missing", d.shown())
	case err != nil:
		return nil, err
	case d.sized && b.Size != d.Size:
		return nil, fault.Damaged("it is %d bytes, and %d are said", b.Size, d.Size)
	}
	return b, nil
}

// LayerError puts the number of the layer at a position in front of an error.
func LayerError(i int, err error) error { return fault.In(fmt.Sprintf("layer %d", i+1), err) }

// Blob is the bytes of a layer, a config or another document.
type Blob struct {
	Name string // for errors, printable
	Size int64  // bytes, at least 0
	// Open reads the blob from its start.
	Open func(ctx context.Context) (io.ReadCloser, error)
	// Place opens it for reading anywhere; nil if it comes as a stream.
	Place func() (ReaderAtCloser, error)
}

// ReaderAtCloser is an open blob that can be read anywhere.
type ReaderAtCloser interface {
	io.ReaderAt
	io.Closer
}

// printable makes text of the image fit to be a value that people read.
func printable(text string) string { return oneline.Quote(text, 4096) }
