// Package output writes a result to a file or to standard output, whole or not at
// all, and tells which files an output must not be.
package output

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/sizegate/sizegate/internal/fileerror"
	"github.com/sizegate/sizegate/internal/interrupt"
	"github.com/sizegate/sizegate/internal/scratch"
	"github.com/sizegate/sizegate/internal/usage"
)

// Output collects what a command writes, and delivers it whole or not at all. What is
// written first is on disk once it is long, what follows in memory.
type Output struct {
	held   bytes.Buffer
	stdout io.Writer
	path   string        // as the user named it, "" for stdout
	target string        // what path names, behind symbolic links
	temp   *scratch.File // beside target, moved to it by Deliver; nil for stdout
	spill  *os.File      // of stdout, in folder; nil while all is in memory
	folder *scratch.Dir
	full   bool // the disk takes no more

	interrupted <-chan struct{} // closed by a signal; nil for never
}

// maxHeld is about the bytes that are kept in memory while there is room on the disk.
const maxHeld = 1 << 20

// New prepares for the file path, or for stdout if that is "". A file that cannot be
// written, or that is one of the inputs, is a usage.Error, so that it is found before
// anything is measured. Deliver or Discard must be called. interrupted is closed by a
// signal, and nil for never.
func New(stdout io.Writer, path string, inputs []string, interrupted <-chan struct{}) (*Output, error) {
	if path == "-" {
		return nil, usage.Errorf("-: standard output needs no --output (name a file)")
	}
	o := &Output{stdout: stdout, path: path, target: path, interrupted: interrupted}
	if path == "" {
		return o, nil
	}
	if info, err := os.Stat(path); err == nil {
		if !info.Mode().IsRegular() {
			return nil, usage.Errorf("%s: not a regular file (name a file for --output)", path)
		}
		for _, input := range inputs {
			if other, err := os.Stat(input); err == nil && os.SameFile(info, other) {
				return nil, usage.Errorf("%s: would be overwritten, and is to be measured (name another file for --output)", path)
			}
		}
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		o.target = target // a rename would replace the link
	} else if o.target, err = behindLinks(path); err != nil {
		return nil, usage.Errorf("%s: cannot be written: %v (name a file in a folder you can write to)", path, fileerror.Cause(err))
	}
	temp, err := scratch.NewFile(filepath.Dir(o.target), ".sizegate-")
	if err != nil {
		return nil, usage.Errorf("%s: cannot be written: %v (name a file in a folder you can write to)", path, fileerror.Cause(err))
	}
	o.temp = temp
	// Who may not read the old file does not read the new one while it is written.
	if old, err := os.Stat(o.target); err == nil {
		if info, err := temp.Stat(); err == nil {
			_ = temp.Chmod(info.Mode().Perm()&old.Mode().Perm() | 0o600)
		}
	}
	return o, nil
}

// behindLinks follows links that lead to a file that is not there yet.
func behindLinks(path string) (string, error) {
	const most = 40 // as Linux
	for range most {
		link, err := os.Readlink(path)
		if err != nil {
			return path, nil
		}
		if !filepath.IsAbs(link) {
			// Not filepath.Join, which would resolve .. without looking at links.
			link = filepath.Dir(path) + string(filepath.Separator) + link
		}
		path = link
	}
	return "", syscall.ELOOP
}

// Write never fails: what the disk does not take stays in memory, so that a full disk
// matters to those alone who named a file on it.
func (o *Output) Write(text []byte) (int, error) {
	for part := range slices.Chunk(text, maxHeld/16) {
		o.held.Write(part)
		if o.held.Len() >= maxHeld && !o.full {
			o.full = o.save() != nil
		}
	}
	return len(text), nil
}

// save moves what is held to the disk. After an error what was not moved is still
// held.
func (o *Output) save() error {
	if o.temp != nil {
		_, err := o.held.WriteTo(o.temp)
		return err
	}
	if o.spill == nil {
		var err error
		if o.folder, err = scratch.New("sizegate-output-"); err != nil {
			return err
		}
		if o.spill, err = os.Create(filepath.Join(o.folder.Path(), "stdout")); err != nil {
			return err
		}
	}
	_, err := o.held.WriteTo(o.spill)
	return err
}

// Discard leaves nothing behind of an output that was not delivered.
func (o *Output) Discard() {
	if o.temp != nil {
		o.temp.Discard()
		o.temp = nil
	}
	if o.spill != nil {
		o.spill.Close()
		o.spill = nil
	}
	if o.folder != nil {
		o.folder.Close()
		o.folder = nil
	}
}

// ErrReaderGone is the end of a command whose standard output is read no more, as head
// does: nobody asked for more, and nothing is to be said.
var ErrReaderGone = errors.New("standard output is closed")

// Deliver writes everything. The file is replaced at once, or after an error as it was.
func (o *Output) Deliver() error {
	defer o.Discard()
	if o.path == "" {
		if err := o.print(); errors.Is(err, syscall.EPIPE) {
			return ErrReaderGone
		} else if err == errUnread {
			return err
		} else if err != nil {
			return fmt.Errorf("standard output: %v (the result is not complete)", fileerror.Cause(err))
		}
		return nil
	}
	err := o.save()
	kept := "no file was made"
	if info, statErr := os.Stat(o.target); statErr == nil {
		kept = "the file is as it was"
		if err == nil {
			err = o.temp.Become(info)
		}
	}
	if err == nil {
		err = o.temp.MoveTo(o.target)
	}
	if err != nil {
		return fmt.Errorf("%s: cannot be written: %v (%s)", o.path, fileerror.Cause(err), kept)
	}
	o.temp = nil
	return nil
}

// errUnread is the end by a signal while nobody reads what is written to stdout.
var errUnread = errors.New("interrupted (the result is not complete)")

// print writes everything to stdout. Who reads that can stop for ever without closing
// it: a write waits then, and no signal but SIGKILL would end the program if print
// did.
func (o *Output) print() error {
	parts := []io.Reader{&o.held}
	if o.spill != nil {
		if _, err := o.spill.Seek(0, io.SeekStart); err != nil {
			return err
		}
		parts = []io.Reader{o.spill, &o.held}
	}
	written := make(chan error, 1)
	go func() {
		_, err := io.Copy(o.stdout, io.MultiReader(parts...))
		written <- err
	}()
	select {
	case err := <-written:
		return err
	case <-o.interrupted:
	}
	select {
	case err := <-written:
		return err
	case <-time.After(interrupt.Moment):
		return errUnread
	}
}
