package bundle

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"
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
	stored   = 0
	deflated = 8
)

// zipEnd is what the records at the end of a zip archive say.
type zipEnd struct {
	entries   uint64
	zip64     bool
	directory int64 // where the central directory begins in the file
	length    int64 // of it
	base      int64 // bytes in front of the archive: every offset in it counts from there
	at        int64 // where the records begin
	trailing  int64 // bytes behind them and the comment
}

// member is how an entry of a zip is stored.
type member struct {
	method    uint16
	encrypted bool
	crc       uint32
	header    int64 // where the local header begins in the file
	data      int64 // where the contents begin
	name      string
}

// zipFile is a package that is a zip archive.
type zipFile struct {
	r       io.ReaderAt
	entries []Entry
	members []member
}

func readZip(ctx context.Context, r io.ReaderAt, size int64) (*Package, error) {
	end, err := findEnd(r, size)
	if err != nil {
		return nil, err
	}
	b := &builder{limit: allowed(size)}
	if end.base > 0 {
		b.warnings.AddAll(fmt.Sprintf("%d bytes in front of the zip archive (a self-extracting one? not every unpacker takes it)", end.base))
	}
	if end.trailing > 0 {
		b.warnings.AddAll(fmt.Sprintf("%d bytes behind the end of the zip archive (build it again)", end.trailing))
	}
	z := &zipFile{r: r}
	if err := z.list(ctx, b, end); err != nil {
		return nil, err
	}
	z.entries = b.entries
	if err := z.locate(ctx, b, end); err != nil {
		return nil, err
	}
	p := &Package{Format: FormatZip, Size: uint64(size), source: z}
	if p.Zipped, p.Overhead, err = z.layout(end.directory, size); err != nil {
		return nil, err
	}
	type key struct {
		size uint64
		crc  uint32
	}
	repeated := repeats(b.entries, func(i int) key { return key{b.entries[i].Size, z.members[i].crc} })
	err = parallel(len(b.entries), func(s *scratch, i int) error {
		e := &b.entries[i]
		if e.Opaque {
			return nil
		}
		f, err := z.inspect(ctx, s, i, want{crc: true, sum: repeated(i), keep: e.keep})
		if err != nil {
			return of(e.Path, err)
		}
		b.set(i, f)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range b.entries {
		if e := &b.entries[i]; e.Type == Symlink {
			e.Target = string(b.kept[i])
		}
	}
	return b.finish(p)
}

// findEnd finds the last record of the archive. Where several could be it, the
// last one counts, as it does for unzip.
func findEnd(r io.ReaderAt, size int64) (*zipEnd, error) {
	tail := make([]byte, min(size, endSize+maxZipComment))
	start := size - int64(len(tail))
	if n, err := r.ReadAt(tail, start); err != nil && n < len(tail) {
		return nil, readError(err)
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
		return nil, damaged(FormatZip, "it has no end of its directory: cut off, or with something behind it")
	}
	le, record := binary.LittleEndian, tail[at:]
	e := &zipEnd{
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
		return nil, &Error{Problem: "a part of a split zip archive", Hint: "join the parts: zip -s 0 SPLIT.zip --out WHOLE.zip"}
	}
	if length > uint64(e.at) || offset > uint64(e.at)-length {
		return nil, damaged(FormatZip, "its directory is said to be %d bytes at %d, beyond its end", length, offset)
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
		return nil, 0, readError(err)
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
			return nil, 0, readError(err)
		}
		return record, int64(at), nil
	}
	return nil, 0, damaged(FormatZip, "its zip64 end record is not where it should be")
}

// list reads the central directory.
func (z *zipFile) list(ctx context.Context, b *builder, end *zipEnd) error {
	in := bufio.NewReaderSize(io.NewSectionReader(z.r, end.directory, end.length), 64<<10)
	left := end.length
	var fixed [centralSize]byte
	var rest []byte
	for left >= centralSize {
		if err := ctx.Err(); err != nil {
			return err
		}
		if magic, err := in.Peek(4); err != nil {
			return readError(err)
		} else if string(magic) != "PK\x01\x02" {
			break
		}
		if _, err := io.ReadFull(in, fixed[:]); err != nil {
			return readError(err)
		}
		le := binary.LittleEndian
		name, extra, comment := int(le.Uint16(fixed[28:])), int(le.Uint16(fixed[30:])), int(le.Uint16(fixed[32:]))
		left -= int64(centralSize + name + extra + comment)
		if left < 0 {
			return damaged(FormatZip, "entry %d of its directory is cut off", len(b.entries)+1)
		}
		rest = slices.Grow(rest[:0], name+extra+comment)[:name+extra+comment]
		if _, err := io.ReadFull(in, rest); err != nil {
			return readError(err)
		}
		if err := z.add(b, end, fixed[:], rest[:name], rest[name:name+extra]); err != nil {
			return err
		}
	}
	if n := uint64(len(b.entries)); n != end.entries && (end.zip64 || n&math.MaxUint16 != end.entries) {
		return damaged(FormatZip, "it says that it has %d entries, and its directory has %d", end.entries, n)
	}
	return nil
}

// add adds the entry of one record of the central directory.
func (z *zipFile) add(b *builder, end *zipEnd, fixed, name, extra []byte) error {
	le := binary.LittleEndian
	m := member{
		method:    le.Uint16(fixed[10:]),
		encrypted: le.Uint16(fixed[8:])&1 != 0,
		crc:       le.Uint32(fixed[16:]),
		name:      string(name),
	}
	packed, unpacked, offset := uint64(le.Uint32(fixed[20:])), uint64(le.Uint32(fixed[24:])), uint64(le.Uint32(fixed[42:]))
	if err := zip64(extra, &unpacked, &packed, &offset); err != nil {
		return of(m.name, err)
	}
	if most := uint64(end.directory - end.base); offset > most || packed > most-offset {
		return of(m.name, damaged(FormatZip, "it is said to be %d bytes at %d, beyond the directory", packed, offset))
	}
	m.header = end.base + int64(offset)
	e := Entry{Size: unpacked, Stored: packed}
	e.Type, e.Mode = zipMode(m.name, fixed[5], le.Uint32(fixed[38:]))
	switch {
	case m.encrypted:
		e.Opaque = true
		b.warnings.Add("encrypted: its size is what the archive says, and it is not looked into (build the package without a password)", m.name)
	case m.method != stored && m.method != deflated:
		e.Opaque = true
		b.warnings.Add(fmt.Sprintf("packed with method %d: its size is what the archive says, and it is not looked into (only deflate runs everywhere)", m.method), m.name)
	case m.method == stored && packed != unpacked:
		return of(m.name, damaged(FormatZip, "it is stored as it is, but %d bytes are said to be %d", packed, unpacked))
	case e.Type == Symlink && unpacked > maxName:
		return of(m.name, damaged(FormatZip, "a link with a target of %d bytes", unpacked))
	case e.Type == Symlink:
		e.keep = true
		b.names += int(unpacked)
	}
	z.members = append(z.members, m)
	return b.add(m.name, e)
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
					return damaged(FormatZip, "its zip64 field is cut off")
				}
				*s, field = le.Uint64(field), field[8:]
			}
			return nil
		}
		extra = extra[length:]
	}
	return nil
}

// zipMode is what an entry is by the system that made it and its attributes.
func zipMode(name string, system byte, attributes uint32) (Type, fs.FileMode) {
	const unix, darwin = 3, 19
	slash := strings.HasSuffix(name, "/")
	if system != unix && system != darwin {
		if slash || attributes&0x10 != 0 {
			return Directory, 0
		}
		return File, 0
	}
	t, mode := File, fs.FileMode(attributes>>16)&fs.ModePerm
	switch attributes >> 28 { // S_IFMT
	case 0, 8:
	case 4:
		t = Directory
	case 10:
		t = Symlink
	default:
		t = Special
	}
	if slash {
		t = Directory
	}
	return t, mode
}

// locate reads the local headers, which say where the contents begin.
func (z *zipFile) locate(ctx context.Context, b *builder, end *zipEnd) error {
	var header [localSize + maxName]byte
	for i := range z.members {
		if err := ctx.Err(); err != nil {
			return err
		}
		m := &z.members[i]
		h := header[:localSize+len(m.name)]
		if n, err := z.r.ReadAt(h, m.header); err != nil && n < len(h) {
			return of(m.name, damaged(FormatZip, "its local header is cut off"))
		}
		if string(h[:4]) != "PK\x03\x04" {
			return of(m.name, damaged(FormatZip, "there is no local header where the directory says"))
		}
		name := int64(binary.LittleEndian.Uint16(h[26:]))
		m.data = m.header + localSize + name + int64(binary.LittleEndian.Uint16(h[28:]))
		if stored := int64(z.entries[i].Stored); m.data > end.directory-stored {
			return of(m.name, damaged(FormatZip, "it reaches into the directory"))
		}
		if int(name) != len(m.name) || !bytes.Equal(h[localSize:], []byte(m.name)) {
			b.warnings.Add("another name in front of the contents than in the directory, which counts (build the package again)", m.name)
		}
	}
	return nil
}

// layout walks through the file and sums what is contents and what lies between
// them. Contents that share bytes are how a small archive unpacks to much.
func (z *zipFile) layout(directory, size int64) (contents, between uint64, err error) {
	order := make([]int32, len(z.members))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(x, y int32) int {
		if d := z.members[x].header - z.members[y].header; d != 0 {
			return int(max(-1, min(1, d)))
		}
		return int(x - y)
	})
	at := int64(0)
	for _, i := range order {
		m := &z.members[i]
		if m.header < at {
			return 0, 0, of(m.name, &Error{Problem: "it shares bytes of the zip archive with another entry, as in a zip bomb", Hint: "build the package with another tool"})
		}
		between += uint64(m.data - at)
		at = m.data + int64(z.entries[i].Stored)
		contents += uint64(at - m.data)
	}
	return contents, between + uint64(size-at), nil
}

// contents reads the unpacked bytes of entry i, which is not opaque.
func (z *zipFile) contents(s *scratch, i int) (io.Reader, error) {
	m := &z.members[i]
	packed := io.NewSectionReader(z.r, m.data, int64(z.entries[i].Stored))
	if m.method == stored {
		return packed, nil
	}
	return s.inflate(packed)
}

// inspect reads entry i to its end and holds it against what is said of it.
func (z *zipFile) inspect(ctx context.Context, s *scratch, i int, w want) (found, error) {
	e, m := &z.entries[i], &z.members[i]
	if e.Stored == 0 && e.Size == 0 && e.Type == Directory {
		return found{}, nil
	}
	r, err := z.contents(s, i)
	if err != nil {
		return found{}, readError(err)
	}
	f, err := s.read(ctx, r, e.Size, w)
	switch {
	case ctx.Err() != nil:
		return found{}, ctx.Err()
	case err != nil:
		return found{}, unpackError(FormatZip, err)
	case f.size > e.Size:
		return found{}, damaged(FormatZip, "it unpacks to more than the %d bytes that are said", e.Size)
	case f.size < e.Size:
		return found{}, damaged(FormatZip, "it unpacks to %d bytes, and %d are said", f.size, e.Size)
	case f.crc != m.crc:
		return found{}, damaged(FormatZip, "its CRC-32 is %08x, and %08x is said", f.crc, m.crc)
	}
	return f, nil
}
