package bundle_test

import (
	"archive/tar"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/sizegate/sizegate/internal/bundle"
)

// piece is one entry of a zip that a test writes byte by byte, so that every
// field can lie.
type piece struct {
	name     string
	local    string // in the local header; "" is name
	data     string // as it lies in the archive
	method   uint16
	flags    uint16
	crc      uint32
	unpacked uint64
	packed   uint64
	offset   uint64 // of the local header, where at is set
	at       bool
	system   byte
	attrs    uint32
	extra    string
	nolocal  bool
}

// plain is a stored entry.
func plain(name, data string) piece {
	return piece{name: name, data: data, crc: crc32.ChecksumIEEE([]byte(data)), unpacked: uint64(len(data)), packed: uint64(len(data)), system: 3, attrs: 0o100644 << 16}
}

// deflated is a compressed entry.
func deflated(name, data string) piece {
	p := plain(name, data)
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.BestCompression)
	w.Write([]byte(data))
	w.Close()
	p.method, p.data, p.packed = 8, out.String(), uint64(out.Len())
	return p
}

func (p piece) with(change func(p *piece)) piece {
	change(&p)
	return p
}

// zipEnd is what the last record says besides the truth.
type zipEnd struct {
	prefix, suffix, comment string
	count, length, offset   int // are added
	disk                    uint16
	between                 string // between the directory and the last record
}

func makeZip(end zipEnd, pieces ...piece) []byte {
	le := binary.LittleEndian
	var body, directory []byte
	for _, p := range pieces {
		at := uint64(len(body))
		if p.at {
			at = p.offset
		}
		local := p.local
		if local == "" {
			local = p.name
		}
		if !p.nolocal {
			body = append(body, "PK\x03\x04\x14\x00"...)
			body = le.AppendUint16(body, p.flags)
			body = le.AppendUint16(body, p.method)
			body = append(body, 0, 0, 0, 0)
			body = le.AppendUint32(body, p.crc)
			body = le.AppendUint32(body, uint32(p.packed))
			body = le.AppendUint32(body, uint32(p.unpacked))
			body = le.AppendUint16(body, uint16(len(local)))
			body = append(body, 0, 0)
			body = append(body, local...)
			body = append(body, p.data...)
		}
		directory = append(directory, "PK\x01\x02\x14"...)
		directory = append(directory, p.system, 20, 0)
		directory = le.AppendUint16(directory, p.flags)
		directory = le.AppendUint16(directory, p.method)
		directory = append(directory, 0, 0, 0, 0)
		directory = le.AppendUint32(directory, p.crc)
		directory = le.AppendUint32(directory, uint32(p.packed))
		directory = le.AppendUint32(directory, uint32(p.unpacked))
		directory = le.AppendUint16(directory, uint16(len(p.name)))
		directory = le.AppendUint16(directory, uint16(len(p.extra)))
		directory = append(directory, 0, 0, 0, 0, 0, 0)
		directory = le.AppendUint32(directory, p.attrs)
		directory = le.AppendUint32(directory, uint32(at))
		directory = append(directory, p.name...)
		directory = append(directory, p.extra...)
	}
	file := append([]byte(end.prefix), body...)
	offset := len(body) + end.offset
	file = append(append(file, directory...), end.between...)
	file = append(file, "PK\x05\x06"...)
	file = le.AppendUint16(le.AppendUint16(file, end.disk), end.disk)
	file = le.AppendUint16(file, uint16(len(pieces)+end.count))
	file = le.AppendUint16(file, uint16(len(pieces)+end.count))
	file = le.AppendUint32(file, uint32(len(directory)+end.length))
	file = le.AppendUint32(file, uint32(offset))
	file = le.AppendUint16(file, uint16(len(end.comment)))
	return append(append(file, end.comment...), end.suffix...)
}

// item is one entry of a tar.
type item struct {
	tar.Header
	data string
}

func file(name, data string) item {
	return item{tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg}, data}
}

func makeTar(t testing.TB, items ...item) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, i := range items {
		if err := w.WriteHeader(&i.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(i.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gzipped(data []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(data)
	w.Close()
	return out.Bytes()
}

func zstded(data []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return w.EncodeAll(data, nil)
}

func read(t testing.TB, data []byte) (*bundle.Package, error) {
	t.Helper()
	return bundle.New(t.Context(), bytes.NewReader(data), int64(len(data)))
}

func mustRead(t testing.TB, data []byte) *bundle.Package {
	t.Helper()
	p, err := read(t, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
