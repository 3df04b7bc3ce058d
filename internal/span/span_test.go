package span

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func collect(claims []Claim) (ranges []Range, owners [][]uint32) {
	for r, group := range Sweep(claims) {
		var ids []uint32
		for _, c := range group {
			ids = append(ids, c.ID)
		}
		ranges = append(ranges, r)
		owners = append(owners, ids)
	}
	return ranges, owners
}

func TestSweep(t *testing.T) {
	claim := func(lo, hi uint64, rank, id uint32) Claim { return Claim{Range{lo, hi}, rank, id} }
	tests := []struct {
		name   string
		claims []Claim
		ranges []Range
		owners [][]uint32
	}{
		{"none", nil, nil, nil},
		{"empty and inverted own nothing", []Claim{claim(5, 5, 0, 1), claim(9, 2, 0, 2)}, nil, nil},
		{"apart, given in the wrong order", []Claim{claim(10, 20, 0, 1), claim(0, 5, 0, 2)},
			[]Range{{0, 5}, {10, 20}}, [][]uint32{{2}, {1}}},
		{"inner cuts outer", []Claim{claim(0, 100, 0, 1), claim(40, 60, 0, 2)},
			[]Range{{0, 40}, {40, 60}, {60, 100}}, [][]uint32{{1}, {2}, {1}}},
		{"same start, the smaller first", []Claim{claim(0, 100, 0, 1), claim(0, 10, 0, 2)},
			[]Range{{0, 10}, {10, 100}}, [][]uint32{{2}, {1}}},
		{"partial overlap, the later start wins", []Claim{claim(0, 10, 0, 1), claim(5, 15, 0, 2)},
			[]Range{{0, 5}, {5, 15}}, [][]uint32{{1}, {2}}},
		{"rank beats start", []Claim{claim(0, 10, 0, 1), claim(5, 15, 1, 2)},
			[]Range{{0, 5}, {5, 10}, {10, 15}}, [][]uint32{{1}, {1}, {2}}},
		{"folded", []Claim{claim(0, 10, 0, 7), claim(0, 10, 0, 3), claim(0, 10, 1, 9)},
			[]Range{{0, 10}}, [][]uint32{{3, 7}}},
		{"to the end of the address space", []Claim{claim(^uint64(0)-1, ^uint64(0), 0, 1)},
			[]Range{{^uint64(0) - 1, ^uint64(0)}}, [][]uint32{{1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ranges, owners := collect(tt.claims)
			if !slices.Equal(ranges, tt.ranges) {
				t.Errorf("ranges %v, want %v", ranges, tt.ranges)
			}
			if !slices.EqualFunc(owners, tt.owners, slices.Equal) {
				t.Errorf("owners %v, want %v", owners, tt.owners)
			}
		})
	}
}

// TestSweepAgainstPainting compares Sweep with the plainest statement of its
// rule: for every single position, look at every claim and take the best.
func TestSweepAgainstPainting(t *testing.T) {
	const size = 64
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 3000 {
		claims := make([]Claim, rng.IntN(12))
		for i := range claims {
			lo := rng.Uint64N(size)
			claims[i] = Claim{Range{lo, lo + rng.Uint64N(size-lo+1)}, rng.Uint32N(3), uint32(i)}
		}
		given := slices.Clone(claims)
		got := make([][]uint32, size)
		last := uint64(0)
		for r, group := range Sweep(claims) {
			if r.Lo < last || r.Lo >= r.Hi {
				t.Fatalf("round %d: range %v after %d", round, r, last)
			}
			last = r.Hi
			for p := r.Lo; p < r.Hi; p++ {
				for _, c := range group {
					got[p] = append(got[p], c.ID)
				}
			}
		}
		for p := range uint64(size) {
			var want []uint32
			var best Claim
			for _, c := range given {
				if p < c.Lo || p >= c.Hi {
					continue
				}
				better := len(want) == 0 || c.Rank < best.Rank ||
					c.Rank == best.Rank && (c.Lo > best.Lo || c.Lo == best.Lo && c.Hi < best.Hi)
				switch {
				case better:
					best, want = c, []uint32{c.ID}
				case c.Rank == best.Rank && c.Range == best.Range:
					want = append(want, c.ID)
				}
			}
			if !slices.Equal(got[p], want) {
				t.Fatalf("round %d, position %d: %v, want %v, claims %v", round, p, got[p], want, given)
			}
		}
	}
}

// TestSort compares with the order that Sort's comment states, as a sort of keys
// that are compared field by field.
func TestSort(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, spread := range []uint64{1, 100, 1 << 12, 1 << 33, math.MaxUint64} {
		for _, n := range []int{0, 1, 100, 2047, 2048, 20000} {
			claims := make([]Claim, n)
			keys := make([][4]uint64, n)
			for i := range claims {
				lo := math.MaxUint64 - spread + rng.Uint64N(spread)
				claims[i] = Claim{Range{lo, lo + rng.Uint64N(4)}, rng.Uint32N(3), rng.Uint32N(5)}
				keys[i] = [4]uint64{claims[i].Lo, uint64(claims[i].Rank), claims[i].Hi, uint64(claims[i].ID)}
			}
			slices.SortFunc(keys, func(a, b [4]uint64) int { return slices.Compare(a[:], b[:]) })
			for _, sorted := range []int{0, n / 3} { // of two lists, each in order
				list := slices.Clone(claims)
				if sorted > 0 {
					Sort(list[:sorted])
					Sort(list[sorted:])
				}
				Sort(list)
				for i, c := range list {
					if got := [4]uint64{c.Lo, uint64(c.Rank), c.Hi, uint64(c.ID)}; got != keys[i] {
						t.Fatalf("%d claims in %d positions, %d of them in order: number %d is %d, want %d", n, spread, sorted, i, got, keys[i])
					}
				}
			}
		}
	}
}

func TestSweepNestedDeeply(t *testing.T) {
	const n = 1 << 18
	claims := make([]Claim, n)
	for i := range claims {
		claims[i] = Claim{Range{uint64(i), 2*n - uint64(i)}, 0, uint32(i)}
	}
	total := uint64(0)
	for r := range Sweep(claims) {
		total += r.Len()
	}
	if total != 2*n {
		t.Errorf("covered %d, want %d", total, 2*n)
	}
}

func TestSweepStops(t *testing.T) {
	for range Sweep([]Claim{{Range{0, 1}, 0, 0}, {Range{2, 3}, 0, 1}}) {
		break
	}
}

func TestShare(t *testing.T) {
	tests := []struct {
		total uint64
		n     int
		want  []uint64
	}{
		{100, 3, []uint64{34, 33, 33}},
		{2, 3, []uint64{1, 1, 0}},
		{0, 2, []uint64{0, 0}},
		{7, 1, []uint64{7}},
		{^uint64(0), 2, []uint64{1 << 63, 1<<63 - 1}},
	}
	for _, tt := range tests {
		var got []uint64
		for i := range tt.n {
			got = append(got, Share(tt.total, i, tt.n))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("Share(%d, …, %d) = %d, want %d", tt.total, tt.n, got, tt.want)
		}
	}
}

func TestShares(t *testing.T) {
	const big = 1 << 63
	tests := []struct {
		name    string
		total   uint64
		weights []uint64
		want    []uint64
	}{
		{"nobody", 10, nil, []uint64{}},
		{"no weight", 10, []uint64{0, 0}, []uint64{0, 0}},
		{"one", 10, []uint64{0, 3}, []uint64{0, 10}},
		{"exact", 10, []uint64{1, 4}, []uint64{2, 8}},
		{"the largest remainder", 10, []uint64{1, 1, 4}, []uint64{2, 2, 6}}, // 1.67, 1.67, 6.67: two of them go up
		{"ties by order", 5, []uint64{2, 2, 2}, []uint64{2, 2, 1}},
		{"products of more than 64 bits", big, []uint64{big / 2, big / 4, big / 4}, []uint64{big / 2, big / 4, big / 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Shares(tt.total, tt.weights); !slices.Equal(got, tt.want) {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
