package measurer

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
)

// TestKeepTo: a limit is there until it is taken back, rises with what is in use, and
// is left alone if it is the user's.
func TestKeepTo(t *testing.T) {
	limit := func() int64 { return debug.SetMemoryLimit(-1) }
	if limit() != math.MaxInt64 {
		t.Skip("GOMEMLIMIT is set, which no limit of ours replaces (unset it)")
	}
	const goal, inUse, user = 1 << 40, 64 << 20, 1 << 41
	done := keepTo(goal)
	if limit() != goal {
		t.Errorf("the limit is %d, want %d", limit(), goal)
	}
	done()
	if limit() != math.MaxInt64 {
		t.Errorf("after it the limit is %d", limit())
	}

	data := make([]byte, inUse)
	runtime.GC()
	k := &keeper{goal: 1}
	if !k.adjust() || limit() < inUse/8*9 || limit() > 10*inUse {
		t.Errorf("with %d bytes in use the limit is %d", inUse, limit())
	}
	runtime.KeepAlive(data)
	debug.SetMemoryLimit(math.MaxInt64)
	k.done = true
	if k.adjust() || limit() != math.MaxInt64 {
		t.Errorf("a limit that was taken back is %d", limit())
	}

	debug.SetMemoryLimit(user)
	defer debug.SetMemoryLimit(math.MaxInt64)
	keepTo(goal)()
	if limit() != user {
		t.Errorf("the user's limit is %d, want %d", limit(), user)
	}
}
