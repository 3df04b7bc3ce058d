// Package input reads what is to be compressed, counts it, and ends when it is
// cancelled.
package input

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Reader reads with cancellation and counts what it has read.
type Reader struct {
	// Count is the bytes that were read.
	Count uint64

	ctx context.Context
	r   io.Reader
}

// New returns a Reader of r that ends with ctx.
func New(ctx context.Context, r io.Reader) *Reader { return &Reader{ctx: ctx, r: r} }

// Read is that of an io.Reader that ends with the context's error once that is done.
func (in *Reader) Read(p []byte) (int, error) {
	if err := in.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := in.r.Read(p)
	in.Count += uint64(n)
	return n, err
}

// Fill reads until p is full. At the end of the input it returns fewer bytes,
// in the end none, without an error: the encoder's window depends on how much
// each read brings, and the tools' reads of a regular file are always full.
func (in *Reader) Fill(p []byte) (int, error) {
	n, err := io.ReadFull(in, p)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return n, nil
	}
	return n, err
}

// WrongSize is the error about got bytes where want were expected.
func WrongSize(got, want uint64) error {
	if got > want {
		return fmt.Errorf("more than the %d bytes expected", want)
	}
	return fmt.Errorf("%d bytes where %d were expected: %w", got, want, io.ErrUnexpectedEOF)
}
