package rustinfer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// builder makes a program function by function. Each location that it is given is
// one of its own, unless it is named.
type builder struct {
	Program
	named map[string]int32
}

const (
	app = firstOther + iota
	dep
	leaf
)

func newBuilder() *builder {
	return &builder{Program: Program{Crates: leaf + 1}, named: make(map[string]int32)}
}

func (b *builder) location(crate int32) int32 {
	b.Locations = append(b.Locations, crate)
	return int32(len(b.Locations) - 1)
}

// add adds functions with a location of each crate.
func (b *builder) add(n int, crates ...int32) *builder {
	for range n {
		var f Function
		for _, c := range crates {
			f.Locations = append(f.Locations, b.location(c))
		}
		b.Functions = append(b.Functions, f)
	}
	return b
}

// same adds functions that all hold one location.
func (b *builder) same(n int, crate int32) *builder {
	l := b.location(crate)
	for range n {
		b.Functions = append(b.Functions, Function{Locations: []int32{l}})
	}
	return b
}

func (b *builder) call(from, to int) *builder {
	b.Calls = append(b.Calls, Reference{int32(from), uint64(to)})
	return b
}

func (b *builder) share(addr uint64, functions ...int) *builder {
	for _, f := range functions {
		b.References = append(b.References, Reference{int32(f), addr})
	}
	return b
}

// runs shows a list as counts of equal neighbours.
func runs(guesses []Guess, of func(Guess) int32) string {
	names := map[int32]string{Nobody: "-", Core: "core", Alloc: "alloc", Std: "std", app: "app", dep: "dep", leaf: "leaf"}
	text := ""
	for lo := 0; lo < len(guesses); {
		hi := lo
		for hi < len(guesses) && of(guesses[hi]) == of(guesses[lo]) {
			hi++
		}
		text += fmt.Sprintf(" %d %s", hi-lo, names[of(guesses[lo])])
		lo = hi
	}
	return text
}

func defining(g Guess) int32      { return g.Defining }
func instantiating(g Guess) int32 { return g.Instantiating }

func TestInstantiating(t *testing.T) {
	tests := []struct {
		name    string
		program *builder
		want    string
	}{
		{"nothing", newBuilder(), ""},
		{"no mark at all", newBuilder().add(9), " 9 -"},
		{"crates one after another", newBuilder().add(9, app).add(9, dep).add(9, leaf), " 9 app 9 dep 9 leaf"},
		{"C behind Rust: its run is long", newBuilder().add(9, app).add(200), " 9 app 200 -"},
		{"a short run without marks is Rust", newBuilder().add(9, app).add(20).add(9, app), " 38 app"},
		{"inlined locations are held by several", newBuilder().add(5, app).same(4, leaf).add(5, app).add(5, leaf), " 14 app 5 leaf"},
		{"some marks of others in a stretch", newBuilder().add(5, app).add(1, leaf).add(5, app).add(1, dep).add(5, app).add(9, leaf), " 17 app 9 leaf"},
		{"std's places are everywhere", newBuilder().add(5, app).add(3, Std).add(5, app).add(9, Std), " 13 app 9 std"},
		{"core with few", newBuilder().add(5, app).add(3, Core).add(5, dep), " 5 app 8 dep"},
		{"between two: the first place where nothing crosses", newBuilder().add(5, app).add(6).add(5, dep), " 5 app 11 dep"},
		{"between two: calls hold together", newBuilder().add(5, app).add(6).add(5, dep).call(4, 7).call(6, 5).call(8, 11).call(9, 8).call(10, 9), " 8 app 8 dep"},
		{"between two: shared constants hold together", newBuilder().add(5, app).add(6).add(5, dep).share(0x10, 4, 9).share(0x18, 10, 12), " 10 app 6 dep"},
		{"what many share tells nothing", newBuilder().add(5, app).add(6).add(5, dep).share(0x10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), " 5 app 11 dep"},
		{"neighbours that call each other are one", newBuilder().add(1, leaf).add(9, app).add(9, dep).
			call(0, 1).call(0, 2).call(0, 3).call(0, 4).call(1, 0).call(2, 0).call(3, 0).call(4, 0), " 10 app 9 dep"},
		{"but two that are both well marked are not", newBuilder().add(9, dep).add(9, app).
			call(0, 9).call(1, 10).call(2, 11).call(3, 12).call(9, 0).call(10, 1).call(11, 2).call(12, 3), " 9 dep 9 app"},
	}
	for _, tt := range tests {
		if got := runs(Infer(&tt.program.Program), instantiating); got != tt.want {
			t.Errorf("%s:%s, want%s", tt.name, got, tt.want)
		}
	}
}

func TestDefining(t *testing.T) {
	dropping := newBuilder().add(9, app).add(4).add(9, app)
	for i := 9; i < 13; i++ {
		dropping.Functions[i].Drops = true
	}
	tests := []struct {
		name    string
		program *builder
		want    string
	}{
		{"crates one after another", newBuilder().add(9, app).add(9, dep), " 9 app 9 dep"},
		{"between two of a crate", newBuilder().add(9, app).add(3).add(9, app), " 21 app"},
		{"an instance of a dependency's generic", newBuilder().add(9, app).add(3, dep).add(9, app).add(20, dep), " 9 app 3 dep 9 app 20 dep"},
		{"a location of std beside one's own", newBuilder().add(9, app).add(3, app, Std).add(9, app), " 21 app"},
		{"destructors", dropping, " 9 app 4 core 9 app"},
		{"between two crates: not known", newBuilder().add(20, app).add(9).add(20, dep).add(9, app), " 20 app 9 - 20 dep 9 app"},
	}
	for _, tt := range tests {
		if got := runs(Infer(&tt.program.Program), defining); got != tt.want {
			t.Errorf("%s:%s, want%s", tt.name, got, tt.want)
		}
	}
}

// TestLands: landing pads make a function Rust where nothing else does.
func TestLands(t *testing.T) {
	b := newBuilder().add(9, app).add(200)
	for i := 9; i < 209; i += 9 {
		b.Functions[i].Lands = true
	}
	if got := runs(Infer(&b.Program), instantiating); got != " 209 app" {
		t.Errorf("%s", got)
	}
}

// TestNested has the marks of each crate around those of the one before, so that
// stretches lie inside of stretches: that takes no longer than beside each other.
func TestNested(t *testing.T) {
	const crates = 1 << 18
	p := &Program{Crates: firstOther + crates, Functions: make([]Function, 2*crates)}
	for i := range int32(crates) {
		c := firstOther + i
		p.Locations = append(p.Locations, c, c)
		p.Functions[crates-1-i].Locations = []int32{2 * i}
		p.Functions[crates+i].Locations = []int32{2*i + 1}
	}
	for i, g := range Infer(p) {
		want := int32(firstOther + max(i-crates, crates-1-i))
		if g.Instantiating != want {
			t.Fatalf("function %d: crate %d, want %d", i, g.Instantiating, want)
		}
	}
}

// TestRandom: whatever comes in, each function has one guess that is a crate, and the
// same input has the same answer.
func TestRandom(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := &Program{Crates: 3 + r.IntN(600)}
		for range r.IntN(2000) {
			p.Locations = append(p.Locations, int32(r.IntN(p.Crates)))
		}
		n := r.IntN(3000)
		for range n {
			f := Function{Lands: r.IntN(2) == 0, Drops: r.IntN(9) == 0}
			for range r.IntN(4) {
				if len(p.Locations) > 0 {
					f.Locations = append(f.Locations, int32(r.IntN(len(p.Locations))))
				}
			}
			slices.Sort(f.Locations)
			f.Locations = slices.Compact(f.Locations)
			p.Functions = append(p.Functions, f)
		}
		for range n {
			p.Calls = append(p.Calls, Reference{int32(r.IntN(n)), uint64(r.IntN(n))})
			p.References = append(p.References, Reference{int32(r.IntN(n)), r.Uint64N(100)})
		}
		guesses := Infer(p)
		if len(guesses) != n {
			t.Fatalf("seed %d: %d guesses for %d functions", seed, len(guesses), n)
		}
		for i, g := range guesses {
			if g.Defining < Nobody || int(g.Defining) >= p.Crates || g.Instantiating < Nobody || int(g.Instantiating) >= p.Crates {
				t.Fatalf("seed %d: function %d: %+v", seed, i, g)
			}
		}
		if !slices.Equal(guesses, Infer(p)) {
			t.Errorf("seed %d: another answer the second time", seed)
		}
	}
}
