package facts

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"strconv"
	"strings"
)

// VersionsNeeded returns the libraries of which .gnu.version_r needs versions,
// and the newest GLIBC_ version among these. (Linux Standard Base Core, Symbol
// Versioning.)
func (in *File) VersionsNeeded() (libraries []string, newest string, err error) {
	needed, names := in.Section(".gnu.version_r"), in.Section(".dynstr")
	if needed == nil || names == nil {
		return nil, "", nil
	}
	data, err := in.Binary.Bytes(needed)
	if err != nil {
		return nil, "", err
	}
	text, err := in.Binary.Bytes(names)
	if err != nil {
		return nil, "", err
	}
	name := func(offset uint32) string {
		if uint64(offset) >= uint64(len(text)) {
			return ""
		}
		tail := text[offset:]
		s, _, _ := bytes.Cut(tail[:min(len(tail), 256)], []byte{0})
		return string(s)
	}
	// Entries lead forward, and there is at most one in 16 bytes.
	const entry = 16
	most := len(data) / entry
	for at := 0; at+entry <= len(data) && most > 0 && len(libraries) < 64; {
		e := data[at:]
		libraries = append(libraries, name(binary.LittleEndian.Uint32(e[4:])))
		aux := uint64(at) + uint64(binary.LittleEndian.Uint32(e[8:]))
		for range binary.LittleEndian.Uint16(e[2:]) {
			if most--; most < 0 || aux+entry > uint64(len(data)) {
				break
			}
			x := data[aux:]
			if v, ok := strings.CutPrefix(name(binary.LittleEndian.Uint32(x[8:])), "GLIBC_"); ok && newerVersion(v, newest) {
				newest = v
			}
			next := binary.LittleEndian.Uint32(x[12:])
			if next == 0 {
				break
			}
			aux += uint64(next)
		}
		next := binary.LittleEndian.Uint32(e[12:])
		if next == 0 || uint64(next) > uint64(len(data)) {
			break
		}
		at += int(next)
	}
	return libraries, newest, nil
}

// newerVersion compares "2.34" with "2.4", "" or a version that has been
// accepted. What is no version is not newer.
func newerVersion(v, than string) bool {
	for {
		head, tail, more := strings.Cut(v, ".")
		head2, tail2, more2 := strings.Cut(than, ".")
		x, err := strconv.ParseUint(head, 10, 16)
		if err != nil {
			return false
		}
		y, err := strconv.ParseUint(head2, 10, 16)
		if err != nil {
			return true // nothing was accepted yet
		}
		if c := cmp.Compare(x, y); c != 0 || !more && !more2 {
			return c > 0
		}
		if !more || !more2 {
			return more
		}
		v, than = tail, tail2
	}
}

// Interpreter returns the path of the dynamic linker, "" without one.
func (in *File) Interpreter() string {
	for _, p := range in.Binary.Segments {
		if p.Type == elf.PT_INTERP {
			buf := make([]byte, min(p.Filesz, 256))
			if _, err := in.Binary.Reader().ReadAt(buf, int64(p.Off)); err == nil {
				name, _, _ := strings.Cut(string(buf), "\x00")
				return name
			}
		}
	}
	return ""
}
