package strip

import (
	"io"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// Mode is how much is stripped.
type Mode uint8

const (
	// All drops symbols and debugging information: strip --strip-all.
	All Mode = iota
	// Debug drops debugging information and keeps the symbols: strip
	// --strip-debug, and what rustc calls -C strip=debuginfo.
	Debug
)

// Size returns how many bytes the stripped file has. It reads the headers and
// the section names, and in mode Debug the symbols. The error is an
// *elfscan.Error if the file cannot be stripped.
func Size(b *elfscan.Binary, mode Mode) (uint64, error) {
	p, err := newPlan(b, mode)
	if err != nil {
		return 0, err
	}
	return p.size, nil
}

// Write writes the stripped file. The contents of sections are copied through
// a buffer and never held as a whole. The error is an *elfscan.Error if the
// file cannot be stripped, and then nothing has been written. That includes
// files which GNU strip does strip but breaks: Size says what it makes of
// them, Write does not make it.
func Write(w io.Writer, b *elfscan.Binary, mode Mode) error {
	p, err := newPlan(b, mode)
	if err != nil {
		return err
	}
	if err := p.checkLoadable(); err != nil {
		return err
	}
	return p.write(w)
}
