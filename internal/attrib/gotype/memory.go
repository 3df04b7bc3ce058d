package gotype

// memory is the bytes that offsets of types and names lead to, read in blocks as
// they are needed: types are spread over a half of what read-only data a program
// has.
type memory struct {
	size   uint64
	read   func(buf []byte, lo, hi uint64) []byte
	blocks [][]byte // nil before they are read
	passed int      // the blocks before were dropped once
	spare  [][]byte // some of those that were dropped, to be read into
}

// Blocks overlap, so that few values are cut by the end of one.
const (
	blockSize = 1 << blockBits
	blockBits = 16
	overlap   = 256
)

func newMemory(size uint64, read func(buf []byte, lo, hi uint64) []byte) memory {
	return memory{size: size, read: read, blocks: make([][]byte, (size+blockSize-1)/blockSize)}
}

// pass drops the blocks before an offset, once in a walk: what is needed again is read
// again, and then kept. What was read from them must not be in use.
func (m *memory) pass(at uint32) {
	const enough = 2
	for end := int(at >> blockBits); m.passed < end; m.passed++ {
		if b := m.blocks[m.passed]; b != nil && len(m.spare) < enough {
			m.spare = append(m.spare, b)
		}
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
		var buf []byte
		if last := len(m.spare) - 1; last >= 0 {
			buf, m.spare = m.spare[last], m.spare[:last]
		}
		m.blocks[at>>blockBits] = m.part(buf, lo, min(lo+blockSize+overlap, m.size))
	}
	if b := m.blocks[at>>blockBits]; hi <= lo+uint64(len(b)) {
		return b[uint64(at)-lo:][:n]
	}
	return m.part(nil, uint64(at), hi)
}

func (m *memory) part(buf []byte, lo, hi uint64) []byte {
	if b := m.read(buf, lo, hi); uint64(len(b)) == hi-lo {
		return b
	}
	return make([]byte, hi-lo)
}
