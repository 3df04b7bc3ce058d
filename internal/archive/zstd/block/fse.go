package block

import (
	"math/bits"
	"sync"
)

const (
	minTableLog = 5
	maxTableLog = 9
	maxFSECode  = MaxMatchLenCode
)

// fseTable is a finite state entropy code (RFC 8878, 4.1): how many of the
// 1<<log states each symbol has, and how to go from state to state when
// symbols are written from the last to the first. States count from 1<<log up.
// The zero value has no symbol.
type fseTable struct {
	log  uint
	norm [maxFSECode + 1]int16 // states of a symbol; -1 is one that is at the end of the table

	next  [1 << maxTableLog]uint16 // states in the order of symbols
	shift [maxFSECode + 1]fseShift // by symbol
}

// fseShift is what writing a symbol does to the state.
type fseShift struct {
	bits  uint32 // this plus the state, shifted right by 16, is how many of its bits are written
	start int32  // this plus the rest of it is where in next the new state is
}

// The codes that are known without being sent (RFC 8878, 3.1.1.3.2.2).
var defaultTables = [3]*fseTable{
	LitLens: newFSETable(6, []int16{4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1}),
	Offsets: newFSETable(5, []int16{1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1}),
	MatchLens: newFSETable(6, []int16{1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		-1, -1, -1, -1, -1, -1, -1}),
}

func newFSETable(log uint, norm []int16) *fseTable {
	t := &fseTable{log: log}
	copy(t.norm[:], norm)
	t.build()
	return t
}

// build fills in what follows from log and norm.
func (t *fseTable) build() {
	size := 1 << t.log
	var symbols [1 << maxTableLog]uint8
	high := size
	for s, n := range t.norm {
		if n == -1 {
			high--
			symbols[high] = uint8(s)
		}
	}
	at, step := 0, size>>1+size>>3+3
	for s, n := range t.norm {
		for range max(n, 0) {
			symbols[at] = uint8(s)
			for at = (at + step) & (size - 1); at >= high; {
				at = (at + step) & (size - 1)
			}
		}
	}

	// Where the states of each symbol begin, and then where its next one goes.
	var from [maxFSECode + 1]int
	total := 0
	for s, n := range t.norm {
		from[s] = total
		switch n {
		case 0:
			continue
		case 1, -1:
			n = 1
			t.shift[s] = fseShift{bits: uint32(t.log)<<16 - 1<<t.log, start: int32(total - 1)}
		default:
			most := uint32(t.log) - uint32(bits.Len16(uint16(n-1))-1)
			t.shift[s] = fseShift{bits: most<<16 - uint32(n)<<most, start: int32(total) - int32(n)}
		}
		total += int(n)
	}
	for state, s := range symbols[:size] {
		t.next[from[s]] = uint16(size + state)
		from[s]++
	}
}

// tableLog returns how many states a code for n symbols, the highest of which
// is top, has at most: as many as are worth describing.
func tableLog(most uint, n, top int) uint {
	log := min(int(most), bits.Len(uint(n-1))-3)
	enough := min(bits.Len(uint(n)), bits.Len(uint(top))+1)
	return uint(max(log, enough, minTableLog))
}

// setCounts makes a code with 1<<log states for symbols that occur as often as
// counts says. There must be at least two symbols, and a state for each.
//
// Each symbol gets its share, rounded down. The states that are left over go
// one by one to where they save most bits; when there are too few they are
// taken from where that costs least. The lowest symbol wins a tie.
func (t *fseTable) setCounts(log uint, counts []uint32) {
	t.log = log
	clear(t.norm[:])
	total := uint64(0)
	for _, n := range counts {
		total += uint64(n)
	}
	log2 := logarithms()
	left := 1 << log
	for s, n := range counts {
		if n != 0 {
			t.norm[s] = int16(max(uint64(n)<<log/total, 1))
			left -= int(t.norm[s])
		}
	}
	for ; left > 0; left-- {
		best, most := 0, uint64(0)
		for s, n := range counts {
			if states := t.norm[s]; n != 0 {
				if gain := uint64(n) * uint64(log2[states+1]-log2[states]); gain > most {
					best, most = s, gain
				}
			}
		}
		t.norm[best]++
	}
	for ; left < 0; left++ {
		best, least := 0, ^uint64(0)
		for s, n := range counts {
			if states := t.norm[s]; states > 1 {
				if loss := uint64(n) * uint64(log2[states]-log2[states-1]); loss < least {
					best, least = s, loss
				}
			}
		}
		t.norm[best]--
	}
	t.build()
}

// onlyTable is the code of a symbol that is the only one. It takes no bits.
var onlyTable fseTable

// bits returns about how many bits the counted symbols take, in units of
// 1/65536, and whether the code has all of them.
func (t *fseTable) bits(counts []uint32) (uint64, bool) {
	log2 := logarithms()
	var sum uint64
	for s, n := range counts {
		if n == 0 {
			continue
		}
		states := t.norm[s]
		if states == 0 {
			return 0, false
		}
		sum += uint64(n) * uint64(uint32(t.log)<<16-log2[max(states, 1)])
	}
	return sum, true
}

// describe appends the code in the form in which it is sent (RFC 8878, 4.1.1).
func (t *fseTable) describe(out []byte) []byte {
	w := bitWriter{out: out}
	w.add(uint64(t.log-minTableLog), 4)
	left := 1<<t.log + 1
	for s := 0; left > 1; {
		n := int(t.norm[s])
		// A value of up to left+1 is sent; the lowest ones take a bit less.
		width := uint(bits.Len(uint(left)))
		value, short := n+1, 1<<width-1-left
		if n < 0 {
			left--
		}
		left -= max(n, 0)
		switch {
		case value < short:
			w.add(uint64(value), width-1)
		case value < 1<<(width-1):
			w.add(uint64(value), width)
		default:
			w.add(uint64(value+short), width)
		}
		s++
		if n != 0 {
			continue
		}
		// Two bits say how many zeros follow, three of them that there is more.
		zeros := 0
		for t.norm[s+zeros] == 0 {
			zeros++
		}
		s += zeros
		for ; zeros >= 3; zeros -= 3 {
			w.add(3, 2)
		}
		w.add(uint64(zeros), 2)
	}
	return w.flush()
}

// fseState is the state of a code that is being written.
type fseState uint32

// first returns the state to write the last symbol from, which takes no bits.
func (t *fseTable) first(symbol uint8) fseState {
	shift := t.shift[symbol]
	n := (shift.bits + 1<<15) >> 16
	value := n<<16 - shift.bits
	return fseState(t.next[int32(value>>n)+shift.start])
}

// write writes the symbol in front of those written so far.
func (t *fseTable) write(w *bitWriter, state fseState, symbol uint8) fseState {
	shift := t.shift[symbol]
	n := (uint32(state) + shift.bits) >> 16
	w.add(uint64(state)&(1<<n-1), uint(n))
	return fseState(t.next[int32(uint32(state)>>n)+shift.start])
}

// finish writes the state that a reader begins with.
func (t *fseTable) finish(w *bitWriter, state fseState) {
	w.add(uint64(state)&(1<<t.log-1), t.log)
}

// logarithms returns the binary logarithms of 1…512 in units of 1/65536. Made at the
// start they would cost each command 0.2 ms.
var logarithms = sync.OnceValue(func() *[1<<maxTableLog + 1]uint32 {
	table := new([1<<maxTableLog + 1]uint32)
	for i := range table {
		if i == 0 {
			continue
		}
		whole := bits.Len(uint(i)) - 1
		log := uint32(whole)
		// Squaring a number between one and two doubles its logarithm, which
		// moves the next binary digit in front of the point.
		x := uint64(i) << (31 - whole)
		for range 16 {
			x = x * x >> 31
			log <<= 1
			if x >= 1<<32 {
				x >>= 1
				log++
			}
		}
		table[i] = log
	}
	return table
})
