package snapshot

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/bits"
	"os"
	"slices"
	"strings"
	"syscall"
)

// maxReport is the largest report that is read, in bytes.
const maxReport = 512 << 20

// howToSave is what to do where there is no usable report.
const howToSave = "save one with sizegate report -f json -o FILE"

// Read reads a saved report of ELF files, or a baseline. An error is one line that begins
// with the path.
func Read(path string) (*Report, error) { return read(path, Schema) }

// ReadAny reads a saved report of anything: also one of packages or of images, which are
// then all that is in it.
func ReadAny(path string) (*Report, error) { return read(path, Schema, PackageSchema, ImageSchema) }

func read(path string, schemas ...string) (*Report, error) {
	r, err := readFile(path, schemas)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func readFile(path string, schemas []string) (*Report, error) {
	// O_NONBLOCK so that a named pipe that nobody writes to is refused instead
	// of waited for.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("no such file (%s)", howToSave)
	case errors.Is(err, fs.ErrPermission):
		return nil, errors.New("permission denied (make it readable: chmod +r)")
	case err != nil:
		return nil, fmt.Errorf("cannot be opened: %w (name a readable file)", cause(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("cannot be opened: %w (name a readable file)", cause(err))
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file (name a saved report)")
	}
	// Some files of /proc are empty by their size, and reading them waits for ever.
	if info.Size() == 0 {
		return nil, fmt.Errorf("an empty file (%s)", howToSave)
	}
	if info.Size() > maxReport {
		return nil, tooLong(maxReport)
	}
	return decodeUpTo(f, maxReport, schemas)
}

// cause is a system error without the path, which the message has already.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// Decode reads a report as Report.Write writes it, and checks that every binary,
// package and image in it adds up. Fields that it does not know are ignored: later versions may
// add some. Sizes are at most the largest int64, and so are their sums, so that
// differences of two reports are exact. An error is one line.
func Decode(r io.Reader) (*Report, error) { return decodeUpTo(r, maxReport, []string{Schema}) }

// decodeUpTo decodes a report of at most limit bytes that has one of the schemas.
func decodeUpTo(from io.Reader, limit int, schemas []string) (*Report, error) {
	text, err := io.ReadAll(io.LimitReader(from, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w (check the disk, or copy it again)", cause(err))
	}
	if len(text) > limit {
		return nil, tooLong(limit)
	}
	if !plausible(text) {
		return nil, fmt.Errorf("not a report of sizegate (%s)", howToSave)
	}
	var r Report
	err = json.Unmarshal(text, &r)
	var syntax *json.SyntaxError
	var form *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(text[:syntax.Offset], []byte("\n"))
		return nil, fmt.Errorf("not JSON: line %d: %w (%s)", line, err, howToSave)
	case r.Schema == "":
		return nil, fmt.Errorf("not a report of sizegate: it names no schema (%s)", howToSave)
	case isNewer(r.Schema, schemas):
		return nil, fmt.Errorf("a %.40q, which this version of sizegate cannot read (use a newer sizegate, or save the report again)", r.Schema)
	case slices.Contains(schemas, r.Schema):
	case r.Schema == PackageSchema, r.Schema == ImageSchema:
		return nil, fmt.Errorf("a %q and not a %q (save a baseline with sizegate check --save-baseline FILE)", r.Schema, Schema)
	default:
		return nil, fmt.Errorf("a %.40q and not a %q (%s)", r.Schema, Schema, howToSave)
	}
	switch {
	case errors.As(err, &form):
		return nil, damaged(fmt.Errorf("%s has a value of the wrong form: %s", form.Field, form.Value))
	case err != nil:
		return nil, damaged(err)
	}
	switch r.Schema {
	case PackageSchema:
		r.Binaries, r.Images = nil, nil
	case ImageSchema:
		r.Binaries, r.Packages = nil, nil
	}
	for i := range r.Binaries {
		b := &r.Binaries[i]
		if err := cmp.Or(sound(b), b.repeatedVariant()); err != nil {
			return nil, damaged(fmt.Errorf("binary %.80q: %w", b.Name, err))
		}
	}
	for i := range r.Packages {
		if err := sound(&r.Packages[i]); err != nil {
			return nil, damaged(fmt.Errorf("package %.80q: %w", r.Packages[i].Name, err))
		}
	}
	for i := range r.Images {
		if err := sound(&r.Images[i]); err != nil {
			return nil, damaged(fmt.Errorf("image %.80q: %w", r.Images[i].Name, err))
		}
	}
	return &r, nil
}

func tooLong(limit int) error {
	return fmt.Errorf("longer than %d MiB, which no report is (%s)", limit>>20, howToSave)
}

// isNewer says whether a schema is another version of one of those.
func isNewer(schema string, schemas []string) bool {
	return slices.ContainsFunc(schemas, func(known string) bool {
		kind, _, _ := strings.Cut(known, "/")
		return schema != known && strings.HasPrefix(schema, kind+"/")
	})
}

// sound checks the sums of what was measured, which would overflow if its sizes
// did not fit.
func sound(measured interface {
	fits() bool
	Check() error
}) error {
	if !measured.fits() {
		return errors.New("its sizes are too large to be added up")
	}
	return measured.Check()
}

// damaged says what is wrong with a report that someone has changed. Names in
// it can have any length.
func damaged(err error) error {
	const longest = 400
	what := err.Error()
	if len(what) > longest {
		what = strings.ToValidUTF8(what[:longest], "") + "…"
	}
	return fmt.Errorf("the report is damaged: %s (save it again)", what)
}

// fits says whether all sizes can be added up and compared as int64.
func (b *Binary) fits() bool {
	var file, parts, memory, owned, functions checkedSum
	file.add(b.FileSize) // at most twice the real sum
	file.add(b.Overhead.Headers)
	file.add(b.Overhead.Gaps)
	ok := b.VMSize <= math.MaxInt64
	for i := range b.Sections {
		s := &b.Sections[i]
		file.add(s.FileSize)
		memory.add(s.VMSize)
		parts.add(s.Attributed)
		parts.add(s.Padding)
		parts.add(s.Unattributed)
	}
	for i := range b.Owners {
		ok = ok && b.Owners[i].Functions >= 0
		for _, size := range b.Owners[i].Sections {
			owned.add(size)
		}
	}
	for i := range b.Functions {
		functions.add(b.Functions[i].Size)
	}
	for i := range b.Variants {
		ok = ok && b.Variants[i].Size <= math.MaxInt64
	}
	return ok && !file.over && !parts.over && !memory.over && !owned.over && !functions.over
}

// fits says whether all sizes can be added up and compared as int64.
func (p *Package) fits() bool {
	var size, stored, unpacked, wasted checkedSum
	size.add(p.Size)
	size.add(p.Zipped)
	size.add(p.Overhead)
	size.add(p.Unzipped)
	for i := range p.Entries {
		stored.add(p.Entries[i].Zipped)
		unpacked.add(p.Entries[i].Unzipped)
	}
	ok := true
	for i := range p.Duplicates {
		d := &p.Duplicates[i]
		high, low := bits.Mul64(d.Size, uint64(len(d.Paths)))
		ok = ok && high == 0
		wasted.add(low)
	}
	for i := range p.Binaries {
		ok = ok && p.Binaries[i].fits() && p.Binaries[i].repeatedVariant() == nil
	}
	return ok && !size.over && !stored.over && !unpacked.over && !wasted.over
}

// fits says whether all sizes can be added up and compared as int64, and no number
// of files is below 0.
func (m *Image) fits() bool {
	var size, stored, unpacked, final, changed, wasted, ratio checkedSum
	for _, n := range []uint64{m.Archive, m.Size, m.Overhead.Manifest, m.Overhead.Config, m.Unpacked, m.Final, m.Hidden, m.Wasted} {
		size.add(n)
	}
	ratio.add(m.Efficiency.Smallest)
	ratio.add(m.Efficiency.All)
	ok := m.Base.Layers >= 0
	for i := range m.Layers {
		l := &m.Layers[i]
		stored.add(l.Size)
		stored.add(l.Tar)
		unpacked.add(l.Unpacked)
		wasted.add(l.Wasted)
		ok = ok && l.Files >= 0 && l.Files <= math.MaxInt32
		for _, c := range []ImageChange{l.Added, l.Overwritten, l.Deleted} {
			changed.add(c.Bytes)
			ok = ok && c.Files >= 0 && c.Files <= math.MaxInt32
		}
	}
	for i := range m.Entries {
		final.add(m.Entries[i].Size)
	}
	for i := range m.WastedPaths {
		wasted.add(m.WastedPaths[i].Bytes)
	}
	for i := range m.Binaries {
		ok = ok && m.Binaries[i].fits() && m.Binaries[i].repeatedVariant() == nil
	}
	for _, s := range []checkedSum{size, stored, unpacked, final, changed, wasted, ratio} {
		ok = ok && !s.over
	}
	return ok
}

// repeatedVariant is an error if two variants are of one name and level: which of
// them is meant would be a guess.
func (b *Binary) repeatedVariant() error {
	type key struct{ name, level string }
	known := make(map[key]bool, len(b.Variants))
	for i := range b.Variants {
		k := key{b.Variants[i].Name, b.Variants[i].Level}
		if known[k] {
			return fmt.Errorf("two variants are called %q, level %q", k.name, k.level)
		}
		known[k] = true
	}
	return nil
}

// checkedSum is a sum that knows when it is above the largest int64.
type checkedSum struct {
	sum  uint64
	over bool
}

func (s *checkedSum) add(n uint64) {
	sum, carry := bits.Add64(s.sum, n, 0)
	s.sum = sum
	s.over = s.over || carry != 0 || sum > math.MaxInt64
}

// Bytes that an element of a list has at least, on the average: sizegate writes
// every field, and the shortest ones have more. An element of a list can be as
// short as a digit and still take hundreds of bytes of memory; this keeps the
// memory a small multiple of the file.
const (
	minElement   = 48
	minBinary    = 200  // of the list of binaries
	freeElements = 1000 // short lists are not counted
)

// plausible says whether the lists in text have no more elements than its
// length can describe. It does not need to be JSON.
func plausible(text []byte) bool {
	need, found, depth := 0, 0, 0
	before := byte('[') // the last of [ { , :
	element := func() {
		if before == ':' {
			return // the value of a field
		}
		found++
		need += minElement
		if depth == 2 { // in a list in the outermost object
			need += minBinary - minElement
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ', '\t', '\r', '\n':
		case ',', ':':
			before = c
		case '[', '{':
			element()
			before = c
			depth++
		case ']', '}':
			before = c
			depth--
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if !isKey(text[min(i+1, len(text)):]) {
				element()
			}
		default:
			element()
			for i+1 < len(text) && strings.IndexByte(" \t\r\n,:[]{}\"", text[i+1]) < 0 {
				i++
			}
		}
	}
	return found <= freeElements || need <= len(text)
}

// isKey says whether the string in front of rest is the name of a field.
func isKey(rest []byte) bool {
	for _, c := range rest {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c == ':'
		}
	}
	return false
}
