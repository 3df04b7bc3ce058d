package account

import (
	"cmp"
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/stage"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// TestInlinedCode charges what was inlined into functions that are written by
// hand: f of crate a at 0 to 100, g and h of crate b together at 100 to 200.
func TestInlinedCode(t *testing.T) {
	const none = "" // stays with the function
	type call struct {
		lo, hi uint64
		name   string // owner:function
	}
	for _, tt := range []struct {
		name  string
		calls []call
		want  []string // owner, function, address and size
	}{
		{"nothing", nil, []string{"a:f 0 100", "b:g 100 50", "b:h 100 50"}},
		{"of another crate", []call{{10, 30, "b:x"}}, []string{"a:f 0 80", "b:x+ 10 20", "b:g 100 50", "b:h 100 50"}},
		{"of the own crate", []call{{10, 30, "a:x"}}, []string{"a:f 0 100", "b:g 100 50", "b:h 100 50"}},
		{"of the own crate, inferred", []call{{10, 30, "a?:x"}}, []string{"a:f 0 100", "b:g 100 50", "b:h 100 50"}},
		{"one in another", []call{{10, 40, "c:x"}, {20, 30, "d:y"}},
			[]string{"a:f 0 70", "c:x+ 10 20", "d:y+ 20 10", "b:g 100 50", "b:h 100 50"}},
		{"own code in another's", []call{{10, 40, "c:x"}, {20, 30, "a:y"}},
			[]string{"a:f 0 80", "c:x+ 10 20", "b:g 100 50", "b:h 100 50"}},
		{"code of nobody known in another's", []call{{20, 30, none}, {10, 40, "c:x"}},
			[]string{"a:f 0 80", "c:x+ 10 20", "b:g 100 50", "b:h 100 50"}},
		{"several places", []call{{50, 60, "c:x"}, {10, 20, "c:x"}, {30, 31, "c:y"}},
			[]string{"a:f 0 79", "c:x+ 10 20", "c:y+ 30 1", "b:g 100 50", "b:h 100 50"}},
		{"twice", []call{{10, 20, "c:x"}, {10, 20, "d:x"}, {15, 25, "c:x"}},
			[]string{"a:f 0 85", "c:x+ 10 15", "b:g 100 50", "b:h 100 50"}},
		{"all of it", []call{{0, 100, "c:x"}}, []string{"c:x+ 0 100", "b:g 100 50", "b:h 100 50"}},
		{"into folded functions", []call{{90, 150, "c:x"}}, []string{"a:f 0 90", "c:x+ 90 10", "b:g 100 50", "b:h 100 50"}},
		{"outside", []call{{200, 300, "c:x"}}, []string{"a:f 0 100", "b:g 100 50", "b:h 100 50"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			section := elfscan.Section{Name: ".text", Type: elf.SHT_PROGBITS, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Size: 200, FileSize: 200, Kind: elfscan.Code}
			b := New(&elfscan.Binary{Sections: []elfscan.Section{section}},
				Options{Asked: func(*elfscan.Section) bool { return true }, Functions: true, DividesInlined: true})
			b.InliningKnown = true
			owner := func(name string) int32 {
				name, inferred := strings.CutSuffix(name, "?")
				key := ownership.Key{Kind: ownership.Crate, Name: name, Confidence: ownership.Exact}
				if inferred {
					key.Confidence = ownership.Inferred
				}
				return b.Owners.Get(key)
			}
			for i, f := range []struct {
				owner, name string
				lo          uint64
			}{{"a", "f", 0}, {"b", "g", 100}, {"b", "h", 100}} {
				b.Entries = append(b.Entries, b.WithName(Entry{Owner: owner(f.owner), Addr: f.lo}, f.name))
				b.Claims[0] = append(b.Claims[0], Claim{Range: span.Range{Lo: f.lo, Hi: f.lo + 100}, Rank: RankSized, ID: uint32(i)})
			}
			for _, c := range tt.calls {
				id := StaysInFunction
				if crate, name, ok := strings.Cut(c.name, ":"); ok {
					id = b.InlinedEntry(0, owner(crate), name)
				}
				b.Inlined = append(b.Inlined, Claim{Range: span.Range{Lo: c.lo, Hi: c.hi}, ID: id})
			}
			if err := b.Sweep(stage.Code); err != nil {
				t.Fatal(err)
			}
			entries := slices.Clone(b.Entries)
			slices.SortStableFunc(entries, func(x, y Entry) int { return cmp.Compare(x.Addr, y.Addr) })
			owners, canonical := b.Owners.Rows()
			var got []string
			functions := 0
			for _, e := range entries {
				if e.Counted {
					functions++
				}
				if e.Size == 0 {
					continue
				}
				mark := ""
				if e.Inlined {
					mark = "+"
				}
				got = append(got, fmt.Sprintf("%s:%s%s %d %d", owners[canonical[e.Owner]].Name, b.NameOf(&e), mark, e.Addr, e.Size))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if functions != 3 || b.Tallies[0] != (Tally{Attributed: 200}) || len(b.Warnings) != 0 {
				t.Errorf("%d functions, %+v, warnings %q", functions, b.Tallies[0], b.Warnings)
			}
		})
	}
}
