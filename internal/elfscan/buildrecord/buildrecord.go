// Package buildrecord reads what the tools that built an ELF file left in it about the
// build: its ID, their names and versions, and Go's build information.
package buildrecord

import (
	"debug/elf"
	"encoding/binary"
	"encoding/hex"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// maxNotes is how much of all note sections, or of all comments, is looked at;
// real ones have a few hundred bytes.
const maxNotes = 1 << 16

// ID returns the GNU build ID in hexadecimal, or else Go's own build ID
// as text, or "".
func ID(b *elfscan.Binary) string {
	const (
		gnuBuildID = 3 // NT_GNU_BUILD_ID
		goBuildID  = 4 // ELF_NOTE_GOBUILDID_TAG of cmd/link
	)
	goID := ""
	left := uint64(maxNotes)
	for i := range b.Sections {
		s := &b.Sections[i]
		if s.Type != elf.SHT_NOTE || s.Size > left {
			continue
		}
		left -= s.Size
		data, err := b.Bytes(s)
		if err != nil {
			continue
		}
		for len(data) >= 12 {
			le := binary.LittleEndian
			nameSize, descSize := uint64(le.Uint32(data)), uint64(le.Uint32(data[4:]))
			kind := le.Uint32(data[8:])
			data = data[12:]
			nameEnd := (nameSize + 3) &^ 3
			descEnd := nameEnd + (descSize+3)&^3
			if nameEnd+descSize > uint64(len(data)) {
				break
			}
			name, desc := string(data[:nameSize]), data[nameEnd:nameEnd+descSize]
			switch {
			case name == "GNU\x00" && kind == gnuBuildID:
				return hex.EncodeToString(desc)
			case name == "Go\x00\x00" && kind == goBuildID:
				goID = string(desc)
			}
			data = data[min(descEnd, uint64(len(data))):]
		}
	}
	return goID
}

// Comments returns the strings of the .comment sections, in which compilers and
// linkers leave their names and versions. An error means that the file could not be
// read.
func Comments(b *elfscan.Binary) ([]string, error) {
	var found []string
	left := uint64(maxNotes)
	for i := range b.Sections {
		s := &b.Sections[i]
		if s.Alloc() || s.Base != ".comment" || s.Size > left {
			continue
		}
		left -= s.Size
		data, err := b.Bytes(s)
		if err != nil {
			return nil, err
		}
		found = append(found, splitNUL(data)...)
	}
	return found, nil
}

func splitNUL(data []byte) []string {
	var found []string
	for start, i := 0, 0; i <= len(data); i++ {
		if i == len(data) || data[i] == 0 {
			if i > start {
				found = append(found, string(data[start:i]))
			}
			start = i + 1
		}
	}
	return found
}
