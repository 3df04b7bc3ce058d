package measurer

import "testing"

// TestMemoryBudget takes more than there is from several goroutines, one of them
// more than there can ever be.
func TestMemoryBudget(t *testing.T) {
	m := newMemoryBudget(maxUnpacked)
	done := make(chan bool)
	for _, size := range []uint64{1 << 40, maxUnpacked, maxUnpacked / 2, maxUnpacked / 2, 1, 0} {
		go func() {
			for range 100 {
				m.take(size)
				m.give(size)
			}
			done <- true
		}()
	}
	for range 6 {
		<-done
	}
	if m.left != maxUnpacked {
		t.Errorf("%d bytes are left", m.left)
	}
}
