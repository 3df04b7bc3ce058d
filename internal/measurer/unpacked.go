package measurer

import (
	"sync"
)

// memoryBudget keeps what is unpacked at once small, however many cores there are.
type memoryBudget struct {
	mu          sync.Mutex
	more        sync.Cond
	whole, left uint64
}

// maxUnpacked is the bytes that files may take that are unpacked side by side. A
// larger one is unpacked alone.
const maxUnpacked = 128 << 20

func newMemoryBudget(whole uint64) *memoryBudget {
	m := &memoryBudget{whole: whole, left: whole}
	m.more.L = &m.mu
	return m
}

func (m *memoryBudget) take(size uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for size = min(size, m.whole); m.left < size; {
		m.more.Wait()
	}
	m.left -= size
}

func (m *memoryBudget) give(size uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left += min(size, m.whole)
	m.more.Broadcast()
}
