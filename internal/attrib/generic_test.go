package attrib

import (
	"fmt"
	"slices"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
)

// TestGenerics groups functions written by hand.
func TestGenerics(t *testing.T) {
	owners := []ownership.Owner{
		0: {Kind: ownership.Package, Name: "slices", Confidence: ownership.Exact},
		1: {Kind: ownership.Crate, Name: "core", Confidence: ownership.Exact},
		2: {Kind: ownership.Crate, Name: "core", Confidence: ownership.Inferred},
		3: {Kind: ownership.Crate, Name: "a", ID: "0000000000000001", Confidence: ownership.Exact},
		4: {Kind: ownership.Crate, Name: "a", ID: "0000000000000002", Confidence: ownership.Exact},
		5: {Kind: ownership.Library, Name: "c", Confidence: ownership.Exact},
	}
	const drop, legacyDrop = "_RINvNtCs_4core3ptr13drop_in_place%sECs0_1b", "_ZN4core3ptr23drop_in_place$LT$u8$GT$17h0123456789abcde%dE"
	for _, tt := range []struct {
		name      string
		functions []Function
		want      []string // name, owner, instances, size, saving
	}{
		{"none", nil, nil},
		{"largest saving first", []Function{
			{Name: "slices.Max[int]", Owner: 0, Size: 100},
			{Name: "slices.Max[string]", Owner: 0, Size: 20},
			{Name: "slices.Sort[int]", Owner: 0, Size: 30},
			{Name: "slices.Sort[string]", Owner: 0, Size: 31},
			{Name: "slices.Sort[...]", Owner: 0, Size: 32},
			{Name: "slices.Once[int]", Owner: 0, Size: 500},
			{Name: "slices.plain", Owner: 0, Size: 500},
			{Name: "slices.plain", Owner: 0, Size: 500},
		}, []string{"slices.Sort 0 3 93 61", "slices.Max 0 2 120 20"}},
		{"ties: size, then name", []Function{
			{Name: "slices.b[int]", Size: 5}, {Name: "slices.b[string]", Size: 5},
			{Name: "slices.a[int]", Size: 5}, {Name: "slices.a[string]", Size: 5},
			{Name: "slices.c[int]", Size: 6}, {Name: "slices.c[string]", Size: 5},
		}, []string{"slices.c 0 2 11 5", "slices.a 0 2 10 5", "slices.b 0 2 10 5"}},
		{"a fact and a conclusion", []Function{
			{Name: fmt.Sprintf(drop, "h"), Owner: 1, Size: 7},
			{Name: fmt.Sprintf(drop, "t"), Owner: 2, Size: 9},
		}, []string{"core::ptr::drop_in_place 1 2 16 7"}},
		{"two versions", []Function{
			{Name: fmt.Sprintf(legacyDrop, 1), Owner: 3, Size: 7},
			{Name: fmt.Sprintf(legacyDrop, 2), Owner: 4, Size: 7},
			{Name: fmt.Sprintf(legacyDrop, 3), Owner: 4, Size: 7},
		}, []string{"core::ptr::drop_in_place 4 2 14 7"}},
		{"folded: names with their shares", []Function{
			{Name: fmt.Sprintf(drop, "h"), Owner: 1, Address: 64, Size: 4},
			{Name: fmt.Sprintf(drop, "t"), Owner: 1, Address: 64, Size: 3},
		}, []string{"core::ptr::drop_in_place 1 2 7 3"}},
		{"no generic: C, and parts of tables", []Function{
			{Name: "f[int]", Owner: 5, Size: 4},
			{Name: "f[string]", Owner: 5, Size: 4},
			{Name: "[.rodata of core]", Owner: 1, Size: 4},
			{Name: "[.rodata of core]", Owner: 1, Size: 4},
			{Name: "[.rodata of slices]", Owner: 0, Size: 4},
			{Name: "[.rodata of slices]", Owner: 0, Size: 4},
		}, nil},
		{"escaped path", []Function{
			{Name: "gopkg.in/yaml%2ev3.F[int]", Size: 4},
			{Name: "gopkg.in/yaml%2ev3.F[string]", Size: 4},
		}, []string{"gopkg.in/yaml.v3.F 0 2 8 4"}},
	} {
		p := &Profile{Owners: owners, Functions: tt.functions}
		var got []string
		for _, g := range p.Generics() {
			got = append(got, fmt.Sprint(g.Name, " ", g.Owner, " ", g.Instances, " ", g.Size, " ", g.Saving))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
}
