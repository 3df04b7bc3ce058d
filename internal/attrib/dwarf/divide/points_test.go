package divide

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// When there are too many points the inner ones of each run go.
func TestPointsMerge(t *testing.T) {
	var p points
	for off := range uint64(3 * maxPoints / 2) {
		p.add(off*2, uint32(off/1000))
	}
	if p.over || p.n > maxPoints {
		t.Fatalf("%d points, over %v", p.n, p.over)
	}
	parts := &Parts{Size: 3 * maxPoints}
	divide(p.sorted(), parts, nil)
	for unit, w := range parts.Weights[:len(parts.Weights)-1] {
		if w != 2000<<fractions {
			t.Fatalf("unit %d has %d bytes", unit, w>>fractions)
		}
	}
	p = points{}
	for off := range uint64(2 * maxPoints) { // nothing to merge
		p.add(off, uint32(off%2))
	}
	if !p.over || len(p.log) > 0 {
		t.Errorf("%d bytes are kept", len(p.log))
	}
}

func TestPoints(t *testing.T) {
	added := []point{{5, 1}, {5, 1}, {9, 1}, {9, 2}, {math.MaxUint32 - 1, 0}, {0, math.MaxUint32}}
	tests := []struct {
		name string
		n    int // of added
		want []point
	}{
		{"none", 0, nil},
		{"in order", 5, []point{{5, 1}, {9, 1}, {9, 2}, {math.MaxUint32 - 1, 0}}},
		{"not in order", 6, []point{{0, math.MaxUint32}, {5, 1}, {9, 1}, {9, 2}, {math.MaxUint32 - 1, 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p points
			for _, x := range added[:tt.n] {
				p.add(uint64(x.off), x.unit)
			}
			if got := slices.Collect(p.sorted()); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSnap(t *testing.T) {
	tests := []struct {
		name   string
		points []point
		starts []uint64
		size   uint64
		want   []point
	}{
		{"no contribution", []point{{5, 1}}, nil, 10, []point{{5, 1}}},
		{"the first moves, with all units that it is of", []point{{5, 1}, {5, 2}, {7, 3}}, []uint64{0}, 10, []point{{0, 1}, {0, 2}, {7, 3}}},
		{"one without a point is of nobody", []point{{5, 1}, {35, 2}}, []uint64{0, 10, 20, 30, 40}, 50,
			[]point{{0, 1}, {10, nobody}, {20, nobody}, {30, 2}, {40, nobody}}},
		{"what is before the first stays", []point{{1, 1}, {12, 2}}, []uint64{10}, 20, []point{{1, 1}, {10, 2}}},
		{"what is behind the last stays", []point{{25, 1}}, []uint64{10}, 20, []point{{10, nobody}, {25, 1}}},
		{"none at all", nil, []uint64{0, 4, 1 << 32}, 1 << 33, []point{{0, nobody}, {4, nobody}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := slices.Collect(snap(slices.Values(tt.points), tt.starts, tt.size)); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// Without the inner points of runs the units have the same bytes.
func TestRuns(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		var p points
		var starts []uint64
		for range random.IntN(20) {
			p.add(random.Uint64N(30), random.Uint32N(3))
			starts = append(starts, random.Uint64N(40))
		}
		slices.Sort(starts)
		if starts = slices.Compact(starts); random.IntN(2) == 0 {
			starts = nil
		}
		p.jumps = true
		all := slices.Collect(p.sorted())
		want, got := &Parts{Size: 35}, &Parts{Size: 35}
		divide(snap(slices.Values(all), starts, want.Size), want, nil)
		divide(snap(runs(slices.Values(all), starts), starts, got.Size), got, nil)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("of %v and %v: %v, want %v", all, starts, got, want)
		}
	}
	some := []point{{0, 1}, {2, 1}, {4, 1}, {6, 1}, {6, 2}, {8, 2}, {9, 2}, {10, 2}, {12, 2}}
	want := []point{{0, 1}, {6, 1}, {6, 2}, {8, 2}, {10, 2}, {12, 2}}
	if got := slices.Collect(runs(slices.Values(some), []uint64{0, 10})); !slices.Equal(got, want) {
		t.Errorf("of %v %v are left, not %v", some, got, want)
	}
}
