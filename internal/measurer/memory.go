package measurer

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// collectAt is the growth of the heap, in percent, at which garbage is collected
// where more than code is attributed.
const collectAt = 30

// CollectOften is for work that makes much garbage, as unpacking files does. It holds
// until the end of the command.
func CollectOften() { collect(collectAt) }

// collect sets the growth of the heap, in percent, at which garbage is collected, unless
// the user has set it (GOGC), and returns what takes that back.
func collect(percent int) (back func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(before) }
}

// collectAlone is the same as collectAt for the code of a file that is measured alone: little of
// what that needs becomes garbage, and to look for it takes a twentieth of the time.
const collectAlone = 400

// memoryGoal is the memory that is tried to be kept to where the whole of one file is
// attributed: garbage is collected near it, and what is free goes back to the system at
// once. It is without the pages of this program (see programPages): with them it is half
// the file's size, or less. An 80 MB Go program then takes 34 to 37 MB.
func memoryGoal(b *elfscan.Binary) int64 {
	const least, pages = 16 << 20, 8 << 20
	if b.Size < 2*pages {
		return least
	}
	// What is allocated while garbage is being looked for comes on top: up to 12 MB for a file of 150 MB.
	return int64(max(min(b.Size/2-pages, b.Size/32*13), least))
}

// keepTo sets a memory limit for as long as that helps, unless the user has set one
// (GOMEMLIMIT), and returns what takes it back. Until then garbage is collected for the
// limit alone: to do so at a growth of 30% too took 8% of the time, and saved no memory.
// Where most of the memory is in use, the runtime would look for garbage all the time and
// find none, which made one file take two and a half times as long: so the limit rises
// with what is in use after each collection.
func keepTo(goal int64) (done func()) {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return func() {}
	}
	back := collect(-1)
	debug.SetMemoryLimit(goal)
	k := &keeper{goal: goal, program: findProgramPages()}
	k.program.drop()
	k.watch()
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.done = true
		back()
		debug.SetMemoryLimit(math.MaxInt64)
	}
}

type keeper struct {
	goal    int64
	program programPages
	mu      sync.Mutex
	done    bool // no limit is set any more
}

// watch calls adjust after each collection, which finds what is dropped here.
func (k *keeper) watch() {
	runtime.SetFinalizer(&struct{ _ [16]byte }{}, func(*struct{ _ [16]byte }) {
		if k.adjust() {
			k.watch()
		}
	})
}

// adjust leaves an eighth of what is in use for garbage. It is false when nothing is
// to be kept to any more.
func (k *keeper) adjust() bool {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/gc/heap/live:bytes"},
	}
	metrics.Read(samples)
	size := func(i int) int64 { return int64(samples[i].Value.Uint64()) }
	other, live := size(0)-size(1)-size(2)-size(3)-size(4), size(5)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.done {
		return false
	}
	debug.SetMemoryLimit(max(k.goal, other+live+live/8))
	k.program.drop()
	return true
}
