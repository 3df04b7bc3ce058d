package rustsym

import (
	"strconv"
	"strings"
)

// Item returns what all instances of one item have in common and no other item
// has: a key to compare and not to show. Two names of one item differ in generic
// arguments, in the crate that asked for the instance, or in the hash.
//
//   - In a v0 name an impl is told by where it is and its number there, so that
//     `<A as From<B>>::from` and `<A as From<C>>::from` are two items, and a
//     blanket impl is one for all types. A default method is one item of its
//     trait.
//   - A legacy name is one item with all its arguments as they are written,
//     but for those of the last element: drop_in_place<T> is one for all T. It
//     does not number closures: those of one function are one item.
//
// Item reports false where ItemPath does, and where the key would be longer than
// ItemPath's longest path.
func Item(name string) (key string, ok bool) {
	if s, ok := strings.CutPrefix(name, v0Prefix); ok {
		p, ok := newItemPrinter(s)
		if !ok {
			return "", false
		}
		p.exact = true
		p.item()
		return string(p.text.out), !p.bad && !p.text.full
	}
	if s, ok := strings.CutPrefix(name, legacyPrefix); ok {
		return legacyItem(s)
	}
	return "", false
}

// SharedPath is a path to show for names of one item: ItemPath's if it is the
// same for all. Else it has "_" for the types that the item is instantiated for,
// with as much of their form as they share: `<&_ as core::fmt::Debug>::fmt`,
// `<_ as alloc::string::ToString>::to_string`. It is the first name itself if no
// path can be told.
func SharedPath(names []string) string {
	for _, print := range [...]func(string) (string, bool){
		ItemPath,
		func(name string) (string, bool) { return blankPath(name, true) },
		func(name string) (string, bool) { return blankPath(name, false) },
	} {
		path, ok := print(names[0])
		for _, name := range names[1:] {
			if other, _ := print(name); other != path {
				ok = false
				break
			}
		}
		if ok {
			return path
		}
	}
	return names[0]
}

// blankPath is ItemPath with "_" for the type of an impl or of a default method,
// or for what the type of an impl is made of.
func blankPath(name string, form bool) (string, bool) {
	s, ok := strings.CutPrefix(name, v0Prefix)
	if !ok {
		return "", false
	}
	p, ok := newItemPrinter(s)
	if !ok {
		return "", false
	}
	p.form = form
	p.item()
	return string(p.text.out), !p.bad
}

// itemPrinter prints the path at its position without what differs between
// instances.
type itemPrinter struct {
	v0Printer
	exact bool // print for comparing
	form  bool // print "[_]" and not "_" for a slice
}

func newItemPrinter(s string) (*itemPrinter, bool) {
	if _, ok := parseV0(s); !ok {
		return nil, false
	}
	p := &itemPrinter{v0Printer: v0Printer{scanner: newScanner(s)}}
	p.layout()
	p.work = maxPathWork * len(p.s)
	p.pos = 0
	return p, true
}

func (p *itemPrinter) item() {
	defer p.leave()
	if !p.enter() {
		return
	}
	tag := p.peek()
	p.pos++
	switch tag {
	case 'C':
		p.mark("C", p.number('s'))
		p.name()
	case 'N':
		ns, ok := p.namespace()
		if !p.check(ok) {
			return
		}
		p.item()
		p.element(ns)
	case 'I':
		p.item()
		p.pass(ruleArgs)
	case 'M', 'X':
		p.impl(tag)
	case 'Y':
		if !p.pass(ruleType) {
			return
		}
		p.text.add("<_ as ")
		p.item()
		p.text.add(">")
	case 'B':
		p.pos--
		p.follow(classPath, p.item)
	default:
		p.bad = true
	}
}

// element prints the last element of a nested path. Disambiguators tell items of
// one name apart.
func (p *itemPrinter) element(ns byte) {
	if !p.exact {
		p.segment(ns)
		return
	}
	number := p.number('s')
	id, ok := p.identifier()
	if p.check(ok) {
		p.mark("::"+string(rune(ns)), number)
		p.text.add(id.text)
	}
}

// impl prints the path of an impl's module and its number there, or what the
// impl is for.
func (p *itemPrinter) impl(tag byte) {
	number := p.number('s')
	if p.exact {
		p.item()
		p.mark("::impl", number)
		p.pass(ruleType)
		if tag == 'X' {
			p.pass(rulePath)
		}
		return
	}
	if !p.pass(rulePath) {
		return
	}
	p.text.add("<")
	p.shape()
	if tag == 'X' {
		p.text.add(" as ")
		p.path()
	}
	p.text.add(">")
}

// mark prints a number that nobody is to read.
func (p *itemPrinter) mark(what string, number uint64) {
	if p.exact {
		p.text.add(what + strconv.FormatUint(number, 36) + "_")
	}
}

// shape prints a type with "_" for the types that it is made of.
func (p *itemPrinter) shape() {
	start := p.pos
	if !p.pass(ruleType) {
		return
	}
	tag := p.s[start]
	if !p.form {
		tag = 0
	}
	switch tag {
	case 'R':
		p.text.add("&_")
	case 'Q':
		p.text.add("&mut _")
	case 'P':
		p.text.add("*const _")
	case 'O':
		p.text.add("*mut _")
	case 'S':
		p.text.add("[_]")
	case 'A':
		p.text.add("[_; _]")
	default:
		p.text.add("_")
	}
}

// legacyItem returns the elements before the hash, the last one up to its
// arguments.
func legacyItem(s string) (key string, ok bool) {
	_, path, ok := layoutLegacy(s)
	if !ok || len(path) > maxItemPath {
		return "", false
	}
	if _, ok := parseLegacy(s); !ok {
		return "", false
	}
	last, start := "", 0
	for pos := 0; pos < len(path); {
		text, end, _ := element(path, pos)
		last, start = text, pos
		pos = end
	}
	if i := strings.Index(last, escapeLT); i > 0 && last[:i] != "_" {
		last = last[:i]
	}
	return legacyPrefix + path[:start] + last, true
}
