package image

import (
	"cmp"
	"context"
	"io"
	"slices"

	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/image/unpack"
	"github.com/sizegate/sizegate/internal/oneline"
)

// Visitor gets the contents of File(i), or the error that stands for them. Several
// calls run side by side. The contents are gone when it returns.
type Visitor func(i int, contents *io.SectionReader, err error)

// Visit calls f once for each of the files at these positions. What lies in a
// layer that is not compressed is read there. Another layer is unpacked once more;
// a file of more than 256 MiB is then a [*fault.Error], and so is what is not a regular
// file.
//
// All calls have returned when Visit does, with the reason why no more of the image
// can be read if there is one.
func (m *Image) Visit(ctx context.Context, files []int, f Visitor) error {
	order := slices.Clone(files)
	slices.SortFunc(order, func(x, y int) int {
		a, b := m.files[x].contents, m.files[y].contents
		return cmp.Or(cmp.Compare(a.layer, b.layer), cmp.Compare(a.entry, b.entry))
	})
	order = slices.Compact(order)
	for len(order) > 0 {
		layer := m.files[order[0]].contents.layer
		n := slices.IndexFunc(order, func(i int) bool { return m.files[i].contents.layer != layer })
		if n < 0 {
			n = len(order)
		}
		var u *unpack.Layer // none for what is no regular file
		if layer != none {
			u = m.layers[layer].Layer
		}
		if err := m.visitLayer(ctx, u, order[:n], f); err != nil {
			return err
		}
		order = order[n:]
	}
	return nil
}

func (m *Image) visitLayer(ctx context.Context, u *unpack.Layer, files []int, f Visitor) error {
	var positions []int32
	var regular []int // the files at these positions
	for _, i := range files {
		if t := m.File(i).Type; t != Regular {
			f(i, nil, m.named(i, &fault.Error{Problem: "not a file but " + t.One(), Hint: "name a file"}))
			continue
		}
		positions = append(positions, m.files[i].contents.entry)
		regular = append(regular, i)
	}
	if len(regular) == 0 {
		return ctx.Err()
	}
	return u.Visit(ctx, positions, func(n int, contents *io.SectionReader, err error) {
		i := regular[n]
		f(i, contents, m.named(i, err))
	})
}

// named puts a file's path in front of an error about its contents, if there is one.
func (m *Image) named(i int, err error) error {
	if err == nil {
		return nil
	}
	return fault.In(oneline.Name(m.pathOf(i)), err)
}
