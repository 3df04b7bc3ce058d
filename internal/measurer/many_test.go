package measurer

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// fixture is a small program.
const fixture = "../../testdata/elf/rust-v0-amd64"

// TestWindow holds up the first of many files: those behind it are measured until
// there are so many results, and no further. In a bubble it can be told when all else
// has come to rest.
func TestWindow(t *testing.T) {
	const files = 300
	targets := make([]Target, files)
	for i := range targets {
		path := fixture
		if i == 0 {
			path = "../../testdata/elf/c-basic-arm64"
		}
		targets[i] = Target{Name: fmt.Sprint(i), Path: path, Options: attrib.Options{View: attrib.Defined, Section: func(s *elfscan.Section) bool { return s.Kind == elfscan.Code }}}
	}
	const cores = 4
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	synctest.Test(t, func(t *testing.T) {
		var began, taken, most atomic.Int64
		first := make(chan struct{})
		m := &Measurer{Stderr: io.Discard}
		m.Accept = func(b *elfscan.Binary) error {
			waiting := began.Add(1) - taken.Load()
			for old := most.Load(); waiting > old && !most.CompareAndSwap(old, waiting); old = most.Load() {
			}
			if b.Arch == elfscan.ARM64 {
				<-first
			}
			return nil
		}
		var names []string
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i, r := range m.Each(t.Context(), targets) {
				if r.Err != nil || r.Binary.Name != fmt.Sprint(i) {
					t.Errorf("result %d is %q, %v", i, r.Binary.Name, r.Err)
				}
				names = append(names, r.Binary.Name)
				taken.Add(1)
			}
		}()
		synctest.Wait()
		if began.Load() != ahead*cores || taken.Load() != 0 {
			t.Errorf("behind the first %d files were measured, want %d; %d were handed over", began.Load()-1, ahead*cores-1, taken.Load())
		}
		close(first)
		<-done
		if len(names) != files || began.Load() != files || most.Load() > ahead*cores {
			t.Errorf("%d of %d results, %d files were measured, at most %d ahead", len(names), files, began.Load(), most.Load())
		}
	})
}

// TestWindowLeft: when somebody wants no more results, nothing goes on behind them.
func TestWindowLeft(t *testing.T) {
	targets := slices.Repeat([]Target{{Name: "app", Path: fixture, Options: attrib.Options{View: attrib.Defined, Section: func(*elfscan.Section) bool { return true }}}}, 50)
	synctest.Test(t, func(t *testing.T) {
		var began atomic.Int64
		m := &Measurer{Stderr: io.Discard}
		m.Accept = func(*elfscan.Binary) error {
			began.Add(1)
			return nil
		}
		for i := range m.Each(t.Context(), targets) {
			if i == 3 {
				break
			}
		}
		before := began.Load()
		synctest.Wait()
		if after := began.Load(); after != before || after == 50 {
			t.Errorf("%d files were measured when the loop ended, then %d", before, after)
		}
	})
}
