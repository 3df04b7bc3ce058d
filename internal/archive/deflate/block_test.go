package deflate

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The tables of RFC 1951, 3.2.5: the first length and distance of each code.
var (
	rfcLengths = []int{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	rfcDists   = []int{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
)

func TestLengthAndDistCodes(t *testing.T) {
	for length := 3; length <= 258; length++ {
		i, found := slices.BinarySearch(rfcLengths, length)
		if !found {
			i--
		}
		if got := lengthCode(length); got != 257+i {
			t.Errorf("length %d: code %d, want %d", length, got, 257+i)
		}
		if room := 1 << lengthExtra[i]; length-rfcLengths[i] >= room {
			t.Errorf("length %d does not fit into the extra bits of code %d", length, 257+i)
		}
	}
	for dist := 1; dist <= 32768; dist++ {
		i, found := slices.BinarySearch(rfcDists, dist)
		if !found {
			i--
		}
		if got := distCode(dist); got != i {
			t.Errorf("distance %d: code %d, want %d", dist, got, i)
		}
		if room := 1 << distExtra[i]; dist-rfcDists[i] >= room {
			t.Errorf("distance %d does not fit into the extra bits of code %d", dist, i)
		}
	}
}

// optimalBits is the size of the best prefix code with words of at most maxLen
// bits, by package-merge: maxLen times, pair what there is and merge it with the
// symbols; the cheapest 2n-2 of the last list make the code.
func optimalBits(freq []uint32, maxLen int) uint64 {
	var symbols []uint64
	for _, f := range freq {
		if f != 0 {
			symbols = append(symbols, uint64(f))
		}
	}
	slices.Sort(symbols)
	list := slices.Clone(symbols)
	for range maxLen - 1 {
		var pairs []uint64
		for i := 0; i+1 < len(list); i += 2 {
			pairs = append(pairs, list[i]+list[i+1])
		}
		list = append(pairs, symbols...)
		slices.Sort(list)
	}
	var sum uint64
	for _, f := range list[:2*len(symbols)-2] {
		sum += f
	}
	return sum
}

func TestBuildTree(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		freq := make([]uint32, 2+rng.IntN(285))
		for i := range freq {
			switch rng.IntN(3) {
			case 0:
				freq[i] = uint32(1 + rng.IntN(5))
			case 1:
				freq[i] = uint32(1 + rng.IntN(1<<rng.IntN(12)))
			}
		}
		freq[0], freq[len(freq)-1] = 1, 2
		tree := buildTree(freq, nil, len(freq), 15)
		checkCode(t, freq, tree, 15)
		if want := optimalBits(freq, 15); tree.bits != want {
			t.Fatalf("%v: %d bits, the best code has %d", freq, tree.bits, want)
		}
	}
}

// Frequencies that grow like Fibonacci's numbers make the deepest trees.
func TestBuildTreeLimit(t *testing.T) {
	freq := []uint32{1, 1}
	for len(freq) < 24 {
		freq = append(freq, freq[len(freq)-1]+freq[len(freq)-2])
	}
	for _, maxLen := range []int{7, 10, 15} {
		tree := buildTree(freq, nil, len(freq), maxLen)
		checkCode(t, freq, tree, maxLen)
		if best := optimalBits(freq, maxLen); tree.bits < best {
			t.Errorf("at most %d bits: %d in all, less than the best code's %d", maxLen, tree.bits, best)
		}
	}
}

func TestBuildTreeOfFewSymbols(t *testing.T) {
	for _, tt := range []struct {
		freq []uint32
		lens []uint8
		bits uint64
	}{
		{[]uint32{0, 0, 0}, []uint8{1, 1}, 0},
		{[]uint32{9, 0, 0}, []uint8{1, 1}, 9},
		{[]uint32{0, 0, 9}, []uint8{1, 0, 1}, 9},
		{[]uint32{4, 9, 0}, []uint8{1, 1}, 13},
	} {
		tree := buildTree(tt.freq, nil, 3, 15)
		if !slices.Equal(tree.lens, tt.lens) || tree.bits != tt.bits {
			t.Errorf("%v: %v, %d bits, want %v, %d", tt.freq, tree.lens, tree.bits, tt.lens, tt.bits)
		}
	}
}

// checkCode wants a complete prefix code, with a word for each symbol there is.
func checkCode(t *testing.T, freq []uint32, tree tree, maxLen int) {
	t.Helper()
	space := 0
	for i, f := range freq {
		length := int(tree.length(i))
		if length > maxLen || (f != 0) != (length != 0) {
			t.Fatalf("symbol %d, %d times: a word of %d bits", i, f, length)
		}
		if length > 0 {
			space += 1 << (maxLen - length)
		}
	}
	if space != 1<<maxLen {
		t.Fatalf("not a complete code: %v", tree.lens)
	}
}

func TestCountLengths(t *testing.T) {
	run := func(length uint8, n int) []uint8 { return slices.Repeat([]uint8{length}, n) }
	for _, tt := range []struct {
		lens []uint8
		want map[int]uint32
	}{
		{run(5, 3), map[int]uint32{5: 3}},
		{run(5, 4), map[int]uint32{5: 1, 16: 1}},
		{run(5, 7), map[int]uint32{5: 1, 16: 1}},
		{run(5, 8), map[int]uint32{5: 2, 16: 1}},
		{run(5, 10), map[int]uint32{5: 1, 16: 2}},
		{run(5, 14), map[int]uint32{5: 2, 16: 2}},
		{run(0, 2), map[int]uint32{0: 2}},
		{run(0, 10), map[int]uint32{17: 1}},
		{run(0, 11), map[int]uint32{18: 1}},
		{run(0, 140), map[int]uint32{18: 1, 0: 2}},
		{slices.Concat(run(8, 144), run(9, 2)), map[int]uint32{8: 1, 16: 1 + 22 + 1, 9: 2}},
	} {
		var got, want [clenCodes]uint32
		countLengths(&got, tt.lens)
		for code, n := range tt.want {
			want[code] = n
		}
		if got != want {
			t.Errorf("%v: %v, want %v", tt.lens, got, want)
		}
	}
}
