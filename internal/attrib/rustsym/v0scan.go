package rustsym

import (
	"math"
	"unicode/utf8"
)

// scanner is a position in a v0 name. Offsets count from after the prefix
// "_R", as back-references do.
type scanner struct {
	s   string
	pos int
	// words is how many bytes of s, from its start, may all stand in an
	// identifier: checked in one go, as most names are words to the end.
	words int
	// lastCrate is what crate read last, from lastCrateAt (0 if nothing: no
	// crate's identifier is there) to lastCrateEnd. It is often the one that is
	// asked for next.
	lastCrate                 Crate
	lastCrateAt, lastCrateEnd int
}

func newScanner(s string) scanner {
	n := 0
	for ; n+8 <= len(s); n += 8 {
		b := s[n : n+8]
		if class[b[0]]&class[b[1]]&class[b[2]]&class[b[3]]&class[b[4]]&class[b[5]]&class[b[6]]&class[b[7]]&classWord == 0 {
			break
		}
	}
	for n < len(s) && class[s[n]]&classWord != 0 {
		n++
	}
	return scanner{s: s, words: n}
}

// Byte classes of the v0 grammar.
const (
	classWord  = 1 << iota // may stand in an identifier
	classHex               // digit of const-data
	classBasic             // tag of a basic type
	classPath              // first byte of a path
	classType              // first byte of a type
	classConst             // first byte of a const
)

var class = func() (t [256]uint8) {
	set := func(bytes string, c uint8) {
		for _, b := range []byte(bytes) {
			t[b] |= c
		}
	}
	set("0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", classWord)
	set("0123456789abcdef", classHex)
	set("abcdefhijlmnopstuvxyz", classBasic|classType)
	set("CMXYNIB", classPath|classType|classConst)
	set("ASTRQPOFDW", classType)
	set("htmyojaslxnibcepRQATV", classConst)
	return t
}()

// digit62 maps a byte to its value as a base-62 digit, 0xff if it is none.
var digit62 = func() (t [256]uint8) {
	for i := range t {
		t[i] = 0xff
	}
	for i, b := range []byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		t[b] = uint8(i)
	}
	return t
}()

// peek returns the next byte, 0 at the end. No rule of the grammar accepts 0.
func (r *scanner) peek() byte {
	if r.pos < len(r.s) {
		return r.s[r.pos]
	}
	return 0
}

func (r *scanner) eat(b byte) bool {
	if r.peek() != b {
		return false
	}
	r.pos++
	return true
}

// base62 reads a base-62-number: digits and "_", the value one more than the
// digits say, or 0 for "_" alone.
func (r *scanner) base62() (uint64, bool) {
	const safe = 10 // digits that cannot overflow
	var x uint64
	digits := r.s[r.pos:]
	for i := 0; i < len(digits); i++ {
		d := uint64(digit62[digits[i]])
		if d > 61 {
			if digits[i] != '_' {
				return 0, false
			}
			r.pos += i + 1
			if i == 0 {
				return 0, true
			}
			return x + 1, x != math.MaxUint64
		}
		if i >= safe && x > (math.MaxUint64-d)/62 {
			return 0, false
		}
		x = x*62 + d
	}
	return 0, false
}

// tagged reads an optional base-62-number behind tag. Absent is 0, and present
// ones count from 1.
func (r *scanner) tagged(tag byte) (uint64, bool) {
	if r.peek() != tag {
		return 0, true
	}
	return r.present()
}

// present reads the number of a tag that is there.
func (r *scanner) present() (uint64, bool) {
	r.pos++
	x, ok := r.base62()
	return x + 1, ok && x != math.MaxUint64
}

func (r *scanner) disambiguator() (uint64, bool) {
	return r.tagged('s')
}

// namespace reads the letter behind the tag N.
func (r *scanner) namespace() (byte, bool) {
	c := r.peek()
	if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
		r.pos++
		return c, true
	}
	return 0, false
}

// identifier is an undisambiguated-identifier: its bytes as they stand in the
// name.
type identifier struct {
	text     string
	punycode bool
}

func (r *scanner) identifier() (id identifier, ok bool) {
	s, pos := r.s, r.pos
	if pos < len(s) && s[pos] == 'u' {
		id.punycode = true
		pos++
	}
	if pos >= len(s) || !isDigit(s[pos]) {
		return id, false
	}
	n := int(s[pos] - '0')
	pos++
	if n != 0 {
		for pos < len(s) && isDigit(s[pos]) {
			if n = n*10 + int(s[pos]-'0'); n > len(s) {
				return id, false
			}
			pos++
		}
	}
	if pos < len(s) && s[pos] == '_' {
		pos++
	}
	if n > len(s)-pos {
		return id, false
	}
	id.text = s[pos : pos+n]
	r.pos = pos + n
	if r.pos > r.words {
		// The RFC lets an identifier be UTF-8 where the platform does.
		if id.punycode || !validUnicode(id.text) {
			return id, false
		}
	}
	return id, !id.punycode || n > 0
}

// validUnicode reports whether s is UTF-8 whose ASCII bytes may stand in an
// identifier.
func validUnicode(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < utf8.RuneSelf && class[s[i]]&classWord == 0 {
			return false
		}
	}
	return utf8.ValidString(s)
}

// crate reads the identifier behind the tag C. A crate has a name; only nested
// elements may be unnamed.
func (r *scanner) crate() (Crate, bool) {
	if r.pos == r.lastCrateAt {
		r.pos = r.lastCrateEnd
		return r.lastCrate, true
	}
	at := r.pos
	id, ok := r.disambiguator()
	if !ok {
		return Crate{}, false
	}
	name, ok := r.identifier()
	if !ok || name.text == "" {
		return Crate{}, false
	}
	r.lastCrate = Crate{Name: name.text, ID: id}
	r.lastCrateAt, r.lastCrateEnd = at, r.pos
	return r.lastCrate, true
}

// passCrate is crate for a crate that nobody asks for. To work out its disambiguator
// takes as long as the rest of it.
func (r *scanner) passCrate() bool {
	if r.peek() == 's' && !r.passNumber() {
		return false
	}
	name, ok := r.identifier()
	return ok && name.text != ""
}

// passNumber is present where the number does not matter.
func (r *scanner) passNumber() bool {
	const fit = 10 // digits, and an eleventh in front of them below 21
	digits := r.s[r.pos+1:]
	n := 0
	for n < len(digits) && digit62[digits[n]] < 62 {
		n++
	}
	if n > fit+1 || n == fit+1 && digit62[digits[0]] > 20 {
		_, ok := r.present()
		return ok
	}
	if n == len(digits) || digits[n] != '_' {
		return false
	}
	r.pos += len("s_") + n
	return true
}

// constData reads the digits of a const and the "_" behind them.
func (r *scanner) constData() bool {
	for class[r.peek()]&classHex != 0 {
		r.pos++
	}
	return r.eat('_')
}

// backref reads a back-reference and returns what it refers to. The target must
// lie before the back-reference and begin like an element of the wanted class.
func (r *scanner) backref(want uint8) (int, bool) {
	start := r.pos
	r.pos++
	n, ok := r.base62()
	if !ok || n >= uint64(start) || class[r.s[n]]&want == 0 {
		return 0, false
	}
	return int(n), true
}
