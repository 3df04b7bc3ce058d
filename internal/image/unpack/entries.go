package unpack

import (
	"iter"

	"github.com/sizegate/sizegate/internal/textpool"
)

// Entries are the entries of a layer, in the order of its tar. There may be millions:
// each takes 32 bytes without a pointer, and of its path only what differs from the
// path before is kept, which is half of it. So paths are read in order alone.
type Entries struct {
	blocks  [][]Entry // all but the last have blockEntries
	paths   textpool.Pool
	last    []byte // the path that was added last
	targets textpool.Pool
}

const blockEntries = 1024

// Len is how many there are.
func (l *Entries) Len() int {
	if len(l.blocks) == 0 {
		return 0
	}
	last := len(l.blocks) - 1
	return last*blockEntries + len(l.blocks[last])
}

// At is the entry at a position.
func (l *Entries) At(i int) *Entry { return &l.blocks[i/blockEntries][i%blockEntries] }

// add appends an entry. Neither text is longer than maxName.
func (l *Entries) add(e Entry, path, target string) {
	shared := 0
	for shared < min(len(path), len(l.last)) && path[shared] == l.last[shared] {
		shared++
	}
	l.last = append(l.last[:shared], path[shared:]...)
	l.paths.Add(l.last[shared:])
	e.shared, e.differs = uint16(shared), uint16(len(path)-shared)
	if target != "" {
		e.target, e.targetLength = l.targets.Add([]byte(target)), uint16(len(target))
	}
	last := len(l.blocks) - 1
	if last < 0 || len(l.blocks[last]) == blockEntries {
		var block []Entry // the first one grows: most layers are small
		if last >= 0 {
			block = make([]Entry, 0, blockEntries)
		}
		l.blocks = append(l.blocks, block)
		last++
	}
	l.blocks[last] = append(l.blocks[last], e)
}

// Paths are the clean paths of all entries, with their positions. A path is valid
// until the next one.
func (l *Entries) Paths() iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		in := l.paths.Reader()
		var path []byte
		for i := range l.Len() {
			e := l.At(i)
			path = append(path[:e.shared], in.Next(int(e.differs))...)
			if !yield(i, path) {
				return
			}
		}
	}
}

// DropPaths frees the paths, which cannot be read any more.
func (l *Entries) DropPaths() { l.paths, l.last = textpool.Pool{}, nil }

// Target is what the entry at a position links to, as it is written, "" where it is
// no link.
func (l *Entries) Target(i int) string {
	e := l.At(i)
	return string(l.targets.Text(e.target, int(e.targetLength)))
}
