package contents

import (
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// TestMatchLayers: by contents, then by the step, then by the number; each once.
func TestMatchLayers(t *testing.T) {
	layers := func(list ...string) (out []snapshot.ImageLayer) {
		for i, s := range list {
			id, step, _ := strings.Cut(s, " ")
			out = append(out, snapshot.ImageLayer{Number: i + 1, DiffID: id, CreatedBy: step})
		}
		return out
	}
	for _, tt := range []struct {
		name     string
		old, now []snapshot.ImageLayer
		want     []int // numbers, 0 for a new one
	}{
		{"none", layers(), layers("a x"), []int{0}},
		{"the same", layers("a x", "b y"), layers("a x", "b y"), []int{1, 2}},
		{"one before", layers("a x", "b y"), layers("n z", "a x", "b y"), []int{0, 1, 2}},
		{"changed", layers("a x", "b y"), layers("a x", "c y"), []int{1, 2}},
		{"swapped and changed", layers("a x", "b y"), layers("c y", "d x"), []int{2, 1}},
		{"another step in its place", layers("a x", "b y"), layers("a x", "c z"), []int{1, 2}},
		{"twice the same step", layers("a x", "b x"), layers("c x", "d x", "e x"), []int{1, 2, 0}},
		{"twice the same contents", layers("a x"), layers("a x", "a x"), []int{1, 0}},
		{"no history", layers("a", "b"), layers("a", "c"), []int{1, 2}},
		{"fewer", layers("a x", "b y"), layers("b y"), []int{2}},
	} {
		got := make([]int, 0)
		for _, was := range MatchLayers(tt.old, tt.now) {
			got = append(got, was+1)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
