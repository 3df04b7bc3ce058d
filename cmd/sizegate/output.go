package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// output collects what a command writes, and delivers it whole or not at all.
type output struct {
	bytes.Buffer
	stdout io.Writer
	path   string   // "" for stdout
	temp   *os.File // beside path, renamed to it by deliver
}

// newOutput prepares for path. A file that cannot be written there is a mistake
// that is found before anything is measured.
func newOutput(stdout io.Writer, path string) (*output, error) {
	o := &output{stdout: stdout, path: path}
	if path == "" {
		return o, nil
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, usagef("%s: not a regular file (name a file for --output)", path)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".sizegate-*")
	if err != nil {
		return nil, usagef("%s: cannot be written: %v (name a file in a folder you can write to)", path, cause(err))
	}
	o.temp = temp
	return o, nil
}

// discard leaves nothing behind of an output that was not delivered.
func (o *output) discard() {
	if o.temp != nil {
		o.temp.Close()
		os.Remove(o.temp.Name())
		o.temp = nil
	}
}

// deliver writes everything.
func (o *output) deliver() error {
	if o.path == "" {
		if _, err := o.stdout.Write(o.Bytes()); err != nil {
			return fmt.Errorf("standard output: %v (the result is not complete)", cause(err))
		}
		return nil
	}
	defer o.discard()
	mode := os.FileMode(0o644)
	if info, err := os.Stat(o.path); err == nil {
		mode = info.Mode().Perm()
	}
	_, err := o.temp.Write(o.Bytes())
	if err == nil {
		err = o.temp.Chmod(mode)
	}
	if closeErr := o.temp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(o.temp.Name(), o.path)
	}
	if err != nil {
		return fmt.Errorf("%s: cannot be written: %v (the file is as it was)", o.path, cause(err))
	}
	o.temp = nil
	return nil
}

// cause is the reason in a file error, without the name that the message has
// already.
func cause(err error) error {
	switch e := err.(type) {
	case *os.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}
