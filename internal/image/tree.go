package image

import "strings"

const (
	root = int32(0)
	none = int32(-1)
)

// paths gives every path of every layer a number, and knows the directory of
// each. The root is 0. Numbers rise from a directory to what is in it.
type paths struct {
	nodes  []pathNode
	number map[pathKey]int32
}

type pathNode struct {
	name string // the last element
	dir  int32
}

type pathKey struct {
	dir  int32
	name string
}

// newPaths makes room for about so many paths, so that nothing is copied as it
// grows.
func newPaths(expected int) *paths {
	p := &paths{nodes: make([]pathNode, 1, expected+1), number: make(map[pathKey]int32, expected)}
	p.nodes[root].dir = none
	return p
}

// add numbers a clean path and the directories above it.
func (p *paths) add(clean string) int32 {
	at := root
	for name := range elements(clean) {
		key := pathKey{at, name}
		n, ok := p.number[key]
		if !ok {
			n = int32(len(p.nodes))
			p.nodes = append(p.nodes, pathNode{name: name, dir: at})
			p.number[key] = n
		}
		at = n
	}
	return at
}

// find is the number of a clean path, if it has one.
func (p *paths) find(clean string) (int32, bool) {
	at := root
	for name := range elements(clean) {
		n, ok := p.number[pathKey{at, name}]
		if !ok {
			return none, false
		}
		at = n
	}
	return at, true
}

func elements(clean string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for clean != "" {
			name, rest, _ := strings.Cut(clean, "/")
			if !yield(name) {
				return
			}
			clean = rest
		}
	}
}

// text is the path of a number.
func (p *paths) text(n int32) string {
	var names []string
	length := 0
	for ; n != root; n = p.nodes[n].dir {
		names = append(names, p.nodes[n].name)
		length += len(p.nodes[n].name) + 1
	}
	var b strings.Builder
	b.Grow(length)
	for i := len(names) - 1; i >= 0; i-- {
		if b.Len() > 0 {
			b.WriteByte('/')
		}
		b.WriteString(names[i])
	}
	return b.String()
}

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
	links := make([]presentLink, 1, cap(p.nodes))
	links[root] = presentLink{none, none, none, true}
	return &present{paths: p, links: links}
}

// has reports whether a path is there.
func (s *present) has(n int32) bool { return int(n) < len(s.links) && s.links[n].here }

// grow makes room for every number.
func (s *present) grow() {
	for len(s.links) < len(s.paths.nodes) {
		s.links = append(s.links, presentLink{none, none, none, false})
	}
}

// add puts a path and the directories above it there.
func (s *present) add(n int32) {
	s.grow()
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
