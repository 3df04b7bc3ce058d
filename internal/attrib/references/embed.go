package references

import (
	"cmp"
	"encoding/binary"
	"io/fs"
	"slices"

	"github.com/sizegate/sizegate/internal/attrib/sectionbytes"
	"github.com/sizegate/sizegate/internal/span"
)

// embedFile is the content of a file in an embed.FS.
type embedFile struct {
	span.Range        // positions
	name       string // its path in the file system
	constant   int    // position in constants.names
}

// A variable of type embed.FS points to a list of its files, as the compiler lays
// it out: a slice of records that begins right behind itself, and the records. A
// record is the path (address, length), the content (address, length) and 16
// bytes of its hash. The path of a directory ends in "/", and its content is
// empty.
const (
	embedHeader = 24
	embedRecord = 48
	maxEmbed    = 1 << 10 // bytes of a path: there is one for each KiB of data at most
)

// embedRecordRef is a record: where the content and the path are.
type embedRecordRef struct{ content, path span.Range }

// embedFiles finds the files in variables of type embed.FS that are large enough
// to be constants, by position. The pointers are in the order of their places. The
// linker keeps one copy of equal files: it has the path that comes first in the file.
func (a *search) embedFiles(d *openData, pointers []pointer) ([]embedFile, error) {
	var found []embedRecordRef
	for i := range d.sections {
		s := &d.sections[i]
		w := sectionbytes.New(a.Binary, &a.Binary.Sections[s.section])
		for len(pointers) > 0 && pointers[0].place() < s.pos+s.size {
			p := pointers[0]
			pointers = pointers[1:]
			if p.target() != p.place()+embedHeader {
				continue
			}
			end := s.pos + s.size
			if end-p.place() < embedHeader {
				continue
			}
			n, err := embedCount(w, s.address(p.place()))
			if err != nil {
				return nil, err
			}
			if n == 0 || n > (end-p.target())/embedRecord {
				continue
			}
			// A list that proves to be none is left at the record that shows it, so
			// that lists inside lists take no time.
			from := len(found)
			for at := p.target(); n > 0; n-- {
				var ok bool
				found, pointers, ok, err = d.embedRecord(found, pointers, w, s, at)
				if err != nil {
					return nil, err
				}
				if !ok {
					found = found[:from]
					break
				}
				at += embedRecord
			}
		}
	}
	return a.embedPaths(d, found)
}

// embedCount returns how many records the list whose header is at the address
// says that it has, 0 if length and capacity differ.
func embedCount(w *sectionbytes.Reader, addr uint64) (uint64, error) {
	head, err := w.At(addr, addr+embedHeader)
	if err != nil || len(head) < embedHeader {
		return 0, err
	}
	n := binary.LittleEndian.Uint64(head[8:])
	if n != binary.LittleEndian.Uint64(head[16:]) {
		return 0, nil
	}
	return n, nil
}

// embedRecord reads the record at a position and adds it to the list if its
// content can be a constant. It returns the pointers without those before the
// record's last one, and whether the record can be one.
func (d *openData) embedRecord(list []embedRecordRef, pointers []pointer, w *sectionbytes.Reader, s *openSection, pos uint64) (
	[]embedRecordRef, []pointer, bool, error,
) {
	addr := s.address(pos)
	record, err := w.At(addr, addr+embedRecord)
	if err != nil || len(record) < embedRecord {
		return list, pointers, false, err
	}
	var path, content span.Range
	var ok bool
	if path, pointers, ok = d.pointee(pointers, pos, binary.LittleEndian.Uint64(record[8:])); !ok || path.Len() > maxEmbed {
		return list, pointers, false, nil
	}
	size := binary.LittleEndian.Uint64(record[24:])
	if size == 0 {
		return list, pointers, true, nil
	}
	if content, pointers, ok = d.pointee(pointers, pos+16, size); !ok {
		return list, pointers, false, nil
	}
	if size >= minConstant {
		list = append(list, embedRecordRef{content, path})
	}
	return list, pointers, true, nil
}

// pointee returns the positions that the pointer at a place has, given how many.
// It returns the pointers without those before the place, and whether there is one
// and all of what it points to is in one section.
func (d *openData) pointee(pointers []pointer, place, size uint64) (span.Range, []pointer, bool) {
	for len(pointers) > 0 && pointers[0].place() < place {
		pointers = pointers[1:]
	}
	if len(pointers) == 0 || pointers[0].place() != place || pointers[0].target() >= d.size || size == 0 {
		return span.Range{}, pointers, false
	}
	lo := pointers[0].target()
	s := d.sectionAt(lo)
	return span.Range{Lo: lo, Hi: lo + size}, pointers, size <= s.pos+s.size-lo
}

// embedPaths reads the paths of records. Of contents that overlap it keeps the one
// that starts first, then the one whose record comes first.
func (a *search) embedPaths(d *openData, records []embedRecordRef) ([]embedFile, error) {
	slices.SortStableFunc(records, func(x, y embedRecordRef) int { return cmp.Compare(x.content.Lo, y.content.Lo) })
	var files []embedFile
	end := uint64(0)
	for _, r := range records {
		if r.content.Lo < end {
			continue
		}
		end = r.content.Hi
		s := d.sectionAt(r.path.Lo)
		path := make([]byte, r.path.Len())
		if _, err := a.Binary.SectionReader(&a.Binary.Sections[s.section]).ReadAt(path, int64(r.path.Lo-s.pos)); err != nil {
			return nil, err
		}
		if name := string(path); fs.ValidPath(name) {
			files = append(files, embedFile{Range: r.content, name: name})
		}
	}
	return files, nil
}
