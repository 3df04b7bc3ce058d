package block

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Rows of the tables of RFC 8878, 3.1.1.3.2.1.1: the first and the last value
// of a code.
func TestCodes(t *testing.T) {
	LitLens := []struct {
		first, last uint32
		code, extra uint8
	}{
		{0, 0, 0, 0}, {15, 15, 15, 0}, {16, 17, 16, 1}, {22, 23, 19, 1}, {24, 27, 20, 2}, {28, 31, 21, 2}, {32, 39, 22, 3},
		{40, 47, 23, 3}, {48, 63, 24, 4}, {64, 127, 25, 6}, {128, 255, 26, 7}, {256, 511, 27, 8}, {32768, 65535, 34, 15}, {65536, 131071, 35, 16},
	}
	for _, r := range LitLens {
		if a, b := LitLenCode(r.first), LitLenCode(r.last); a != r.code || b != r.code || LitLenBits[r.code] != r.extra {
			t.Errorf("literals %d…%d: %d…%d with %d bits, want %d with %d", r.first, r.last, a, b, LitLenBits[r.code], r.code, r.extra)
		}
	}
	MatchLens := []struct {
		first, last uint32
		code, extra uint8
	}{
		{3, 3, 0, 0}, {34, 34, 31, 0}, {35, 36, 32, 1}, {41, 42, 35, 1}, {43, 46, 36, 2}, {51, 58, 38, 3}, {59, 66, 39, 3}, {67, 82, 40, 4},
		{83, 98, 41, 4}, {99, 130, 42, 5}, {131, 258, 43, 7}, {259, 514, 44, 8}, {32771, 65538, 51, 15}, {65539, 131074, 52, 16},
	}
	for _, r := range MatchLens {
		if a, b := MatchLenCode(r.first), MatchLenCode(r.last); a != r.code || b != r.code || MatchLenBits[r.code] != r.extra {
			t.Errorf("match %d…%d: %d…%d with %d bits, want %d with %d", r.first, r.last, a, b, MatchLenBits[r.code], r.code, r.extra)
		}
	}
}

// The example of RFC 8878, 3.1.1.5, and offset values behind no literals.
func TestRepeats(t *testing.T) {
	tests := []struct {
		value      uint32
		noLiterals bool
		dist       uint32
		after      Repeats
	}{
		{1114, false, 1111, Repeats{1111, 1, 4}},
		{1, false, 1111, Repeats{1111, 1, 4}},
		{2225, false, 2222, Repeats{2222, 1111, 1}},
		{1114, false, 1111, Repeats{1111, 2222, 1111}},
		{3336, false, 3333, Repeats{3333, 1111, 2222}},
		{2, false, 1111, Repeats{1111, 3333, 2222}},
		{3, false, 2222, Repeats{2222, 1111, 3333}},
		{1, true, 1111, Repeats{1111, 2222, 3333}},
		{2, true, 3333, Repeats{3333, 1111, 2222}},
		{3, true, 3332, Repeats{3332, 3333, 1111}},
		{3, false, 1111, Repeats{1111, 3332, 3333}},
	}
	r := Repeats{1, 4, 8}
	for i, test := range tests {
		if d := r.Distance(test.value, test.noLiterals); d != test.dist {
			t.Errorf("%d: distance %d, want %d", i, d, test.dist)
		}
		if v := r.Value(test.dist, test.noLiterals); v != test.value && i != 3 {
			t.Errorf("%d: value %d, want %d", i, v, test.value)
		}
		r.Use(test.value, test.noLiterals)
		if r != test.after {
			t.Errorf("%d: %d, want %d", i, r, test.after)
		}
	}
}

// counts makes frequencies that are hard on a code: few, many, equal, steep.
func hardCounts(symbols int) [][]uint32 {
	rng := rand.New(rand.NewPCG(uint64(symbols), 2))
	equal, steep, fibonacci, random, one := make([]uint32, symbols), make([]uint32, symbols), make([]uint32, symbols), make([]uint32, symbols), make([]uint32, symbols)
	a, b := uint32(1), uint32(1)
	for i := range symbols {
		equal[i] = 7
		steep[i] = uint32(1) << (i % 17)
		fibonacci[i] = a
		if a < 1<<20 {
			a, b = b, a+b
		}
		random[i] = rng.Uint32N(1 << rng.Uint32N(18))
		one[i] = 1
	}
	one[symbols/2] = 1 << 17
	random[0], random[symbols-1] = 1, 1
	return [][]uint32{equal, steep, fibonacci, random, one}
}

// Every symbol has a state, and all states are given out.
func TestFSECounts(t *testing.T) {
	for symbols := 2; symbols <= maxFSECode+1; symbols++ {
		for _, counts := range hardCounts(symbols) {
			total := 0
			for _, n := range counts {
				total += int(n)
			}
			for most := uint(6); most <= maxTableLog; most++ {
				log := tableLog(most, total, symbols-1)
				var f fseTable
				f.setCounts(log, counts)
				states := 0
				for s, n := range f.norm {
					used := s < symbols && counts[s] > 0
					if used != (n > 0) {
						t.Fatalf("%v: symbol %d has %d states", counts, s, n)
					}
					states += int(n)
				}
				if states != 1<<log {
					t.Fatalf("%v: %d states, want %d", counts, states, 1<<log)
				}
			}
		}
	}
}

// The words fill the code and are no longer than they may be.
func TestHuffmanLengths(t *testing.T) {
	var b huffmanBuilder
	for symbols := 2; symbols <= 256; symbols++ {
		for _, some := range hardCounts(symbols) {
			var counts [256]uint32
			copy(counts[:], some)
			if !b.build(&counts) {
				continue
			}
			sum := 0
			for i, n := range b.best.lens {
				if (n > 0) != (counts[i] > 0) || n > maxHuffmanLen {
					t.Fatalf("%v: symbol %d has %d bits", some, i, n)
				}
				if n > 0 {
					sum += 1 << (maxHuffmanLen - n)
				}
			}
			if sum != 1<<maxHuffmanLen {
				t.Fatalf("%v: the words take %d of %d", some, sum, 1<<maxHuffmanLen)
			}
		}
	}
}

func TestLog2(t *testing.T) {
	log2 := logarithms()
	for i := 1; i < len(log2); i++ {
		if want := math.Log2(float64(i)) * 65536; math.Abs(float64(log2[i])-want) > 1.001 {
			t.Errorf("%d: %d, want %.1f", i, log2[i], want)
		}
	}
}
