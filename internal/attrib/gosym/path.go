package gosym

import "strings"

// Unescape turns the path of a symbol's name into the import path: %2e becomes
// a dot, and so on for any byte. What is no escape sequence stays as it is.
// It returns path itself if there is no '%'.
//
// The result of a hostile name can hold any byte, line feeds and terminal
// escape sequences included.
func Unescape(path string) string {
	i := strings.IndexByte(path, '%')
	if i < 0 {
		return path
	}
	var b strings.Builder
	b.Grow(len(path))
	b.WriteString(path[:i])
	for ; i < len(path); i++ {
		c := path[i]
		if isEscape(path, i) {
			c = byte(unhex(path[i+1])<<4 | unhex(path[i+2]))
			i += 2
		}
		b.WriteByte(c)
	}
	return b.String()
}

// Promoted resolves an ambiguity that a name alone leaves open. If a type T of
// package p embeds one of package q that has an unexported method m, and T is
// no pointer, the promoted method is called p.T.q.m, which [Package] takes for
// a function m of a package "p.T.q" if q has a slash. Since a path may have
// such elements ("github.com/x/x.github.io/y"), only the other packages of the
// program can tell: path is taken apart as p.T.q only if known reports true for
// both p and q. Promoted then returns p; the leftmost split wins.
//
// It is meant to be called once for each distinct path of a program, with known
// looking up the set of these paths.
func Promoted(path string, known func(path string) bool) (p string, ok bool) {
	from := 0
	for range maxSplits {
		dot := strings.IndexByte(path[from:], '.')
		if dot < 0 {
			return "", false
		}
		// Only the first dot of an element can end a package path.
		dot += from
		_, q, ok := strings.Cut(path[dot+1:], ".")
		if !ok || !strings.Contains(q, "/") {
			return "", false
		}
		typ := path[dot+1 : len(path)-len(q)-1]
		if !strings.Contains(typ, "/") && known(path[:dot]) && known(q) {
			return path[:dot], true
		}
		slash := strings.IndexByte(path[dot:], '/')
		if slash < 0 {
			return "", false
		}
		from = dot + slash + 1
	}
	return "", false
}

// maxSplits bounds the work on one path. Few real ones have more than two
// elements with a dot.
const maxSplits = 16
