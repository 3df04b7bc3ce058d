package image

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/image/fault"
)

// check proves that layers and files add up to the image.
func (m *Image) check() error {
	compressed := m.Config + m.Manifest
	var unpacked, changed, gone, wasted, onPaths, final uint64
	var files, remaining, removed int
	for i := range m.Layers {
		l := &m.Layers[i]
		compressed += l.Compressed
		unpacked += l.Unpacked
		files += l.Files
		gone += l.Overwritten.Bytes + l.Deleted.Bytes
		removed += l.Overwritten.Files + l.Deleted.Files
		wasted += l.Wasted
		if l.Added.Bytes > l.Unpacked || l.Added.Files > l.Files {
			changed++
		}
	}
	for i := range m.Len() {
		if f := m.File(i); f.Type == Regular {
			final += f.Size
			remaining++
		}
	}
	for _, w := range m.WastedPaths {
		onPaths += w.Bytes
	}
	for _, h := range []struct {
		what      string
		got, want uint64
	}{
		{"the blobs", compressed, m.Compressed},
		{"the layers", unpacked, m.Unpacked},
		{"the files that remain", final, m.Final},
		{"what remains and what is gone", final + gone, unpacked},
		{"what is gone", gone, m.Hidden},
		{"the layers' wasted bytes", wasted, m.Wasted},
		{"the paths' wasted bytes", onPaths, m.Wasted},
		{"the number of files", uint64(remaining + removed), uint64(files)},
		{"the layers that add more than they have", changed, 0},
	} {
		if h.got != h.want {
			return &fault.Error{Problem: fmt.Sprintf("%s come to %d and not %d", h.what, h.got, h.want), Hint: "a bug in sizegate, please report it"}
		}
	}
	return nil
}
