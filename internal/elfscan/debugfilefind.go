package elfscan

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// debugRoot is where distributions install debug files.
const debugRoot = "/usr/lib/debug"

// FindDebugFile looks for the debug file of b, which was opened at path: by the
// build ID, then by the name and checksum in .gnu_debuglink, in the places where
// gdb looks. It returns nil if b has symbols of its own or there is none. A file
// that is there but is not of this build is passed over with a warning.
func (b *Binary) FindDebugFile(path string) (d *DebugFile, warnings []string) {
	return b.findDebugFile(path, debugRoot)
}

func (b *Binary) findDebugFile(path, root string) (d *DebugFile, warnings []string) {
	if b.BySegment || b.hasSymtab() {
		return nil, nil
	}
	self, err := os.Stat(path)
	if err != nil {
		return nil, nil
	}
	link := b.debugLink()
	candidates := b.debugCandidates(path, root, link.name)
	for i, c := range candidates {
		info, err := os.Stat(c.path)
		if err != nil || !info.Mode().IsRegular() || os.SameFile(info, self) {
			continue
		}
		if slices.ContainsFunc(candidates[:i], func(before debugCandidate) bool { return before.path == c.path }) {
			continue
		}
		d, err := b.openDebugFile(c.path)
		if err == nil && c.linked {
			if err = d.checksum(link.crc); err != nil {
				d.Close()
			}
		}
		if err != nil {
			problem := oneLine(err.Error())
			var own *Error
			if errors.As(err, &own) {
				problem = own.Problem
			}
			warnings = append(warnings, fmt.Sprintf("debug file %s is not used: %s", oneLine(c.path), problem))
			continue
		}
		return d, warnings
	}
	return nil, warnings
}

// hasSymtab says whether the file has symbols besides those for the loader. They
// are not read: most files have them.
func (b *Binary) hasSymtab() bool {
	s := b.sectionOfType(elf.SHT_SYMTAB, -1)
	return s != nil && s.Size >= 2*symbolSize
}

// debugCandidate is where a debug file may be.
type debugCandidate struct {
	path   string
	linked bool // named by .gnu_debuglink, which has its checksum
}

// debugCandidates lists the places in the order in which they are tried. link is
// the name in .gnu_debuglink, "" without one.
func (b *Binary) debugCandidates(path, root, link string) []debugCandidate {
	var list []debugCandidate
	if id := b.BuildID(); len(id) > 2 && isHex(id) {
		list = append(list, debugCandidate{path: filepath.Join(root, ".build-id", id[:2], id[2:]+".debug")})
	}
	if link == "" {
		return list
	}
	// A link to a program is followed: debug files lie beside what it leads to.
	folders := []string{filepath.Dir(path)}
	if target, err := filepath.EvalSymlinks(path); err == nil && filepath.Dir(target) != folders[0] {
		folders = append(folders, filepath.Dir(target))
	}
	for _, dir := range folders {
		places := []string{dir, filepath.Join(dir, ".debug")}
		if full, err := filepath.Abs(dir); err == nil {
			places = append(places, filepath.Join(root, full))
		}
		for _, in := range places {
			list = append(list, debugCandidate{path: filepath.Join(in, link), linked: true})
		}
	}
	return list
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

// debugLink is what .gnu_debuglink says: the name of the debug file, without a
// folder, and its CRC-32.
type debugLink struct {
	name string
	crc  uint32
}

// debugLink returns the zero value if there is no section that can be used.
func (b *Binary) debugLink() debugLink {
	const longest = 4096 // real ones have a file name
	for i := range b.Sections {
		s := &b.Sections[i]
		if s.Base != ".gnu_debuglink" || s.Alloc() || s.Size > longest {
			continue
		}
		data, err := b.Bytes(s)
		if err != nil {
			return debugLink{}
		}
		end := bytes.IndexByte(data, 0)
		if end < 0 {
			return debugLink{}
		}
		name := string(data[:end])
		at := (end + 4) &^ 3 // the checksum is aligned behind the NUL
		// A name with a folder could lead anywhere.
		if at+4 > len(data) || name == "" || name == "." || name == ".." || strings.ContainsRune(name, '/') {
			return debugLink{}
		}
		return debugLink{name, binary.LittleEndian.Uint32(data[at:])}
	}
	return debugLink{}
}

// checksum returns an error unless the whole file has that CRC-32.
func (d *DebugFile) checksum(want uint32) error {
	h := crc32.NewIEEE()
	if _, err := io.Copy(h, d.Binary.Reader()); err != nil {
		return readError(err)
	}
	if got := h.Sum32(); got != want {
		return &Error{Problem: fmt.Sprintf("its checksum is %08x, and .gnu_debuglink says %08x", got, want), Hint: "split the debug file again"}
	}
	return nil
}
