package debugfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/buildrecord"
)

// debugRoot is where distributions install debug files.
const debugRoot = "/usr/lib/debug"

// Find looks for the debug file of b, which was opened at path: by the build ID,
// then by the name and checksum in .gnu_debuglink, in the places where gdb looks. It
// returns nil if b has symbols of its own or there is none. A file that is there but
// is not of this build is passed over with a warning.
func Find(b *elfscan.Binary, path string) (d *File, warnings []string) {
	return find(b, path, debugRoot)
}

func find(b *elfscan.Binary, path, root string) (d *File, warnings []string) {
	if b.BySegment || b.HasSymtab() {
		return nil, nil
	}
	self, err := os.Stat(path)
	if err != nil {
		return nil, nil
	}
	link := linkOf(b)
	candidates := candidatesOf(b, path, root, link.name)
	for i, c := range candidates {
		info, err := os.Stat(c.path)
		if err != nil || !info.Mode().IsRegular() || os.SameFile(info, self) {
			continue
		}
		if slices.ContainsFunc(candidates[:i], func(before candidate) bool { return before.path == c.path }) {
			continue
		}
		d, err := open(b, c.path)
		if err == nil && c.linked {
			if err = d.checksum(link.crc); err != nil {
				d.Close()
			}
		}
		if err != nil {
			problem := elfscan.OneLine(err.Error())
			var own *elfscan.Error
			if errors.As(err, &own) {
				problem = own.Problem
			}
			warnings = append(warnings, fmt.Sprintf("debug file %s is not used: %s", elfscan.OneLine(c.path), problem))
			continue
		}
		return d, warnings
	}
	return nil, warnings
}

// candidate is where a debug file may be.
type candidate struct {
	path   string
	linked bool // named by .gnu_debuglink, which has its checksum
}

// candidatesOf lists the places in the order in which they are tried. link is
// the name in .gnu_debuglink, "" without one.
func candidatesOf(b *elfscan.Binary, path, root, link string) []candidate {
	var list []candidate
	if id := buildrecord.ID(b); len(id) > 2 && isHex(id) {
		list = append(list, candidate{path: filepath.Join(root, ".build-id", id[:2], id[2:]+".debug")})
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
			list = append(list, candidate{path: filepath.Join(in, link), linked: true})
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

// linkOf returns the zero value if there is no section that can be used.
func linkOf(b *elfscan.Binary) debugLink {
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
func (d *File) checksum(want uint32) error {
	got, err := d.Binary.CRC32()
	if err != nil {
		return err
	}
	if got != want {
		return &elfscan.Error{Problem: fmt.Sprintf("its checksum is %08x, and .gnu_debuglink says %08x", got, want), Hint: "split the debug file again"}
	}
	return nil
}
