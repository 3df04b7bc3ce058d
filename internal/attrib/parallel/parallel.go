// Package parallel does numbered parts of some work side by side.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each does the parts 0 ≤ i < n of some work on as many goroutines as there are
// cores; newWorker is called once in each. The parts are begun in their order. What
// comes of them must not depend on which goroutine does them.
func Each(n int, newWorker func() (do func(part int))) {
	var next atomic.Int64
	work := func() {
		do := newWorker()
		for {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			do(i)
		}
	}
	var others sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
}
