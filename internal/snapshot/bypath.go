package snapshot

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"sort"
)

// byPath finds entries by their paths. It takes 4 bytes for each, or none where they are
// in the order of their paths.
type byPath struct {
	len   int
	path  func(i int) string
	order []int32 // by path, nil where that is the order of the entries
}

func newByPath(n int, path func(i int) string) byPath {
	b := byPath{len: n, path: path}
	for i := 1; i < n; i++ {
		if path(i-1) > path(i) {
			b.order = make([]int32, n)
			break
		}
	}
	for i := range b.order {
		b.order[i] = int32(i)
	}
	slices.SortFunc(b.order, func(x, y int32) int { return cmp.Or(cmp.Compare(path(int(x)), path(int(y))), cmp.Compare(x, y)) })
	return b
}

// at is the position of the i-th entry in the order of the paths.
func (b *byPath) at(i int) int {
	if b.order == nil {
		return i
	}
	return int(b.order[i])
}

// twice returns a path that several entries have, if there is one.
func (b *byPath) twice() (path string, ok bool) {
	for i := 1; i < b.len; i++ {
		if path := b.path(b.at(i)); path == b.path(b.at(i-1)) {
			return path, true
		}
	}
	return "", false
}

// find returns the position of the first entry with a path.
func (b *byPath) find(path string) (at int, ok bool) {
	i := sort.Search(b.len, func(i int) bool { return b.path(b.at(i)) >= path })
	if i == b.len || b.path(b.at(i)) != path {
		return 0, false
	}
	return b.at(i), true
}

// octal is the texts of permission bits, each kept once.
type octal map[fs.FileMode]string

// text is the bits as four octal digits.
func (o octal) text(mode fs.FileMode) string {
	mode = mode.Perm()
	if _, ok := o[mode]; !ok {
		o[mode] = fmt.Sprintf("%04o", mode)
	}
	return o[mode]
}
