package stored

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/sizegate/sizegate/internal/filestamp"
	"github.com/sizegate/sizegate/internal/image/fault"
)

// directory is an OCI layout as a directory. Symbolic links are followed inside
// it, and never out of it.
type directory struct {
	root  *os.Root
	index []descriptor
}

func openDirectory(path string) (*directory, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fault.Opening(err)
	}
	d := &directory{root: root}
	if err := d.readIndex(); err != nil {
		root.Close()
		return nil, err
	}
	return d, nil
}

func (d *directory) readIndex() error {
	for _, name := range []string{"oci-layout", "index.json"} {
		if _, err := d.root.Stat(name); errors.Is(err, fs.ErrNotExist) {
			return notImage("a directory without "+name+", so no OCI layout", "name the layout's directory, or an archive of docker save")
		}
	}
	b, err := d.file("index.json")
	if err != nil {
		return err
	}
	text, err := readDocument(context.Background(), b, descriptor{})
	if err != nil {
		return err
	}
	m, err := decodeManifest("index.json", text)
	if err != nil {
		return err
	}
	d.index = m.Manifests
	return nil
}

// file describes a file of the layout, which must be the same when it is opened
// again.
func (d *directory) file(name string) (*Blob, error) {
	info, err := d.root.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errMissing
	}
	if err != nil {
		return nil, fault.In(name, fault.Opening(err))
	}
	if !info.Mode().IsRegular() {
		return nil, &fault.Error{Problem: name + " is not a regular file", Hint: fault.Again}
	}
	open := func() (*os.File, error) {
		f, err := d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			return nil, fault.In(name, fault.Opening(err))
		}
		if err := sameFile(f, filestamp.Of(info)); err != nil {
			f.Close()
			return nil, fault.In(name, err)
		}
		return f, nil
	}
	return &Blob{
		Name: name, Size: info.Size(),
		Open:  func(context.Context) (io.ReadCloser, error) { return open() },
		Place: func() (ReaderAtCloser, error) { return open() },
	}, nil
}

func (d *directory) start(context.Context) (start, error) {
	return start{format: FormatOCI, index: d.index}, nil
}

func (d *directory) manifest(ctx context.Context, desc descriptor) ([]byte, error) {
	return storedManifest(ctx, d, desc)
}

func (d *directory) blob(desc descriptor) (*Blob, error) { return d.file(blobPath(desc.Digest)) }
func (d *directory) unchanged() error                    { return nil }
func (d *directory) close() error                        { return d.root.Close() }
