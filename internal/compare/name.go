package compare

import (
	"slices"
	"strings"
)

// bareName is a function's name without what changes from build to build though
// the source does not: hashes, disambiguators of crates, and the numbers of the
// copies that optimisers make.
func bareName(name string) string {
	for {
		short := withoutSuffix(name)
		if short == name {
			break
		}
		name = short
	}
	if hash, ok := strings.CutPrefix(name, "anon."); ok { // a nameless constant: anon.HASH.NUMBER
		if hash, _, _ = strings.Cut(hash, "."); len(hash) == 32 && isHex(hash) {
			return "anon."
		}
	}
	return withoutDisambiguators(name)
}

// copies are what GCC and LLVM append to the name of a copy or a part of a
// function, most with a number.
var copies = []string{".isra", ".part", ".constprop", ".cold", ".lto_priv", ".llvm"}

// withoutSuffix takes off one suffix: the hash of a Rust name, mangled or not,
// or the mark of a copy, as it is or as demanglers show it.
func withoutSuffix(name string) string {
	if s, ok := strings.CutSuffix(name, "]"); ok {
		if i := strings.LastIndexByte(s, '['); i > 0 {
			if mark, ok := strings.CutPrefix(s[i:], "[clone "); ok && withoutCopy(mark) == "" {
				return strings.TrimRight(name[:i], " ")
			}
		}
		return name
	}
	const digits = 16
	if s := strings.TrimSuffix(name, "E"); len(s) > digits {
		head, hash := s[:len(s)-digits], s[len(s)-digits:]
		end := "::h"
		if s != name {
			end = "17h"
		}
		if rest, ok := strings.CutSuffix(head, end); ok && rest != "" && isHex(hash) {
			return rest
		}
	}
	if short := withoutCopy(name); short != "" {
		return short
	}
	return name
}

func withoutCopy(name string) string {
	short := strings.TrimRight(name, "0123456789")
	if n := strings.TrimSuffix(short, "."); n == short {
		short = name // no number
	} else if short != name {
		short = n
	}
	for _, c := range copies {
		if s, ok := strings.CutSuffix(short, c); ok {
			return s
		}
	}
	return name
}

// withoutDisambiguators takes off what tells crates of one name apart: up to 16
// hexadecimal digits in brackets right behind a name. Types as [u8] and [f32]
// are shorter, or no number, or stand behind something else.
func withoutDisambiguators(name string) string {
	const shortest, longest = 8, 16
	var out []byte // nil while there was nothing to take off
	done := 0
	for i := 1; i < len(name); i++ {
		if name[i] != '[' || !isWord(name[i-1]) {
			continue
		}
		end := strings.IndexByte(name[i:min(len(name), i+longest+2)], ']')
		if end < shortest+1 || !isHex(name[i+1:i+end]) {
			continue
		}
		out = append(out, name[done:i]...)
		done = i + end + 1
		i += end
	}
	if done == 0 {
		return name
	}
	return string(append(out, name[done:]...))
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isHex(s string) bool {
	return !slices.ContainsFunc([]byte(s), func(c byte) bool { return !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') })
}
