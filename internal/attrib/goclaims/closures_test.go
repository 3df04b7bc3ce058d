package goclaims

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/goruntime"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
)

// TestWordRuns compares with a walk over all words.
func TestWordRuns(t *testing.T) {
	type run struct {
		start  uint64
		owners []int32
	}
	const least = 16
	owner := func(word uint64) int32 {
		if word == 0 {
			return ownership.Nobody
		}
		return int32(word)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for _, words := range []int{0, 1, least - 1, least, least + 1, 1000, 60_000} {
		for _, longest := range []int{1, least - 1, least, least + 1, 40, 20_000} {
			t.Run(fmt.Sprintf("%d words, %d with owners", words, longest), func(t *testing.T) {
				data := make([]byte, 0, 8*words+7)
				for len(data) < 8*words {
					for range min(rng.IntN(longest+1), words-len(data)/8) {
						data = binary.LittleEndian.AppendUint64(data, 1+rng.Uint64N(3))
					}
					if len(data) < 8*words {
						data = binary.LittleEndian.AppendUint64(data, 0)
					}
				}
				data = append(data, make([]byte, rng.IntN(8))...)
				var want, got []run
				var open run
				for at := 0; at <= words; at++ {
					if at < words && binary.LittleEndian.Uint64(data[8*at:]) != 0 {
						open.owners = append(open.owners, owner(binary.LittleEndian.Uint64(data[8*at:])))
						continue
					}
					if len(open.owners) >= least {
						want = append(want, open)
					}
					open = run{start: 8 * uint64(at+1)}
				}
				read := uint64(0)
				r := wordReader{size: uint64(len(data)), read: func(buf []byte, lo, hi uint64) []byte {
					read += hi - lo
					return append(buf[:0], data[lo:hi]...)
				}}
				for at := uint64(0); ; {
					start, owners := r.run(at, least, owner)
					if len(owners) == 0 {
						break
					}
					got = append(got, run{start, slices.Clone(owners)})
					at = start + 8*uint64(len(owners))
				}
				if !slices.EqualFunc(got, want, func(a, b run) bool { return a.start == b.start && slices.Equal(a.owners, b.owners) }) {
					t.Errorf("%d runs, want %d", len(got), len(want))
				}
				if most := r.size + r.size/8; read > most {
					t.Errorf("%d bytes were read of %d", read, r.size)
				}
			})
		}
	}
}

// TestWordRunsUnread ends where the memory cannot be read.
func TestWordRunsUnread(t *testing.T) {
	r := wordReader{size: 1 << 40, read: func(buf []byte, lo, hi uint64) []byte { return nil }}
	if _, owners := r.run(0, 16, func(uint64) int32 { return 1 }); len(owners) > 0 {
		t.Errorf("%d owners", len(owners))
	}
}

// TestFunctionAt compares with a walk over all functions.
func TestFunctionAt(t *testing.T) {
	const lo = 0x401010
	rng := rand.New(rand.NewPCG(5, 6))
	for _, size := range []uint64{1, 40, 5000, 100_000} { // at most of a function
		book := &account.Book{Entries: []account.Entry{{Addr: lo, Owner: 99}}} // of a symbol
		addr := uint64(lo)
		for i := range 300 {
			book.Entries = append(book.Entries, account.Entry{Addr: addr, Owner: int32(i)})
			addr += rng.Uint64N(size + 1)
		}
		a := &Program{Book: book, Table: &goruntime.Table{Lo: lo, Hi: addr}, functions: functions{first: 1, n: 300}}
		want := func(at uint64) int32 {
			for _, e := range book.Entries[1:] {
				if e.Addr == at && at < addr {
					return e.Owner
				}
			}
			return ownership.Nobody
		}
		for _, e := range book.Entries {
			for _, at := range []uint64{e.Addr - 1, e.Addr, e.Addr + 1} {
				if got := a.functionAt(at); got != want(at) {
					t.Errorf("functions of up to %d bytes: at %#x is that of %d, want %d", size, at, got, want(at))
				}
			}
		}
		for _, at := range []uint64{0, lo - 1, addr, addr + 5000, 1<<64 - 1} {
			if got := a.functionAt(at); got != ownership.Nobody {
				t.Errorf("at %#x is that of %d", at, got)
			}
		}
	}
}
