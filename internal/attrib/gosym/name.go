package gosym

import "strings"

// Package returns the import path of the package in a Go symbol's name, as
// written there: escaped (see [Unescape]) and a substring of name. It is false
// if the name says none, as with most assembly and C functions.
//
// The path ends at the first '.' after the last '/' before anything that
// cannot be in a path, which leaves out type arguments, receivers in
// parentheses and all that follows them:
//
//	slices              slices.SortFunc[go.shape.[]github.com/x/y.Z,...]
//	net/http            net/http.(*Server).Serve
//	gopkg.in/yaml%2ev3  gopkg.in/yaml%2ev3.Unmarshal
//
// A function that the compiler generated for a type belongs to the package of
// the first named type (or package-qualified field) in it, in the order of the
// text; unsafe.Pointer does not count:
//
//	net/http  type:.eq.[4]net/http.T
//	io        go:struct { X int; io.Reader }.Read
//	none      type:.eq.[2]interface {}
//
// The name is all that is looked at. A function that //go:linkname renamed is
// in the package of its new name, a C function "f.part.0" seems to be in a
// package f, and for methods promoted to a value receiver see [Promoted].
func Package(name string) (path string, ok bool) {
	if name == "" {
		return "", false
	}
	switch name[0] { // nearly all names are out of the way after one byte
	case 't':
		if rest, ok := cutReserved(name, "type"); ok {
			return typePackage(rest)
		}
	case 'g':
		if strings.HasPrefix(name, "go.shape.") {
			return firstQualified(name)
		}
		if rest, ok := cutReserved(name, "go"); ok {
			return generatedPackage(rest)
		}
	}
	return pathPrefix(name)
}

// cutReserved removes a prefix that the toolchain reserves for itself. Before
// Go 1.20 it was followed by '.', which a package of that name could have too:
// there only what the toolchain put behind it counts.
func cutReserved(name, prefix string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(name, prefix)
	if !ok || rest == "" {
		return "", false
	}
	switch rest[0] {
	case ':':
		return rest[1:], true
	case '.':
		rest = rest[1:]
		for _, p := range [...]string{".", "struct {", "(*struct {", "interface {", "(*interface {", "itab."} {
			if strings.HasPrefix(rest, p) {
				return rest, true
			}
		}
	}
	return "", false
}

// typePackage is Package for what follows "type:": a type, or ".purpose."
// before one.
func typePackage(s string) (path string, ok bool) {
	if !strings.HasPrefix(s, ".") {
		return firstQualified(s)
	}
	purpose, s, ok := strings.Cut(s[1:], ".")
	switch {
	case !ok || purpose == "namedata": // holds a Go identifier or a type's short name
		return "", false
	case purpose == "importpath":
		s, ok = strings.CutSuffix(s, ".")
		// Dots behind the last slash are escaped.
		if last := s[strings.LastIndexByte(s, '/')+1:]; !ok || last == "" || strings.Contains(last, ".") || s[0] == '/' || pathEnd(s) != len(s) {
			return "", false
		}
		return s, true
	}
	return firstQualified(s)
}

// generatedPackage is Package for what follows "go:": a receiver without a
// name, an itab's two types, or data of the toolchain.
func generatedPackage(s string) (path string, ok bool) {
	s, itab := strings.CutPrefix(s, "itab.")
	if !itab && !strings.HasPrefix(s, "(") && !strings.HasPrefix(s, "struct") && !strings.HasPrefix(s, "interface") {
		return "", false
	}
	return firstQualified(s)
}

// pathPrefix returns the path that s begins with, followed by '.'.
func pathPrefix(s string) (path string, ok bool) {
	end := pathEnd(s)
	slash := strings.LastIndexByte(s[:end], '/')
	dot := strings.IndexByte(s[slash+1:end], '.')
	// A path has no empty last element, nor begins with a slash.
	if dot <= 0 || s[0] == '/' {
		return "", false
	}
	return s[:slash+1+dot], true
}

// pathEnd returns the length of the longest prefix of s that consists of bytes
// an escaped import path may hold.
func pathEnd(s string) int {
	for i := 0; i < len(s); i++ {
		if !pathByte[s[i]] && !isEscape(s, i) {
			return i
		}
	}
	return len(s)
}

// firstQualified returns the package of the first qualified identifier in a
// type as the compiler writes it, at any depth.
func firstQualified(s string) (path string, ok bool) {
	for s != "" {
		if s[0] == '"' { // a struct tag
			n := quotedLen(s)
			if n == 0 {
				return "", false
			}
			s = s[n:]
			continue
		}
		n := wordLen(s)
		if n == 0 {
			s = s[1:]
			continue
		}
		if path, ok = qualifier(s[:n]); ok {
			return path, true
		}
		s = s[n:]
	}
	return "", false
}

// pseudoPackages qualify types but are no packages with code of their own.
var pseudoPackages = [...]string{"go.shape.", "noalg.", "map."}

// qualifier returns the path that qualifies an identifier.
func qualifier(word string) (path string, ok bool) {
	if strings.IndexByte(word, '.') < 0 { // as in most words
		return "", false
	}
	// "...T", "-chan T" and the method behind "struct {}" begin like this.
	word = strings.TrimLeft(word, ".-")
	for again := true; again; {
		again = false
		for _, p := range pseudoPackages {
			var cut bool
			word, cut = strings.CutPrefix(word, p)
			again = again || cut
		}
	}
	path, ok = pathPrefix(word)
	// Without an identifier it is a type's prefix, such as "itab.*T".
	if !ok || path == "unsafe" || len(word) == len(path)+1 {
		return "", false
	}
	return path, true
}

// wordLen returns the length of the path or identifier that s begins with.
func wordLen(s string) int {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !pathByte[c] && c < 0x80 && !isEscape(s, i) {
			return i
		}
	}
	return len(s)
}

// quotedLen returns the length of the Go string literal that s begins with, or
// 0 if it does not end.
func quotedLen(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// pathByte tells the bytes that stand for themselves in an escaped import
// path. The linker's escaping (cmd/internal/objabi.PathToPrefix) removes
// control characters, space, '"', '%' and everything from 0x7f on; the
// compiler refuses imports with the rest (cmd/compile/internal/noder).
var pathByte = func() (set [256]bool) {
	for c := '!'; c <= '~'; c++ {
		set[c] = !strings.ContainsRune(forbidden, c)
	}
	return set
}()

// forbidden are the printable ASCII characters that no import path holds.
const forbidden = "!\"#$%&'()*,:;<=>?[\\]^`{|}"

// isEscape reports whether s[i:] begins with '%' and two hexadecimal digits.
func isEscape(s string, i int) bool {
	return s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
