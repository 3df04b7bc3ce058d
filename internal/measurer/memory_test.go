package measurer

import (
	"io"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// limit is the memory limit that is set.
func limit() int64 { return debug.SetMemoryLimit(-1) }

// noLimit takes back a limit of the user's (GOMEMLIMIT), which none of ours replaces, for
// as long as the test runs.
func noLimit(t *testing.T) {
	before := debug.SetMemoryLimit(math.MaxInt64)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
}

// TestKeepTo: a limit is there until it is taken back, rises with what is in use, and
// is left alone if it is the user's.
func TestKeepTo(t *testing.T) {
	noLimit(t)
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

// TestLimitOfOne: the limit stays while what came of the whole of one file is handed over,
// and is then taken back. There is none for code, for functions or for several files.
func TestLimitOfOne(t *testing.T) {
	noLimit(t)
	whole := func(*elfscan.Section) bool { return true }
	code := func(s *elfscan.Section) bool { return s.Kind == elfscan.Code }
	for name, test := range map[string]struct {
		options attrib.Options
		files   int
		limited bool
	}{
		"the whole":     {attrib.Options{View: attrib.Defined, Section: whole}, 1, true},
		"code":          {attrib.Options{View: attrib.Defined, Section: code}, 1, false},
		"functions":     {attrib.Options{View: attrib.Defined, Section: whole, Functions: true}, 1, false},
		"several files": {attrib.Options{View: attrib.Defined, Section: whole}, 2, false},
	} {
		targets := slices.Repeat([]Target{{Name: "a", Path: fixture, Options: test.options}}, test.files)
		handed := 0
		for _, r := range (&Measurer{Stderr: io.Discard}).Each(t.Context(), targets) {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			handed++
			if limited := limit() != math.MaxInt64; limited != test.limited {
				t.Errorf("%s: there is a limit: %v, want %v", name, limited, test.limited)
			}
		}
		if handed != test.files || limit() != math.MaxInt64 {
			t.Errorf("%s: %d results, and then a limit of %d", name, handed, limit())
		}
	}
}
