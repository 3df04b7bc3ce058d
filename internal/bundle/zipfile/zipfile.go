// Package zipfile reads where the entries of a zip archive are and how they are stored.
package zipfile

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/bundle/flaw"
)

// Sizes of the records of a zip archive without what varies (APPNOTE.TXT 4.3).
const (
	localSize     = 30
	centralSize   = 46
	endSize       = 22
	locatorSize   = 20
	end64Size     = 56
	maxZipComment = math.MaxUint16
)

// Methods that are read.
const (
	Stored   = 0
	Deflated = 8
)

// Archive is a zip archive. It may have something in front of it and behind it.
type Archive struct {
	r       io.ReaderAt
	size    int64
	end     end
	members []member
}

// Header is what the central directory says of an entry.
type Header struct {
	Name             string
	Mode             fs.FileMode // what it is, and the permission bits, 0 where there are none
	Method           uint16      // Stored, Deflated or another
	Encrypted        bool
	Packed, Unpacked uint64 // bytes; Packed is no more than the archive has
}

// end is what the records at the end of a zip archive say.
type end struct {
	entries   uint64
	zip64     bool
	directory int64 // where the central directory begins in the file
	length    int64 // of it
	base      int64 // bytes in front of the archive: every offset in it counts from there
	at        int64 // where the records begin
	trailing  int64 // bytes behind them and the comment
}

// member is how an entry is stored.
type member struct {
	method uint16
	crc    uint32
	header int64 // where the local header begins in the file
	data   int64 // where the contents begin
	packed int64 // bytes of the contents
	name   string
}

// Find finds the archive in the size bytes of r by its last record.
func Find(r io.ReaderAt, size int64) (*Archive, error) {
	e, err := findEnd(r, size)
	if err != nil {
		return nil, err
	}
	return &Archive{r: r, size: size, end: *e}, nil
}

// Around is how many bytes are in front of the archive, and how many behind its end.
func (a *Archive) Around() (before, behind int64) { return a.end.base, a.end.trailing }

// findEnd finds the last record of the archive. Where several could be it, the
// last one counts, as it does for unzip.
func findEnd(r io.ReaderAt, size int64) (*end, error) {
	tail := make([]byte, min(size, endSize+maxZipComment))
	start := size - int64(len(tail))
	if n, err := r.ReadAt(tail, start); err != nil && n < len(tail) {
		return nil, flaw.Reading(err)
	}
	at := len(tail) - endSize
	comment := 0
	for ; at >= 0; at-- {
		if string(tail[at:at+4]) != "PK\x05\x06" {
			continue
		}
		if comment = int(binary.LittleEndian.Uint16(tail[at+20:])); at+endSize+comment <= len(tail) {
			break
		}
	}
	if at < 0 {
		return nil, damaged("it has no end of its directory: cut off, or with something behind it")
	}
	le, record := binary.LittleEndian, tail[at:]
	e := &end{
		entries:  uint64(le.Uint16(record[10:])),
		at:       start + int64(at),
		trailing: int64(len(tail) - at - endSize - comment),
	}
	length, offset := uint64(le.Uint32(record[12:])), uint64(le.Uint32(record[16:]))
	disk, directoryDisk := uint32(le.Uint16(record[4:])), uint32(le.Uint16(record[6:]))
	if e.entries == math.MaxUint16 || length == math.MaxUint32 || offset == math.MaxUint32 {
		record, at, err := findEnd64(r, e.at)
		if err != nil {
			return nil, err
		}
		if record != nil {
			e.zip64, e.at = true, at
			disk, directoryDisk = le.Uint32(record[16:]), le.Uint32(record[20:])
			e.entries, length, offset = le.Uint64(record[32:]), le.Uint64(record[40:]), le.Uint64(record[48:])
		}
	}
	if disk != 0 || directoryDisk != 0 {
		return nil, &flaw.Error{Problem: "a part of a split zip archive", Hint: "join the parts: zip -s 0 SPLIT.zip --out WHOLE.zip"}
	}
	if length > uint64(e.at) || offset > uint64(e.at)-length {
		return nil, damaged("its directory is said to be %d bytes at %d, beyond its end", length, offset)
	}
	e.length, e.directory = int64(length), e.at-int64(length)
	e.base = e.directory - int64(offset)
	// The directory ends where the last record begins, unless something is
	// between them and not in front of everything.
	if e.base > 0 && e.entries > 0 && !isAt(r, e.directory, "PK\x01\x02") && isAt(r, int64(offset), "PK\x01\x02") {
		e.directory, e.base = int64(offset), 0
	}
	return e, nil
}

func isAt(r io.ReaderAt, at int64, magic string) bool {
	b := make([]byte, len(magic))
	n, _ := r.ReadAt(b, at)
	return n == len(b) && string(b) == magic
}

// findEnd64 finds the record of a zip64 archive, whose plain one begins at end.
// There is none where a plain archive just has the numbers that mean one.
func findEnd64(r io.ReaderAt, end int64) (record []byte, at int64, err error) {
	if end < locatorSize+end64Size || !isAt(r, end-locatorSize, "PK\x06\x07") {
		return nil, 0, nil
	}
	locator := make([]byte, locatorSize)
	if _, err := r.ReadAt(locator, end-locatorSize); err != nil {
		return nil, 0, flaw.Reading(err)
	}
	// The locator's offset is wrong where something was put in front of the
	// archive, the place right before it where the record is a longer one.
	said := binary.LittleEndian.Uint64(locator[8:])
	record = make([]byte, end64Size)
	for _, at := range []uint64{said, uint64(end - locatorSize - end64Size)} {
		if at > uint64(end-locatorSize-end64Size) || !isAt(r, int64(at), "PK\x06\x06") {
			continue
		}
		if _, err := r.ReadAt(record, int64(at)); err != nil {
			return nil, 0, flaw.Reading(err)
		}
		return record, int64(at), nil
	}
	return nil, 0, damaged("its zip64 end record is not where it should be")
}

// List reads the central directory and calls each for its entries, in its order. Their
// members are there then, but for where the contents begin. An error of each ends it.
func (a *Archive) List(ctx context.Context, each func(h Header) error) error {
	in := bufio.NewReaderSize(io.NewSectionReader(a.r, a.end.directory, a.end.length), 64<<10)
	left := a.end.length
	var fixed [centralSize]byte
	var rest []byte
	for left >= centralSize {
		if err := ctx.Err(); err != nil {
			return err
		}
		if magic, err := in.Peek(4); err != nil {
			return flaw.Reading(err)
		} else if string(magic) != "PK\x01\x02" {
			break
		}
		if _, err := io.ReadFull(in, fixed[:]); err != nil {
			return flaw.Reading(err)
		}
		le := binary.LittleEndian
		name, extra, comment := int(le.Uint16(fixed[28:])), int(le.Uint16(fixed[30:])), int(le.Uint16(fixed[32:]))
		left -= int64(centralSize + name + extra + comment)
		if left < 0 {
			return damaged("entry %d of its directory is cut off", len(a.members)+1)
		}
		rest = slices.Grow(rest[:0], name+extra+comment)[:name+extra+comment]
		if _, err := io.ReadFull(in, rest); err != nil {
			return flaw.Reading(err)
		}
		if err := a.add(fixed[:], rest[:name], rest[name:name+extra], each); err != nil {
			return err
		}
	}
	if n := uint64(len(a.members)); n != a.end.entries && (a.end.zip64 || n&math.MaxUint16 != a.end.entries) {
		return damaged("it says that it has %d entries, and its directory has %d", a.end.entries, n)
	}
	return nil
}

// add takes one record of the central directory.
func (a *Archive) add(fixed, name, extra []byte, each func(h Header) error) error {
	le := binary.LittleEndian
	h := Header{Name: string(name), Method: le.Uint16(fixed[10:]), Encrypted: le.Uint16(fixed[8:])&1 != 0}
	offset := uint64(le.Uint32(fixed[42:]))
	h.Packed, h.Unpacked = uint64(le.Uint32(fixed[20:])), uint64(le.Uint32(fixed[24:]))
	if err := zip64(extra, &h.Unpacked, &h.Packed, &offset); err != nil {
		return flaw.In(h.Name, err)
	}
	if most := uint64(a.end.directory - a.end.base); offset > most || h.Packed > most-offset {
		return flaw.In(h.Name, damaged("it is said to be %d bytes at %d, beyond the directory", h.Packed, offset))
	}
	h.Mode = modeOf(h.Name, fixed[5], le.Uint32(fixed[38:]))
	a.members = append(a.members, member{
		method: h.Method, crc: le.Uint32(fixed[16:]), header: a.end.base + int64(offset), packed: int64(h.Packed), name: h.Name,
	})
	return each(h)
}

// zip64 replaces the sizes that say that the extra field has them, in its order.
func zip64(extra []byte, sizes ...*uint64) error {
	const tag = 1
	le := binary.LittleEndian
	for len(extra) >= 4 {
		id, length := le.Uint16(extra), int(le.Uint16(extra[2:]))
		extra = extra[4:]
		if length > len(extra) {
			break // some old tools pad with what is no field
		}
		if id == tag {
			field := extra[:length]
			for _, s := range sizes {
				if *s != math.MaxUint32 {
					continue
				}
				if len(field) < 8 {
					return damaged("its zip64 field is cut off")
				}
				*s, field = le.Uint64(field), field[8:]
			}
			return nil
		}
		extra = extra[length:]
	}
	return nil
}

// modeOf is what an entry is by the system that made it and its attributes. What is no
// file, folder or link is irregular.
func modeOf(name string, system byte, attributes uint32) fs.FileMode {
	const unix, darwin = 3, 19
	slash := strings.HasSuffix(name, "/")
	if system != unix && system != darwin {
		if slash || attributes&0x10 != 0 {
			return fs.ModeDir
		}
		return 0
	}
	mode := fs.FileMode(attributes>>16) & fs.ModePerm
	switch attributes >> 28 { // S_IFMT
	case 0, 8:
	case 4:
		mode |= fs.ModeDir
	case 10:
		mode |= fs.ModeSymlink
	default:
		mode |= fs.ModeIrregular
	}
	if slash {
		mode = mode&fs.ModePerm | fs.ModeDir
	}
	return mode
}

// Locate reads the local headers, which say where the contents begin. It calls other
// for each entry that has another name there than in the directory.
func (a *Archive) Locate(ctx context.Context, other func(name string)) error {
	var header []byte
	for i := range a.members {
		if err := ctx.Err(); err != nil {
			return err
		}
		m := &a.members[i]
		header = slices.Grow(header[:0], localSize+len(m.name))
		h := header[:localSize+len(m.name)]
		if n, err := a.r.ReadAt(h, m.header); err != nil && n < len(h) {
			return flaw.In(m.name, damaged("its local header is cut off"))
		}
		if string(h[:4]) != "PK\x03\x04" {
			return flaw.In(m.name, damaged("there is no local header where the directory says"))
		}
		name := int64(binary.LittleEndian.Uint16(h[26:]))
		m.data = m.header + localSize + name + int64(binary.LittleEndian.Uint16(h[28:]))
		if m.data > a.end.directory-m.packed {
			return flaw.In(m.name, damaged("it reaches into the directory"))
		}
		if int(name) != len(m.name) || !bytes.Equal(h[localSize:], []byte(m.name)) {
			other(m.name)
		}
	}
	return nil
}

// Layout walks through the file, whose contents were located, and sums the bytes of what
// is contents and of what lies between them. Contents that share bytes are how a small archive unpacks to much.
func (a *Archive) Layout() (contents, between uint64, err error) {
	order := make([]int32, len(a.members))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(x, y int32) int {
		if d := a.members[x].header - a.members[y].header; d != 0 {
			return int(max(-1, min(1, d)))
		}
		return int(x - y)
	})
	at := int64(0)
	for _, i := range order {
		m := &a.members[i]
		if m.header < at {
			return 0, 0, flaw.In(m.name, &flaw.Error{Problem: "it shares bytes of the zip archive with another entry, as in a zip bomb", Hint: "build the package with another tool"})
		}
		between += uint64(m.data - at)
		at = m.data + m.packed
		contents += uint64(at - m.data)
	}
	return contents, between + uint64(a.size-at), nil
}

// Contents reads the contents of entry i, as they are stored.
func (a *Archive) Contents(i int) *io.SectionReader {
	m := &a.members[i]
	return io.NewSectionReader(a.r, m.data, m.packed)
}

// Method is how entry i is stored: Stored, Deflated or another.
func (a *Archive) Method(i int) uint16 { return a.members[i].method }

// CRC is the CRC-32 that is said of what entry i unpacks to.
func (a *Archive) CRC(i int) uint32 { return a.members[i].crc }

func damaged(format string, args ...any) error { return flaw.Damaged("zip", format, args...) }
