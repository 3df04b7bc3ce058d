package bundle_test

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/bundle/flaw"
)

// zip64Field is an extra field with the numbers given.
func zip64Field(numbers ...uint64) string {
	b := []byte{1, 0, byte(8 * len(numbers)), 0}
	for _, n := range numbers {
		for i := range 8 {
			b = append(b, byte(n>>(8*i)))
		}
	}
	return string(b)
}

// rechecksum makes the checksum of the tar header at an offset right again.
func rechecksum(data []byte, at int) []byte {
	h := data[at : at+512]
	copy(h[148:156], "        ")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	digits := "01234567"
	for i := 5; i >= 0; i-- {
		h[148+i] = digits[sum&7]
		sum >>= 3
	}
	h[154], h[155] = 0, ' '
	return data
}

func TestRefused(t *testing.T) {
	zeros := strings.Repeat("\x00", 1<<20)
	a, b := plain("a.txt", "aaaa"), deflated("b.txt", strings.Repeat("b", 1000))
	lie := func(p piece, unpacked uint64) piece { p.unpacked = unpacked; return p }
	// bomb is a deflated member many times over, each a header of its own.
	var bomb []piece
	big := deflated("", strings.Repeat(zeros, 40))
	for i := range 30 {
		p := big
		p.name = "z" + string(rune('a'+i))
		bomb = append(bomb, p)
	}
	tarHeader := makeTar(t, file("a", "12345"))
	negative := append([]byte(nil), tarHeader...)
	copy(negative[124:136], "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xf0")
	huge := append([]byte(nil), tarHeader...)
	copy(huge[124:136], "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xf0")
	long := append([]byte(nil), tarHeader...)
	copy(long[124:136], "00000010000\x00")
	badSecond := append(append([]byte(nil), tarHeader[:1024]...), []byte(strings.Repeat("x", 1024))...)
	// A decoder takes what is joined as one: zeros follow a good archive.
	followed := func(compress func([]byte) []byte) []byte {
		return append(compress(tarHeader), bytes.Repeat(compress(make([]byte, 64<<20)), 17)...)
	}
	truncated := zstded(tarHeader)

	record := string(makeZip(zipEnd{}, plain("a", "").with(func(p *piece) { p.nolocal = true }))[:47]) // of a directory

	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "an empty file"},
		{"text", []byte("hello, this is no archive"), "not a deployment package"},
		{"xz", []byte("\xfd7zXZ\x00 and more"), "an xz file"},
		{"bzip2", []byte("BZh91AY&SY"), "a bzip2 file"},
		{"7z", []byte("7z\xbc\xaf\x27\x1c and more"), "a 7-Zip archive"},
		{"gzip of text", gzipped([]byte("hello")), "no tar archive in it"},
		{"zstd of text", zstded([]byte("hello")), "no tar archive in it"},
		{"gzip of nothing", gzipped(nil), "no tar archive in it"},
		{"gzip header alone", []byte("\x1f\x8b\x08\x00"), "cut off"},
		{"zstd header alone", []byte("\x28\xb5\x2f\xfd"), "cut off"},

		{"zip cut off", makeZip(zipEnd{}, a, b)[:60], "no end of its directory"},
		{"zip with a comment cut off", makeZip(zipEnd{comment: "0123456789"}, a)[:110], "no end of its directory"},
		{"zip with too much behind it", makeZip(zipEnd{suffix: strings.Repeat("x", 70000)}, a), "no end of its directory"},
		{"zip with more entries than said", makeZip(zipEnd{count: -1}, a, b), "says that it has 1 entries, and its directory has 2"},
		{"zip with fewer entries than said", makeZip(zipEnd{count: 1}, a, b), "says that it has 3 entries, and its directory has 2"},
		{"zip with a directory beyond its end", makeZip(zipEnd{length: 1000}, a), "beyond its end"},
		{"zip with a directory behind itself", makeZip(zipEnd{offset: 1000}, a), "beyond its end"},
		{"zip with a cut off directory", makeZip(zipEnd{length: -3, between: ""}, a), "directory"},
		{"split zip", makeZip(zipEnd{disk: 1}, a), "a part of a split zip archive"},
		{"zip entry beyond the directory", makeZip(zipEnd{}, a.with(func(p *piece) { p.at, p.offset = true, 1<<31 })), "beyond the directory"},
		{"zip entry too long", makeZip(zipEnd{}, b.with(func(p *piece) { p.packed = 1 << 30 })), "beyond the directory"},
		{"zip entry into the directory", makeZip(zipEnd{}, b.with(func(p *piece) { p.packed += 20 })), "reaches into the directory"},
		{"zip entry without a local header", makeZip(zipEnd{}, a.with(func(p *piece) { p.at, p.offset = true, 2 })), "no local header"},
		{"zip entries that overlap", makeZip(zipEnd{}, b, b.with(func(p *piece) { p.at, p.nolocal, p.name, p.local = true, true, "c.txt", "b.txt" })), "shares bytes"},
		{"zip entry around another", makeZip(zipEnd{}, plain("outer", string(makeZip(zipEnd{}, b))), b.with(func(p *piece) { p.at, p.nolocal, p.offset = true, true, 35 })), "shares bytes"},
		{"zip that unpacks to more", makeZip(zipEnd{}, lie(b, 10)), "unpacks to more than the 10 bytes"},
		{"zip that unpacks to less", makeZip(zipEnd{}, lie(b, 5000)), "unpacks to 1000 bytes, and 5000 are said"},
		{"zip that claims much", makeZip(zipEnd{}, lie(b, 1<<32-2)), "unpacks to more than 1024 MiB"},
		{"zip64 that claims everything", makeZip(zipEnd{}, lie(b, 1<<32-1).with(func(p *piece) { p.extra = zip64Field(1<<64 - 1) })), "unpacks to more than 1024 MiB"},
		{"zip64 that claims everything twice", makeZip(zipEnd{}, lie(b, 1<<32-1).with(func(p *piece) { p.extra = zip64Field(1 << 63); p.method = 99 }), lie(b, 1<<32-1).with(func(p *piece) { p.extra = zip64Field(1 << 63); p.method = 99 })), "unpacks to more than 1024 MiB"},
		{"zip64 with a packed size of everything", makeZip(zipEnd{}, b.with(func(p *piece) { p.packed, p.extra = 1<<32-1, zip64Field(1<<64-1) })), "beyond the directory"},
		{"zip64 field cut off", makeZip(zipEnd{}, lie(b, 1<<32-1).with(func(p *piece) { p.extra = "\x01\x00\x04\x00\x01\x02\x03\x04" })), "zip64 field is cut off"},
		{"zip64 end missing", makeZip(zipEnd{count: 0xffff - 1, between: "PK\x06\x07" + strings.Repeat("\xff", 16)}, plain("a.txt", strings.Repeat("a", 100))), "zip64 end record"},
		{"zip bomb", makeZip(zipEnd{}, bomb...), "unpacks to more than 1024 MiB"},
		{"zip with a wrong CRC", makeZip(zipEnd{}, b.with(func(p *piece) { p.crc++ })), "its CRC-32 is"},
		{"stored zip entry with a wrong CRC", makeZip(zipEnd{}, a.with(func(p *piece) { p.crc++ })), "its CRC-32 is"},
		{"stored zip entry of two sizes", makeZip(zipEnd{}, lie(a, 5)), "stored as it is, but 4 bytes are said to be 5"},
		{"zip with rubbish instead of deflate", makeZip(zipEnd{}, b.with(func(p *piece) { p.data = strings.Repeat("\xff", len(p.data)) })), "a damaged zip archive"},
		{"zip with cut off deflate", makeZip(zipEnd{}, b.with(func(p *piece) { p.data, p.packed = p.data[:2], 2 })), "cut off"},
		{"zip link with a long target", makeZip(zipEnd{}, plain("l", strings.Repeat("x", 5000)).with(func(p *piece) { p.attrs = 0o120777 << 16 })), "a link with a target of 5000 bytes"},
		{"zip name too long", makeZip(zipEnd{}, plain(strings.Repeat("n", 5000), "")), "longer than 4096 bytes"},
		{"zip64 end that claims everything", makeZip(zipEnd{count: 0xffff - 1, between: zip64End(1<<64-1, 1<<64-1, 1<<64-1)}, a), "beyond its end"},
		{"zip64 end that claims many entries", makeZip(zipEnd{count: 0xffff - 1, between: zip64End(1<<40, 51, 39)}, a), "says that it has 1099511627776 entries, and its directory has 1"},
		{"zip64 offset of everything", makeZip(zipEnd{}, a.with(func(p *piece) { p.at, p.offset, p.extra = true, 1<<32-1, zip64Field(1<<64-1) })), "beyond the directory"},
		{"zip of one entry many times", makeZip(zipEnd{}, append([]piece{b}, many(1000, b.with(func(p *piece) { p.at, p.nolocal = true, true }))...)...), "shares bytes"},
		{"zip name too deep", makeZip(zipEnd{}, plain(strings.Repeat("d/", 300), "")), "more than 256 folders deep"},

		{"zip with too many entries", makeZip(zipEnd{prefix: strings.Repeat(record, 1_000_001), count: 1_000_001, length: 1_000_001 * len(record)}), "more than 1000000 entries"},

		{"tar cut off in contents", tarHeader[:514], "cut off"},
		{"tar cut off in a header", append(append([]byte(nil), tarHeader[:1024]...), tarHeader[:100]...), "cut off"},
		{"tar with a negative size", rechecksum(negative, 0), "a damaged tar archive"},
		{"tar with a huge size", rechecksum(huge, 0), "unpacks to more than 1024 MiB"},
		{"tar with a size beyond its end", rechecksum(long, 0), "cut off"},
		{"tar with rubbish in it", badSecond, "a header is not one of tar"},
		{"tar name too long", makeTar(t, file(strings.Repeat("n", 5000), "")), "longer than 4096 bytes"},
		{"tar name too deep", makeTar(t, file(strings.Repeat("d/", 300)+"f", "")), "more than 256 folders deep"},
		{"tar target too long", makeTar(t, item{tar.Header{Name: "l", Linkname: strings.Repeat("n", 5000), Typeflag: tar.TypeSymlink}, ""}), "longer than 4096 bytes"},
		{"tar.gz bomb", followed(gzipped), "unpacks to more than 1024 MiB"},
		{"tar.zst bomb", followed(zstded), "unpacks to more than 1024 MiB"},
		{"tar.gz with a huge size", gzipped(rechecksum(huge, 0)), "unpacks to more than 1024 MiB"},
		{"tar.gz with a size beyond its end", gzipped(rechecksum(long, 0)), "cut off"},
		{"tar.gz cut off", gzipped(tarHeader)[:40], "cut off"},
		{"tar.gz with a wrong checksum", func() []byte { d := gzipped(tarHeader); d[len(d)-8]++; return d }(), "a damaged tar+gzip archive"},
		{"tar.zst cut off", truncated[:len(truncated)-4], "cut off"},
		{"tar with a user that is no number", rechecksum(with(tarHeader, 108, "zzzzzzz\x00"), 0), "a header is not one of tar"},
		{"tar with a long value of pax", longPax(t), "a damaged tar archive"},
		{"gzip in gzip", gzipped(gzipped(tarHeader)), "a gzip file with no tar archive in it"},
		{"zip in zstd", zstded(makeZip(zipEnd{}, a)), "a zstd file with no tar archive in it"},
		{"tar.zst that takes much memory", []byte("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00"), "takes more than 128 MiB of memory"},
		{"tar.zst that needs a dictionary", []byte("\x28\xb5\x2f\xfd\x21\x05\x01\x01\x00\x00"), "needs a dictionary"},
		{"tar with many holes", sparseTar(1 << 40), "unpacks to more than 1024 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := read(t, tt.data)
			if err == nil {
				t.Fatalf("read as %+v", p)
			}
			var refused *flaw.Error
			if !errors.As(err, &refused) {
				t.Errorf("%T: %v, want a *flaw.Error", err, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q, want %q in it", err, tt.want)
			}
			if strings.ContainsFunc(err.Error(), unicode.IsControl) || refused.Hint == "" {
				t.Errorf("%q is not one line with what to do", err)
			}
		})
	}
}

// zip64End is the two records in front of the last one of a zip64 archive.
func zip64End(entries, length, offset uint64) string {
	le := binary.LittleEndian
	b := le.AppendUint64([]byte("PK\x06\x06"), 44)
	b = append(b, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	for _, n := range []uint64{entries, entries, length, offset} {
		b = le.AppendUint64(b, n)
	}
	b = append(b, "PK\x06\x07\x00\x00\x00\x00"...)
	return string(append(le.AppendUint64(b, 1<<63), 1, 0, 0, 0))
}

// many is copies of a piece, each with a name of its own.
func many(n int, p piece) []piece {
	pieces := make([]piece, n)
	for i := range pieces {
		p.name = fmt.Sprint("n", i)
		pieces[i] = p
	}
	return pieces
}

// with is a copy of data with text at an offset.
func with(data []byte, at int, text string) []byte {
	data = bytes.Clone(data)
	copy(data[at:], text)
	return data
}

// longPax is a tar whose entry has a record of pax of 1 MiB and a byte.
func longPax(t *testing.T) []byte {
	data := makeTar(t, item{tar.Header{Name: "a", Typeflag: tar.TypeReg, PAXRecords: map[string]string{"A.long": strings.Repeat("y", 1<<20-100)}}, ""})
	return rechecksum(with(data, 124, "00004000001\x00"), 0)
}

// sparseTar is an old GNU sparse file of a size of which only 512 bytes, at its
// start, are stored.
func sparseTar(size int64) []byte {
	h := make([]byte, 512)
	octal := func(at, width int, n int64) {
		for i := width - 2; i >= 0; i-- {
			h[at+i] = byte('0' + n&7)
			n >>= 3
		}
	}
	copy(h, "sparse.bin")
	octal(100, 8, 0o644)
	octal(124, 12, 512)
	h[156] = 'S'
	copy(h[257:], "ustar  \x00")
	octal(386, 12, 0)
	octal(398, 12, 512)
	octal(410, 12, size)
	octal(422, 12, 0)
	if size >= 1<<33 { // more than octal digits hold
		big := func(at int, n int64) {
			for i := range 12 {
				h[at+i] = 0
			}
			h[at] = 0x80
			for i := range 8 {
				h[at+11-i] = byte(n >> (8 * i))
			}
		}
		big(483, size)
		big(410, size)
	} else {
		octal(483, 12, size)
	}
	data := make([]byte, 512+512+1024)
	copy(data, h)
	copy(data[512:], strings.Repeat("x", 512))
	return rechecksum(data, 0)
}

// TestTaken is about archives that are strange and can be measured.
func TestTaken(t *testing.T) {
	a, b := plain("a.txt", "aaaa"), deflated("b.txt", strings.Repeat("b", 1000))
	named := func(name string) []byte { return makeZip(zipEnd{}, plain(name, "aaaa")) }
	link := func(name, target string) piece {
		return plain(name, target).with(func(p *piece) { p.attrs = 0o120777 << 16 })
	}
	longName := makeTar(t, item{tar.Header{Name: strings.Repeat("n", 200), Typeflag: tar.TypeReg, Format: tar.FormatGNU}, ""})
	tests := []struct {
		name string
		data []byte
		path string // of the first entry
		want string // in a warning, "" for none
	}{
		{"empty zip", makeZip(zipEnd{}), "", ""},
		{"empty tar", make([]byte, 10240), "", ""},
		{"empty tar.gz", gzipped(make([]byte, 10240)), "", ""},
		{"up", named("../../etc/passwd"), "etc/passwd", "absolute name or one with .."},
		{"up in between", named("a/../../b"), "b", "absolute name or one with .."},
		{"only up", named(".."), ".", "without a name"},
		{"absolute", named("/etc/passwd"), "etc/passwd", "absolute name or one with .."},
		{"dots", named("./a/./b//c"), "a/b/c", ""},
		{"dots that are a name", named("..a/b.."), "..a/b..", ""},
		{"no name", named(""), ".", "without a name"},
		{"backslashes", named(`a\..\b.txt`), `a\..\b.txt`, "backslash"},
		{"control characters", named("a\n\x1b[31m::error\x00b"), "a\n\x1b[31m::error\x00b", "control characters"},
		{"not UTF-8", named("a\xff\xfe"), "a\xff\xfe", ""},
		{"twice", makeZip(zipEnd{}, a, a), "a.txt", "more than once"},
		{"another name in front", makeZip(zipEnd{}, a.with(func(p *piece) { p.local = "x.txt" })), "a.txt", "another name in front of the contents"},
		{"a longer name in front", makeZip(zipEnd{}, a.with(func(p *piece) { p.local = "a.txt.exe" })), "a.txt", "another name in front of the contents"},
		{"encrypted", makeZip(zipEnd{}, b.with(func(p *piece) { p.flags = 1 })), "b.txt", "encrypted"},
		{"unknown method", makeZip(zipEnd{}, b.with(func(p *piece) { p.method = 14 })), "b.txt", "packed with method 14"},
		{"self-extracting", makeZip(zipEnd{prefix: "#!/bin/sh\nexec unzip \"$0\"\n"}, a, b), "a.txt", "26 bytes in front"},
		{"self-extracting, offsets from the start", makeZip(zipEnd{prefix: strings.Repeat("#", 35), offset: 35, between: ""},
			a.with(func(p *piece) { p.at, p.offset = true, 35 })), "a.txt", ""},
		{"a byte in front", makeZip(zipEnd{prefix: "#"}, a), "a.txt", "1 byte in front"},
		{"much in front", makeZip(zipEnd{prefix: strings.Repeat("#", 1234)}, a), "a.txt", "1,234 bytes in front"},
		{"garbage behind", makeZip(zipEnd{suffix: "garbage"}, a), "a.txt", "7 bytes behind the end"},
		{"garbage between", makeZip(zipEnd{between: "garbage"}, a), "a.txt", ""},
		{"an end within a comment", makeZip(zipEnd{comment: "PK\x05\x06 but too short"}, a), "a.txt", ""},
		{"device", makeZip(zipEnd{}, plain("null", "").with(func(p *piece) { p.attrs = 0o020666 << 16 })), "null", "a device, pipe or socket"},
		{"padding that is no extra field", makeZip(zipEnd{}, a.with(func(p *piece) { p.extra = "\xff\xff\xff\xff" })), "a.txt", ""},
		{"a drive", named("C:/Windows/x"), "C:/Windows/x", ""},
		{"text turned around", named("a\u202egpj.sh"), "a\u202egpj.sh", "control characters"},
		{"control characters beyond ASCII", named("a\u009b2J"), "a\u009b2J", "control characters"},
		{"names that differ in case", makeZip(zipEnd{}, a, b.with(func(p *piece) { p.name = "A.TXT" })), "a.txt", ""},
		{"a file that is a folder too", makeZip(zipEnd{}, plain("a", "x"), plain("a/b", "y")), "a", ""},
		{"a folder with contents", named("d/"), "d", ""},
		{"links in a circle", makeZip(zipEnd{}, link("l", "m"), link("m", "l")), "l", ""},
		{"a link out of the package", makeZip(zipEnd{}, link("l", "../../etc/passwd")), "l", ""},
		{"an encrypted link", makeZip(zipEnd{}, link("l", "secret").with(func(p *piece) { p.flags = 1 })), "l", "encrypted"},
		{"65,535 entries without zip64", makeZip(zipEnd{}, many(65_535, plain("", ""))...), "n0", ""},
		{"65,536 entries without zip64", makeZip(zipEnd{}, many(65_536, plain("", ""))...), "n0", ""},
		{"an archive as a comment", makeZip(zipEnd{comment: string(makeZip(zipEnd{}))}, a), "", "112 bytes in front"},
		{"an archive behind an archive", append(makeZip(zipEnd{}, a), makeZip(zipEnd{}, b)...), "b.txt", "112 bytes in front"},
		{"other sizes and another method in front", with(makeZip(zipEnd{}, a), 8, "\x08\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), "a.txt", ""},
		{"tar with a link that has a size", rechecksum(with(makeTar(t, item{tar.Header{Name: "l", Linkname: "x", Typeflag: tar.TypeSymlink}, ""}), 124, "77777777777\x00"), 0), "l", ""},
		{"tar.gz with a folder that has a size", gzipped(rechecksum(with(makeTar(t, item{tar.Header{Name: "d/", Typeflag: tar.TypeDir}, ""}), 124, "77777777777\x00"), 0)), "d", ""},
		{"tar with a device that has a size", rechecksum(with(makeTar(t, item{tar.Header{Name: "c", Typeflag: tar.TypeChar}, ""}), 124, "77777777777\x00"), 0), "c", "a device, pipe or socket"},
		{"tar with a time before all time and a huge user", rechecksum(with(with(makeTar(t, file("a", "x")), 108, "\x80\x7f\xff\xff\xff\xff\xff\xff"), 136, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xf0"), 0), "a", ""},
		{"tar with a hard link out of it", makeTar(t, item{tar.Header{Name: "h", Linkname: "../../etc/passwd", Typeflag: tar.TypeLink}, ""}), "h", "a hard link to what is not in front of it"},
		{"tar with a hard link to itself", makeTar(t, item{tar.Header{Name: "h", Linkname: "h", Typeflag: tar.TypeLink}, ""}), "h", "a hard link to what is not in front of it"},
		{"tar with a long name for a long name", append(bytes.Repeat(longName[:1024], 1000), longName...), strings.Repeat("n", 200), ""},
		{"tar cut off behind a long name", longName[:1024], "", "no end marker"},
		{"tar.gz cut off behind a long name", gzipped(append(makeTar(t, file("a", "x"))[:1024], longName[:1024]...)), "a", "no end marker"},
		{"tar with devices", makeTar(t, item{tar.Header{Name: "dev/null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}, ""}, item{tar.Header{Name: "p", Typeflag: tar.TypeFifo}, ""}), "dev/null", `"dev/null" and 1 more: a device`},
		{"tar with an absolute name", makeTar(t, file("/a/b", "x")), "a/b", "absolute name or one with .."},
		{"tar with a name twice", makeTar(t, file("a", "x"), file("./a", "y")), "a", "more than once"},
		{"tar with a hard link to nothing", makeTar(t, item{tar.Header{Name: "h", Linkname: "t", Typeflag: tar.TypeLink}, ""}), "h", "a hard link to what is not in front of it"},
		{"tar with a link to itself", makeTar(t, item{tar.Header{Name: "l", Linkname: "l", Typeflag: tar.TypeSymlink}, ""}), "l", ""},
		{"tar without an end", makeTar(t, file("a", "x"))[:1024], "a", "no end marker"},
		{"tar with half an end", makeTar(t, file("a", "x"))[:1536], "a", "no end marker"},
		{"tar with more behind the end", append(makeTar(t, file("a", "x")), makeTar(t, file("b", "x"))...), "a", "bytes behind the end marker"},
		{"tar.gz with garbage behind", append(gzipped(makeTar(t, file("a", "x"))), "garbage in the end"...), "a", "bytes behind the end of the compressed archive"},
		{"tar.zst with garbage behind", append(zstded(makeTar(t, file("a", "x"))), "garbage in the end"...), "a", "bytes behind the end of the compressed archive"},
		{"tar.gz in two parts", append(gzipped(makeTar(t, file("a", "x"))[:700]), gzipped(makeTar(t, file("a", "x"))[700:])...), "a", ""},
		{"tar.zst behind a skippable frame", append([]byte("\x51\x2a\x4d\x18\x03\x00\x00\x00abc"), zstded(makeTar(t, file("a", "x")))...), "a", ""},
		{"zip in a zip", makeZip(zipEnd{}, plain("in.zip", string(makeZip(zipEnd{}, a)))), "in.zip", ""},
		{"tar of git archive", makeTar(t, item{tar.Header{Name: "pax_global_header", Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "0123"}}, ""}, file("a", "x")), "a", ""},
		{"tar with holes", sparseTar(100_000), "sparse.bin", ""},
		{"tar.gz with holes", gzipped(sparseTar(100_000)), "sparse.bin", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustRead(t, tt.data)
			if tt.path == "" && len(p.Entries) > 0 || tt.path != "" && (len(p.Entries) == 0 || p.Entries[0].Path != tt.path) {
				t.Errorf("entries %+v, want first %q", p.Entries, tt.path)
			}
			all := strings.Join(p.Warnings, "\n")
			if tt.want == "" && all != "" || !strings.Contains(all, tt.want) {
				t.Errorf("warnings %q, want %q", p.Warnings, tt.want)
			}
			for _, w := range p.Warnings {
				if strings.ContainsFunc(w, unicode.IsControl) {
					t.Errorf("%q is not one line", w)
				}
			}
			checkSums(t, p, len(tt.data))
		})
	}
}

// checkSums is a second count of what a package says of its entries.
func checkSums(t *testing.T, p *bundle.Package, size int) {
	t.Helper()
	var stored, unpacked uint64
	for _, e := range p.Entries {
		stored += e.Stored
		if !e.Replaced {
			unpacked += e.Size
		}
	}
	if p.Size != uint64(size) || p.Unzipped != unpacked || p.Zipped+p.Overhead != p.Size && p.Format != bundle.FormatDirectory {
		t.Errorf("size %d (of %d), zipped %d, overhead %d, unzipped %d (entries: %d)", p.Size, size, p.Zipped, p.Overhead, p.Unzipped, unpacked)
	}
	if whole := p.Format == bundle.FormatZip || p.Format == bundle.FormatTar; whole && stored != p.Zipped || !whole && stored != 0 {
		t.Errorf("entries take %d bytes, zipped is %d", stored, p.Zipped)
	}
}

func TestSparse(t *testing.T) {
	p := mustRead(t, sparseTar(100_000))
	if e := p.Entries[0]; e.Size != 100_000 || e.Stored != 512 || p.Overhead != 512+1024 {
		t.Errorf("%+v, overhead %d", e, p.Overhead)
	}
}

// TestTarTypes: what has no contents has no size, whatever its header says.
func TestTarTypes(t *testing.T) {
	const text = "\x7fELF and more"
	for flag, want := range map[byte]struct {
		typ  bundle.Type
		size uint64
	}{
		tar.TypeReg: {bundle.File, uint64(len(text))}, '\x00': {bundle.File, uint64(len(text))}, tar.TypeCont: {bundle.File, uint64(len(text))},
		'Z': {bundle.File, uint64(len(text))}, 'V': {bundle.Special, uint64(len(text))},
		tar.TypeDir: {bundle.Directory, 0}, tar.TypeSymlink: {bundle.Symlink, 0}, tar.TypeLink: {bundle.HardLink, 0},
		tar.TypeChar: {bundle.Special, 0}, tar.TypeBlock: {bundle.Special, 0}, tar.TypeFifo: {bundle.Special, 0},
	} {
		data := makeTar(t, file("first", text), file("second", "x"))
		data[156] = flag
		if want.size == 0 { // no contents follow
			data = append(data[:512:512], data[1024:]...)
		}
		rechecksum(data, 0)
		for format, data := range map[string][]byte{"tar": data, "tar.gz": gzipped(data), "tar.zst": zstded(data)} {
			p := mustRead(t, data)
			if len(p.Entries) != 2 || p.Entries[1].Path != "second" || p.Unzipped != want.size+1 {
				t.Errorf("%s, type %q: %d bytes in %+v", format, flag, p.Unzipped, p.Entries)
				continue
			}
			if e := p.Entries[0]; e.Type != want.typ || e.Size != want.size || e.ELF != (want.typ == bundle.File) {
				t.Errorf("%s, type %q: %+v, want %+v", format, flag, e, want)
			}
			checkSums(t, p, len(data))
		}
	}
}
