package rustsym

import (
	"strings"
	"unicode/utf8"
)

const (
	escapeLT = "$LT$"
	escapeAs = "$u20$as$u20$"

	// maxImplNesting limits `<<<A as B>::f::C as D>::g::E as F>`: each level
	// reads the inner ones again.
	maxImplNesting = 16
)

// pathSeparator is what legacyChar returns for "::".
const pathSeparator = -1

// legacyChar decodes the character at pos of an element and returns where the
// next one begins. The compiler writes ".." for "::", "." for "-" (and for the
// "-" of "->"), and $…$ for what an assembler would not take.
func legacyChar(s string, pos int) (r rune, next int) {
	switch s[pos] {
	case '.':
		if strings.HasPrefix(s[pos:], "..") {
			return pathSeparator, pos + 2
		}
		return '-', pos + 1
	case '$':
		// The longest escape is $u10ffff$.
		const longest = len("u10ffff$")
		rest := s[pos+1:]
		if i := strings.IndexByte(rest[:min(len(rest), longest)], '$'); i > 0 {
			if r, ok := escapedChar(rest[:i]); ok {
				return r, pos + 1 + i + 1
			}
		}
	}
	return rune(s[pos]), pos + 1
}

func escapedChar(code string) (rune, bool) {
	switch code {
	case "SP":
		return '@', true
	case "BP":
		return '*', true
	case "RF":
		return '&', true
	case "LT":
		return '<', true
	case "GT":
		return '>', true
	case "LP":
		return '(', true
	case "RP":
		return ')', true
	case "C":
		return ',', true
	}
	if code[0] != 'u' || len(code) == 1 {
		return 0, false
	}
	r := rune(0)
	for i := 1; i < len(code); i++ {
		if class[code[i]]&classHex == 0 {
			return 0, false
		}
		r = r<<4 | rune(digit62[code[i]])
	}
	return r, utf8.ValidRune(r)
}

// brackets follows the nesting of brackets of every kind through a type.
type brackets struct {
	depth int
	dash  bool // the character before was "-": a ">" is the end of "->"
}

func (b *brackets) see(r rune) {
	switch r {
	case '<', '(', '[', '{':
		b.depth++
	case '>':
		if !b.dash {
			b.depth--
		}
	case ')', ']', '}':
		b.depth--
	}
	b.dash = r == '-'
}

// implCrate returns the crate of the impl that `<A>` or `<A as B>`, at the
// start of s, stands for, "" if it cannot be told.
//
// The compiler prints an impl so only if the impl is in the module of A's type
// or in the module of B's trait (else `module::<impl B for A>`), so those two
// crates are all there is to choose from: A's if there is no B, B's if A names
// none (a type parameter, a primitive). The standard library cannot know other
// crates, and of its own crates the one that depends on the other has the
// impl. Of two other crates B's owns the impl where A is a tuple, a pointer or
// the like, which count as foreign everywhere, and B has no arguments that
// could make up for it. What is left, a type and a trait of two crates, is
// more often the type's author implementing a trait.
func implCrate(s string, nesting int) (crate string, exact bool) {
	as := -1
	b := brackets{}
	pos := 0
	for pos < len(s) {
		if b.depth == 1 && as < 0 && s[pos] == '$' && strings.HasPrefix(s[pos:], escapeAs) {
			as = pos
		}
		r, next := legacyChar(s, pos)
		b.see(r)
		if b.depth <= 0 {
			break
		}
		pos = next
	}
	if pos == len(s) || nesting > maxImplNesting {
		return "", false
	}
	if as < 0 {
		crate, _, exact = typeCrate(s[len(escapeLT):pos], nesting)
		return crate, exact
	}
	self, foreign, selfExact := typeCrate(s[len(escapeLT):as], nesting)
	trait := s[as+len(escapeAs) : pos]
	traitCrate := trait[:wordEnd(trait, 0)]
	if !strings.HasPrefix(trait[len(traitCrate):], "..") {
		return "", false
	}
	selfRank, traitRank := stdRank(self), stdRank(traitCrate)
	switch {
	case self == "" || traitCrate == "":
		return traitCrate, true
	case self == traitCrate:
		return self, selfExact
	case selfRank >= 0 && selfRank < traitRank, selfRank >= 0 && traitRank < 0:
		return traitCrate, selfExact
	case traitRank >= 0:
		return self, selfExact
	case foreign:
		return traitCrate, !strings.Contains(trait, escapeLT)
	}
	return self, false
}

// typeCrate returns the crate of the type that decides where a type belongs:
// what a reference, pointer, slice or array is of, the first of a tuple's types
// that has one, a trait object's first trait. It is "" if none has one. Foreign
// is true where the type is built from another by more than references.
func typeCrate(s string, nesting int) (crate string, foreign, exact bool) {
	open := 0
	for pos := 0; pos < len(s); {
		word := wordEnd(s, pos)
		if word == pos {
			r, next := legacyChar(s, pos)
			switch r {
			case '&', ' ', '\'':
			case '*':
				foreign = true
			case '(', '[':
				foreign = true
				open++
			case '<':
				crate, exact := implCrate(s[pos:], nesting+1)
				return crate, foreign, exact
			default:
				next = nextType(s, pos, &open)
			}
			pos = next
			continue
		}
		switch text := s[pos:word]; {
		case strings.HasPrefix(s[word:], ".."):
			return text, foreign, true
		case text == "mut" || text == "const" || text == "dyn" || text == "static":
			pos = word
		default:
			// A type parameter, a primitive or a function pointer has no crate.
			foreign = foreign || text == "fn" || text == "unsafe" || text == "extern"
			pos = nextType(s, word, &open)
		}
	}
	return "", foreign, true
}

// nextType skips the rest of a type and returns where the next one of a tuple
// that it stands in begins, or the end of s. Open is how many round and square
// brackets stand open around the type.
func nextType(s string, pos int, open *int) int {
	b := brackets{}
	for pos < len(s) && *open > 0 {
		r, next := legacyChar(s, pos)
		pos = next
		if r == ',' && b.depth == 0 {
			return pos
		}
		b.see(r)
		if b.depth < 0 {
			b.depth = 0
			*open--
		}
	}
	return len(s)
}
