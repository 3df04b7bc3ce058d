package image

import (
	"bytes"
	"hash/maphash"

	"github.com/sizegate/sizegate/internal/textpool"
)

const (
	root = int32(0)
	none = int32(-1)
)

// paths gives every path of every layer a number, and knows the directory of
// each. The root is 0. Numbers rise from a directory to what is in it. There may be
// millions: each takes 12 bytes and its name, and no pointer.
type paths struct {
	nodes []pathNode
	names textpool.Pool // the last element of each path
	// slots is a hash table with open addressing: numbers, 0 where a slot is free. It
	// has a power of 2 of them, and at least a third is free.
	slots []int32
	seed  maphash.Seed // so that nobody makes names that collide
}

type pathNode struct {
	name   textpool.Ref
	length uint16
	dir    int32
}

// newPaths makes room for about so many paths, so that little is copied as it
// grows.
func newPaths(expected int) *paths {
	p := &paths{nodes: make([]pathNode, 1, expected+1), seed: maphash.MakeSeed()}
	p.nodes[root].dir = none
	p.resize(expected)
	return p
}

// resize makes a table for so many paths.
func (p *paths) resize(expected int) {
	size := 16
	for size/3*2 < expected {
		size *= 2
	}
	p.slots = make([]int32, size)
	for n := 1; n < len(p.nodes); n++ {
		_, free := p.look(p.nodes[n].dir, p.name(int32(n)))
		p.slots[free] = int32(n)
	}
}

// name is the last element of a path.
func (p *paths) name(n int32) []byte { return p.names.Text(p.nodes[n].name, int(p.nodes[n].length)) }

// look finds a name in a directory. Without it the number is 0, and the slot is the one
// that it belongs into.
func (p *paths) look(dir int32, name []byte) (n int32, slot int) {
	const spread = 0x9e3779b97f4a7c15 // 2^64 by the golden ratio
	hash := maphash.Bytes(p.seed, name) + uint64(dir)*spread
	mask := len(p.slots) - 1
	for slot = int(hash^hash>>32) & mask; ; slot = (slot + 1) & mask {
		n = p.slots[slot]
		if n == 0 || p.nodes[n].dir == dir && bytes.Equal(p.name(n), name) {
			return n, slot
		}
	}
}

// add numbers a clean path and the directories above it.
func (p *paths) add(clean []byte) int32 {
	at := root
	for name := range elements(clean) {
		n, slot := p.look(at, name)
		if n == 0 {
			n = int32(len(p.nodes))
			p.nodes = append(p.nodes, pathNode{name: p.names.Add(name), length: uint16(len(name)), dir: at})
			p.slots[slot] = n
			if len(p.nodes) > len(p.slots)/3*2 {
				p.resize(len(p.slots))
			}
		}
		at = n
	}
	return at
}

// find is the number of a clean path, if it has one.
func (p *paths) find(clean []byte) (int32, bool) {
	at := root
	for name := range elements(clean) {
		n, _ := p.look(at, name)
		if n == 0 {
			return none, false
		}
		at = n
	}
	return at, true
}

func elements(clean []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(clean) > 0 {
			name, rest, _ := bytes.Cut(clean, []byte("/"))
			if !yield(name) {
				return
			}
			clean = rest
		}
	}
}

// length is how many bytes the path of a number has.
func (p *paths) length(n int32) int {
	length := 0
	for ; n != root; n = p.nodes[n].dir {
		length += int(p.nodes[n].length) + len("/")
	}
	return max(length-len("/"), 0)
}

// appendPath appends the path of a number to text, from the back to the front.
func (p *paths) appendPath(text []byte, n int32) []byte {
	begin := len(text)
	text = append(text, make([]byte, p.length(n))...)
	for at := len(text); n != root; n = p.nodes[n].dir {
		at -= int(p.nodes[n].length)
		copy(text[at:], p.name(n))
		if at > begin {
			at--
			text[at] = '/'
		}
	}
	return text
}

// text is the path of a number.
func (p *paths) text(n int32) string { return string(p.appendPath(nil, n)) }

// present is the paths that are there at some point, which are closed under
// directories. It is walked by lists of what is there, so that emptying a
// directory costs what is in it, and not what ever was.
type present struct {
	paths *paths
	links []presentLink // by number; the root's is always there
}

type presentLink struct {
	first, next, before int32 // the first one in this directory, and this one's neighbours
	here                bool
}

func newPresent(p *paths) *present {
	links := make([]presentLink, len(p.nodes))
	for n := range links {
		links[n] = presentLink{none, none, none, false}
	}
	links[root].here = true
	return &present{paths: p, links: links}
}

// has reports whether a path is there.
func (s *present) has(n int32) bool { return s.links[n].here }

// add puts a path and the directories above it there.
func (s *present) add(n int32) {
	for ; !s.links[n].here; n = s.paths.nodes[n].dir {
		dir := s.paths.nodes[n].dir
		next := s.links[dir].first
		// What was added below it a step before is its first one.
		s.links[n] = presentLink{first: s.links[n].first, next: next, before: none, here: true}
		if next != none {
			s.links[next].before = n
		}
		s.links[dir].first = n
	}
}

// below calls f for all that is below a path, in no order.
func (s *present) below(n int32, f func(int32)) {
	for at := s.links[n].first; at != none; {
		f(at)
		if s.links[at].first != none {
			at = s.links[at].first
			continue
		}
		for at != n && s.links[at].next == none {
			at = s.paths.nodes[at].dir
		}
		if at == n {
			return
		}
		at = s.links[at].next
	}
}

// empty removes all that is below a path and calls f for each.
func (s *present) empty(n int32, f func(int32)) {
	if !s.has(n) {
		return
	}
	var gone []int32
	s.below(n, func(at int32) { gone = append(gone, at) })
	for _, at := range gone {
		s.links[at] = presentLink{none, none, none, false}
		f(at)
	}
	s.links[n].first = none
}

// remove removes a path, which is not the root, and all below it, and calls f
// for each.
func (s *present) remove(n int32, f func(int32)) {
	if !s.has(n) || n == root {
		return
	}
	s.empty(n, f)
	l := s.links[n]
	if l.before != none {
		s.links[l.before].next = l.next
	} else {
		s.links[s.paths.nodes[n].dir].first = l.next
	}
	if l.next != none {
		s.links[l.next].before = l.before
	}
	s.links[n] = presentLink{none, none, none, false}
	f(n)
}
