package stored

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/sizegate/sizegate/internal/filestamp"
	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/tarfile"
)

const (
	// maxMembers is of the archive around the layers.
	maxMembers = 100_000
	maxLinks   = 8 // from one member to another
)

// archive is a tar with an image in it: docker's own format, an OCI layout, or
// both at once, as docker save has written it since version 25.
type archive struct {
	r       io.ReaderAt
	size    int64
	file    *os.File
	stamp   filestamp.Stamp
	members map[string]member
	images  dockerList   // of manifest.json, nil without
	index   []descriptor // of index.json, nil without
}

// member is a file in the archive, or a link to one.
type member struct {
	at, size int64
	link     string // a clean name, "" for a file
}

func openArchive(r io.ReaderAt, size int64) (*archive, error) {
	a := &archive{r: r, size: size, members: make(map[string]member)}
	if err := a.list(); err != nil {
		return nil, err
	}
	if layout, ok := a.find("oci-layout"); ok && layout.Size <= maxDocument {
		if index, ok := a.find("index.json"); ok {
			text, err := readDocument(context.Background(), index, descriptor{})
			if err != nil {
				return nil, err
			}
			m, err := decodeManifest("index.json", text)
			if err != nil {
				return nil, err
			}
			a.index = m.Manifests
			return a, nil
		}
	}
	b, ok := a.find("manifest.json")
	if !ok {
		if _, old := a.find("repositories"); old {
			return nil, &fault.Error{Problem: "an image as docker saved it before version 1.10", Hint: "load it, and save it with a current docker"}
		}
		return nil, notImage("a tar archive without manifest.json or an OCI layout, so no image", "make one with docker save -o FILE NAME")
	}
	text, err := readDocument(context.Background(), b, descriptor{})
	if err != nil {
		return nil, err
	}
	// Other archives have a file of that name too.
	if first := bytes.TrimLeft(text, " \t\r\n"); len(first) == 0 || first[0] != '[' {
		return nil, notImage("manifest.json is not a list of images", "make the archive with docker save -o FILE NAME")
	}
	if err := decode("manifest.json", text, &a.images); err != nil {
		return nil, err
	}
	return a, nil
}

// list notes where the archive's files are, without reading them.
func (a *archive) list() error {
	head := make([]byte, min(a.size, 512))
	if n, err := a.r.ReadAt(head, 0); err != nil && n < len(head) {
		return fault.Reading(err)
	}
	const hint = "make the archive with docker save -o FILE NAME"
	switch {
	case len(head) == 0:
		return notImage("an empty file", "did docker save fail, or the disk fill up?")
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return compressed("gzip", "gunzip")
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		return compressed("zstd", "unzstd")
	}
	in := &tarfile.Section{R: a.r, Size: a.size}
	t := tar.NewReader(in)
	for first := true; ; first = false {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			if first && errors.Is(err, tar.ErrHeader) || a.size < 512 {
				return notImage("no tar archive, so no image", hint)
			}
			if errors.Is(err, tar.ErrHeader) {
				return fault.Damaged("a header of the archive is not one of tar")
			}
			return fault.Unpacking("the archive", err)
		}
		if len(a.members) == maxMembers {
			return notImage(fmt.Sprintf("an archive of more than %d files, so no image", maxMembers), hint)
		}
		name, escapes := tarfile.Clean(h.Name)
		if escapes {
			continue // nothing that an image is made of
		}
		switch h.Typeflag {
		case tar.TypeReg, '\x00':
			if tarfile.Sparse(h) {
				continue
			}
			a.members[name] = member{at: in.At, size: h.Size}
		case tar.TypeSymlink:
			a.members[name] = member{link: strings.TrimPrefix(path.Join("/", path.Dir(name), h.Linkname), "/")}
		case tar.TypeLink:
			target, _ := tarfile.Clean(h.Linkname)
			a.members[name] = member{link: target}
		}
	}
}

func compressed(how, undo string) error {
	return &fault.Error{Problem: "a " + how + " file, and images are read from archives that are not compressed as a whole", Hint: "unpack it with " + undo, Err: errCompressed}
}

// find follows links inside the archive. Old docker saves a layer that is there
// twice as a link.
func (a *archive) find(name string) (*Blob, bool) {
	m, ok := a.members[name]
	for range maxLinks {
		if !ok || m.link == "" {
			break
		}
		m, ok = a.members[m.link]
	}
	if !ok || m.link != "" {
		return nil, false
	}
	return &Blob{
		Name: oneline.Name(name), Size: m.size,
		Open: func(ctx context.Context) (io.ReadCloser, error) {
			return io.NopCloser(io.NewSectionReader(a.r, m.at, m.size)), nil
		},
		Place: func() (ReaderAtCloser, error) {
			return nopCloserAt{io.NewSectionReader(a.r, m.at, m.size)}, nil
		},
	}, true
}

type nopCloserAt struct{ io.ReaderAt }

func (nopCloserAt) Close() error { return nil }

func (a *archive) start(context.Context) (start, error) {
	if a.images == nil {
		return start{format: FormatOCIArchive, index: a.index}, nil
	}
	return start{format: FormatDocker, docker: a.images}, nil
}

func (a *archive) manifest(ctx context.Context, d descriptor) ([]byte, error) {
	return storedManifest(ctx, a, d)
}

func (a *archive) blob(d descriptor) (*Blob, error) {
	name := d.path
	if name == "" {
		name = blobPath(d.Digest)
	}
	b, ok := a.find(name)
	if !ok {
		return nil, errMissing
	}
	return b, nil
}

func (a *archive) unchanged() error {
	if a.file == nil {
		return nil
	}
	return sameFile(a.file, a.stamp)
}

func (a *archive) close() error {
	if a.file == nil {
		return nil
	}
	return a.file.Close()
}

// blobPath is where a layout has a blob, whose digest was checked.
func blobPath(digest string) string {
	return "blobs/" + strings.Replace(digest, ":", "/", 1)
}

// storedManifest reads a manifest that is a blob like others.
func storedManifest(ctx context.Context, s store, d descriptor) ([]byte, error) {
	b, err := s.blob(d)
	if err != nil {
		return nil, err
	}
	return readDocument(ctx, b, d)
}
