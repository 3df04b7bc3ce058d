package gotype

// memory is the bytes that offsets of types and names lead to, read in blocks as
// they are needed: types are spread over a half of what read-only data a program
// has.
type memory struct {
	size   uint64
	read   func(lo, hi uint64) []byte
	blocks [][]byte // nil before they are read
	passed int      // the blocks before were dropped once
}

// Blocks overlap, so that few values are cut by the end of one.
const (
	blockSize = 1 << blockBits
	blockBits = 16
	overlap   = 256
)

func newMemory(size uint64, read func(lo, hi uint64) []byte) memory {
	return memory{size: size, read: read, blocks: make([][]byte, (size+blockSize-1)/blockSize)}
}

// pass drops the blocks before an offset, once in a walk: what is needed again is read
// again, and then kept.
func (m *memory) pass(at uint32) {
	for end := int(at >> blockBits); m.passed < end; m.passed++ {
		m.blocks[m.passed] = nil
	}
}

// drop drops all blocks. Another walk can begin.
func (m *memory) drop() {
	clear(m.blocks)
	m.passed = 0
}

// holds says whether n bytes at an offset are in the memory.
func (m *memory) holds(at uint32, n uint64) bool {
	return uint64(at) <= m.size && n <= m.size-uint64(at)
}

// bytes returns n bytes at an offset, which must be in the memory. They are zero
// where it cannot be read.
func (m *memory) bytes(at, n uint32) []byte {
	if n == 0 {
		return nil
	}
	if b, i := m.blocks[at>>blockBits], at%blockSize; uint64(i)+uint64(n) <= uint64(len(b)) {
		return b[i : i+n]
	}
	return m.load(at, n)
}

func (m *memory) load(at, n uint32) []byte {
	lo, hi := uint64(at&^(blockSize-1)), uint64(at)+uint64(n)
	if m.blocks[at>>blockBits] == nil {
		m.blocks[at>>blockBits] = m.part(lo, min(lo+blockSize+overlap, m.size))
	}
	if b := m.blocks[at>>blockBits]; hi <= lo+uint64(len(b)) {
		return b[uint64(at)-lo:][:n]
	}
	return m.part(uint64(at), hi)
}

func (m *memory) part(lo, hi uint64) []byte {
	if b := m.read(lo, hi); uint64(len(b)) == hi-lo {
		return b
	}
	return make([]byte, hi-lo)
}
