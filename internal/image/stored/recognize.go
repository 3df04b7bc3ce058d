package stored

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"sync"
	"syscall"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/tarfile"
)

// Recognize reports whether what is at path is stored as an image, whole or broken:
// a directory or a tar archive with an OCI layout at its top, or an archive as docker
// writes it. Other archives have a manifest.json too: the shape of it decides. An
// archive that is compressed as a whole is told by its first files, though [Open]
// refuses it. The error is about what cannot be told.
func Recognize(path string) (bool, error) {
	// O_NONBLOCK as in openStore.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false, fault.Opening(err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return false, fault.Opening(err)
	case info.IsDir():
		d, err := openDirectory(path)
		if errors.Is(err, errNotImage) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		return true, d.close()
	case !info.Mode().IsRegular():
		return false, nil
	}
	a := &archive{r: f, size: info.Size(), members: make(map[string]member)}
	err = a.list()
	switch {
	case errors.Is(err, errCompressed):
		return packsImage(io.NewSectionReader(f, 0, info.Size())), nil
	case errors.Is(err, errNotImage):
		return false, nil
	case err != nil:
		return false, err
	}
	return a.isImage()
}

// isImage is about the names of the archive's members and the shape of its
// manifest.json.
func (a *archive) isImage() (bool, error) {
	_, layout := a.find("oci-layout")
	if _, index := a.find("index.json"); layout && index {
		return true, nil
	}
	b, ok := a.find("manifest.json")
	if !ok {
		_, old := a.find("repositories")
		return old && a.hasLayers(), nil
	}
	r, err := b.Open(context.Background())
	if err != nil {
		return false, err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxDocument))
	if err != nil {
		return false, fault.Reading(err)
	}
	if dockerShape(text) {
		return true, nil
	}
	other := json.Valid(text) && bytes.TrimLeft(text, space)[0] != '['
	return !other && a.hasLayers(), nil
}

const space = " \t\r\n" // between the parts of a JSON document

// dockerKeys are those of an image in docker's manifest.json.
var dockerKeys = []string{`"Config"`, `"RepoTags"`, `"Layers"`, `"Parent"`, `"LayerSources"`}

// dockerShape reports whether a text, which may be broken or cut off, is docker's
// manifest.json: a list, whose first element begins with a key of docker's, or has
// those that each image must have.
func dockerShape(text []byte) bool {
	for _, opening := range []string{"[", "{"} {
		var found bool
		if text, found = bytes.CutPrefix(bytes.TrimLeft(text, space), []byte(opening)); !found {
			return false
		}
	}
	text = bytes.TrimLeft(text, space)
	for _, key := range dockerKeys {
		if bytes.HasPrefix(text, []byte(key)) {
			return true
		}
	}
	return bytes.Contains(text, []byte(`"Config"`)) && bytes.Contains(text, []byte(`"Layers"`))
}

// layerName is what tools call layers in archives of images: by their digests.
var layerName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(blobs/sha256/[0-9a-f]{64}|[0-9a-f]{64}/layer\.tar|(sha256:)?[0-9a-f]{64}(\.tar|\.tar\.gz)|sha256:[0-9a-f]{64})$`)
})

// besideLayers may stand in front of them.
var besideLayers = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([0-9a-f]{64}(\.json|/VERSION|/json)|repositories|oci-layout|index\.json)$`)
})

func (a *archive) hasLayers() bool {
	for name := range a.members {
		if layerName().MatchString(name) {
			return true
		}
	}
	return false
}

// packsImage reports whether what a gzip or zstd file unpacks to begins as an archive
// of an image does. What cannot be unpacked does not.
func packsImage(packed io.ReadSeeker) bool {
	const (
		enough    = 8 << 20 // bytes that are unpacked: layers come early
		mostFiles = 64
	)
	var in io.Reader
	if z, err := gzip.NewReader(packed); err == nil {
		in = z
	} else {
		if _, err := packed.Seek(0, io.SeekStart); err != nil {
			return false
		}
		z, err := zstd.NewReader(packed, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(tarfile.MaxWindow))
		if err != nil {
			return false
		}
		defer z.Close()
		in = z
	}
	t := tar.NewReader(io.LimitReader(in, enough))
	var layout, index bool
	for range mostFiles {
		h, err := t.Next()
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return false
		}
		name, _ := tarfile.Clean(h.Name)
		switch {
		case h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader:
		case layerName().MatchString(name):
			return true
		case name == "manifest.json":
			text, err := io.ReadAll(io.LimitReader(t, maxDocument))
			if err != nil || !dockerShape(text) {
				return false
			}
			return true
		case !besideLayers().MatchString(name):
			return false
		}
		layout, index = layout || name == "oci-layout", index || name == "index.json"
		if layout && index {
			return true
		}
	}
	return false
}
