package archive

import (
	"context"
	"errors"
	"io"
)

// input reads with cancellation and counts what it has read.
type input struct {
	ctx context.Context
	r   io.Reader
	n   uint64
}

// Read is an io.Reader that ends with the context's error once that is done.
func (in *input) Read(p []byte) (int, error) {
	if err := in.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := in.r.Read(p)
	in.n += uint64(n)
	return n, err
}

// fill reads until p is full. At the end of the input it returns fewer bytes,
// in the end none, without an error: the encoder's window depends on how much
// each read brings, and the tools' reads of a regular file are always full.
func (in *input) fill(p []byte) (int, error) {
	n, err := io.ReadFull(in, p)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return n, nil
	}
	return n, err
}
