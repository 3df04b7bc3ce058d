package bundle

import (
	"context"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/sizegate/sizegate/internal/bundle/flaw"
	"github.com/sizegate/sizegate/internal/filestamp"
)

// single is a package that is one file.
type single struct {
	f    *os.File
	size uint64
}

// Single is the directory that would have nothing but the ELF file at path, called
// name there. The error is a [*flaw.Error].
func Single(path, name string) (*Package, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, flaw.Opening(err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrInvalid
	}
	if err != nil {
		f.Close()
		return nil, flaw.Opening(err)
	}
	size := uint64(info.Size())
	e := Entry{Path: name, Type: File, Mode: info.Mode().Perm(), Size: size, Category: Native, ELF: true}
	return &Package{
		Format: FormatDirectory, Size: size, Unzipped: size, Entries: []Entry{e}, source: &single{f, size}, closer: f,
		modified: func() error { return sameFile(f, filestamp.Of(info)) },
	}, nil
}

func (s *single) visit(_ context.Context, entries []int, f Visitor) error {
	for _, i := range entries {
		if err := f(i, io.NewSectionReader(s.f, 0, int64(s.size)), nil); err != nil {
			return err
		}
	}
	return nil
}
