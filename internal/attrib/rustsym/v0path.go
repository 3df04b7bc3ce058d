package rustsym

import (
	"strconv"
	"strings"
)

const (
	maxPathDepth = 200
	// maxPathWork limits how much of a name is read to print it, as a multiple
	// of its length: back-references can make a short name a long path.
	maxPathWork = 64
)

func itemPathV0(s string) (string, bool) {
	// A name whose crates cannot be told is none for Parse either.
	if _, ok := parseV0(s); !ok {
		return "", false
	}
	p := v0Printer{scanner: newScanner(s)}
	p.layout()
	p.work = maxPathWork * len(p.s)
	p.pos = 0
	p.path()
	if p.bad {
		return "", false
	}
	return string(p.text.out), true
}

// v0Printer prints the element at its position. Printing stops for good, with
// every method returning at once, when the text is full or the name is bad.
type v0Printer struct {
	scanner
	text  pathText
	bad   bool
	depth int
	work  int
}

// enter begins an element. It reports false if printing has stopped.
func (p *v0Printer) enter() bool {
	p.depth++
	p.work--
	if p.depth > maxPathDepth || p.work < 0 {
		p.text.cut()
	}
	return !p.bad && !p.text.full
}

func (p *v0Printer) leave() { p.depth-- }

// check stops printing if a part of the name was not as the grammar has it,
// which happens only behind a back-reference.
func (p *v0Printer) check(ok bool) bool {
	if !ok {
		p.bad = true
	}
	return ok
}

// pass skips an element that is not printed.
func (p *v0Printer) pass(what rule) bool {
	if p.bad || p.text.full {
		return false
	}
	start := p.pos
	ok := p.check(p.skip(what))
	p.work -= p.pos - start
	return ok
}

func (p *v0Printer) path() {
	defer p.leave()
	if !p.enter() {
		return
	}
	tag := p.peek()
	p.pos++
	switch tag {
	case 'C':
		p.number('s')
		p.name()
	case 'N':
		ns, ok := p.namespace()
		if !p.check(ok) {
			return
		}
		p.path()
		p.segment(ns)
	case 'I':
		p.path()
		p.pass(ruleArgs)
	case 'M', 'X', 'Y':
		if tag != 'Y' {
			p.number('s')
			if !p.pass(rulePath) {
				return
			}
		}
		p.text.add("<")
		p.typ()
		if tag != 'M' {
			p.text.add(" as ")
			p.path()
		}
		p.text.add(">")
	case 'B':
		p.pos--
		p.follow(classPath, p.path)
	default:
		p.bad = true
	}
}

// segment prints the identifier of a nested path. Namespaces in upper case are
// of things without a name in the source and show as {closure#0}; those in
// lower case only keep apart items of one name and do not show.
func (p *v0Printer) segment(ns byte) {
	if p.bad || p.text.full {
		return
	}
	number := p.number('s')
	id, ok := p.identifier()
	if !p.check(ok) {
		return
	}
	if 'a' <= ns && ns <= 'z' {
		if id.text != "" {
			p.text.add("::")
			p.text.add(id.String())
		}
		return
	}
	p.text.add("::{")
	switch ns {
	case 'C':
		p.text.add("closure")
	case 'S':
		p.text.add("shim")
	default:
		p.text.add(string(ns))
	}
	if id.text != "" {
		p.text.add(":")
		p.text.add(id.String())
	}
	p.text.add("#")
	p.text.add(strconv.FormatUint(number, 10))
	p.text.add("}")
}

func (p *v0Printer) name() {
	if p.bad {
		return
	}
	if id, ok := p.identifier(); p.check(ok) {
		p.text.add(id.String())
	}
}

// number reads an optional number behind tag.
func (p *v0Printer) number(tag byte) uint64 {
	n, ok := p.tagged(tag)
	p.check(ok)
	return n
}

// follow prints the target of the back-reference at the position.
func (p *v0Printer) follow(want uint8, element func()) {
	target, ok := p.backref(want)
	if !p.check(ok) {
		return
	}
	back := p.pos
	p.pos = target
	element()
	p.pos = back
}

func (p *v0Printer) typ() {
	defer p.leave()
	if !p.enter() {
		return
	}
	tag := p.peek()
	if name := basicType(tag); name != "" {
		p.pos++
		p.text.add(name)
		return
	}
	if tag == 'B' {
		p.follow(classType, p.typ)
		return
	}
	if class[tag]&classPath != 0 {
		p.path()
		return
	}
	p.pos++
	switch tag {
	case 'R', 'Q':
		p.number('L')
		p.text.add("&")
		if tag == 'Q' {
			p.text.add("mut ")
		}
		p.typ()
	case 'P', 'O':
		p.text.add("*")
		if tag == 'P' {
			p.text.add("const ")
		} else {
			p.text.add("mut ")
		}
		p.typ()
	case 'S':
		p.text.add("[")
		p.typ()
		p.text.add("]")
	case 'A':
		p.text.add("[")
		p.typ()
		p.text.add("; ")
		p.arrayLength()
		p.text.add("]")
	case 'T':
		p.text.add("(")
		if p.types() == 1 {
			p.text.add(",")
		}
		p.text.add(")")
	case 'F':
		p.fnType()
	case 'D':
		p.dynType()
	case 'W':
		// Which values of the type are allowed is left out like an argument.
		p.typ()
		p.pass(rulePat)
	default:
		p.bad = true
	}
}

// types prints types up to "E" and returns how many there were.
func (p *v0Printer) types() int {
	n := 0
	for !p.bad && !p.text.full && !p.eat('E') {
		if n > 0 {
			p.text.add(", ")
		}
		p.typ()
		n++
	}
	return n
}

func (p *v0Printer) fnType() {
	p.number('G')
	if p.bad {
		return
	}
	if p.eat('U') {
		p.text.add("unsafe ")
	}
	if p.eat('K') {
		p.text.add(`extern "`)
		if p.eat('C') {
			p.text.add("C")
		} else if id, ok := p.identifier(); p.check(ok) {
			// The ABI's dashes are underscores in the name.
			p.text.add(strings.ReplaceAll(id.text, "_", "-"))
		}
		p.text.add(`" `)
	}
	p.text.add("fn(")
	p.types()
	p.text.add(")")
	if !p.bad && !p.eat('u') {
		p.text.add(" -> ")
		p.typ()
	}
}

// dynType prints the traits of a trait object, without the bindings of their
// associated types.
func (p *v0Printer) dynType() {
	p.number('G')
	p.text.add("dyn ")
	for n := 0; !p.bad && !p.text.full && !p.eat('E'); n++ {
		if n > 0 {
			p.text.add(" + ")
		}
		p.path()
		for !p.bad && !p.text.full && p.eat('p') {
			if _, ok := p.identifier(); !p.check(ok) {
				return
			}
			if p.eat('K') {
				p.pass(ruleConst)
			} else {
				p.pass(ruleType)
			}
		}
	}
	if !p.bad && !p.text.full && p.check(p.eat('L')) {
		_, ok := p.base62()
		p.check(ok)
	}
}

// arrayLength prints a const of type usize, "_" for any other.
func (p *v0Printer) arrayLength() {
	defer p.leave()
	if !p.enter() {
		return
	}
	if p.peek() == 'B' {
		p.follow(classConst, p.arrayLength)
		return
	}
	start := p.pos
	if !p.pass(ruleConst) {
		return
	}
	if p.s[start] == 'j' {
		if n, err := strconv.ParseUint(p.s[start+1:p.pos-1], 16, 64); err == nil {
			p.text.add(strconv.FormatUint(n, 10))
			return
		}
	}
	p.text.add("_")
}

func basicType(tag byte) string {
	switch tag {
	case 'a':
		return "i8"
	case 'b':
		return "bool"
	case 'c':
		return "char"
	case 'd':
		return "f64"
	case 'e':
		return "str"
	case 'f':
		return "f32"
	case 'h':
		return "u8"
	case 'i':
		return "isize"
	case 'j':
		return "usize"
	case 'l':
		return "i32"
	case 'm':
		return "u32"
	case 'n':
		return "i128"
	case 'o':
		return "u128"
	case 'p':
		return "_"
	case 's':
		return "i16"
	case 't':
		return "u16"
	case 'u':
		return "()"
	case 'v':
		return "..."
	case 'x':
		return "i64"
	case 'y':
		return "u64"
	case 'z':
		return "!"
	}
	return ""
}
