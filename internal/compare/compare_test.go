package compare

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// binary is a sound binary of one attributed section .text with the owners,
// some bytes that nobody owns, and an unattributed section .rodata.
func binary(t *testing.T, padding, unattributed, rodata uint64, owners ...snapshot.Owner) *snapshot.Binary {
	t.Helper()
	b := &snapshot.Binary{Name: "app", Path: "dist/app", Owners: owners, Overhead: snapshot.Overhead{Headers: 64, Gaps: 6}}
	text := snapshot.Section{Name: ".text", Kind: "code", Padding: padding, Unattributed: unattributed}
	for i := range owners {
		owners[i].Sections = map[string]uint64{".text": owners[i].Size}
		text.Attributed += owners[i].Size
	}
	text.FileSize = text.Attributed + padding + unattributed
	b.Sections = []snapshot.Section{text, {Name: ".rodata", Kind: "rodata", FileSize: rodata, Unattributed: rodata}, {Name: ".bss", Kind: "bss", VMSize: 4096}}
	b.FileSize = text.FileSize + rodata + 70
	if err := b.Check(); err != nil {
		t.Fatal(err)
	}
	return b
}

func pkg(name, module, version string, size uint64) snapshot.Owner {
	return snapshot.Owner{Kind: "package", Name: name, Module: module, Version: version, Size: size, Confidence: "exact"}
}

func crate(name, id, version, confidence string, size uint64) snapshot.Owner {
	return snapshot.Owner{Kind: "crate", Name: name, ID: id, Version: version, Size: size, Confidence: confidence}
}

// lines are rows as text, in their order.
func lines(rows []Row) []string {
	var out []string
	for i := range rows {
		r := &rows[i]
		name := r.Name
		for _, part := range []struct{ mark, text string }{{"#", r.ID}, {"?", strings.TrimPrefix(r.Confidence, "exact")}, {" in ", r.Owner}} {
			if part.text != "" {
				name += part.mark + part.text
			}
		}
		if r.OldVersion != r.NewVersion {
			name += fmt.Sprintf(" %s>%s", r.OldVersion, r.NewVersion)
		}
		out = append(out, fmt.Sprintf("%s: %d→%d %+d %s", name, r.Old, r.New, r.Delta(), r.Change))
	}
	return out
}

func wantLines(t *testing.T, what string, rows []Row, want ...string) {
	t.Helper()
	if got := lines(rows); !slices.Equal(got, want) {
		t.Errorf("%s\n got %s\nwant %s", what, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

func diff(t *testing.T, old, new *snapshot.Binary) *Diff {
	t.Helper()
	d := Binaries(old, new)
	if err := d.Check(); err != nil {
		t.Error(err)
	}
	return d
}

func TestGoProgram(t *testing.T) {
	old := binary(t, 30, 5, 500,
		pkg("main", "example.com/app", "v1.0.0", 100), pkg("net/http", "std", "go1.25.1", 400), pkg("fmt", "std", "go1.25.1", 90),
		pkg("golang.org/x/net/idna", "golang.org/x/net", "v0.30.0", 50), pkg("golang.org/x/net/http2", "golang.org/x/net", "v0.30.0", 70),
		pkg("example.com/gone", "example.com/gone", "v1.0.0", 7))
	new := binary(t, 33, 5, 450,
		pkg("main", "example.com/app", "v1.0.0", 100), pkg("net/http", "std", "go1.26.0", 480), pkg("fmt", "std", "go1.26.0", 80),
		pkg("golang.org/x/net/idna", "golang.org/x/net", "v0.31.0", 50), pkg("golang.org/x/net/http2", "golang.org/x/net", "v0.31.0", 75),
		pkg("golang.org/x/net/html", "golang.org/x/net", "v0.31.0", 36), pkg("example.com/empty", "example.com/empty", "v2.0.0", 0))
	new.Overhead.Headers += 56
	new.FileSize += 56
	d := diff(t, old, new)
	// .text: 752 → 859, file 1322 → 1435.
	wantLines(t, "sections", d.Sections,
		".text: 752→859 +107 grown", "[headers]: 64→120 +56 grown", ".rodata: 500→450 -50 shrunk",
		".bss: 0→0 +0 same", "[gaps]: 6→6 +0 same")
	wantLines(t, "owners", d.Owners,
		"net/http go1.25.1>go1.26.0: 400→480 +80 grown",
		"[headers]: 64→120 +56 grown",
		"[unattributed]: 505→455 -50 shrunk",
		"golang.org/x/net/html >v0.31.0: 0→36 +36 added",
		"fmt go1.25.1>go1.26.0: 90→80 -10 shrunk",
		"example.com/gone v1.0.0>: 7→0 -7 removed",
		"golang.org/x/net/http2 v0.30.0>v0.31.0: 70→75 +5 grown",
		"[padding]: 30→33 +3 grown",
		"[gaps]: 6→6 +0 same",
		"example.com/empty >v2.0.0: 0→0 +0 added",
		"golang.org/x/net/idna v0.30.0>v0.31.0: 50→50 +0 same",
		"main: 100→100 +0 same")
	wantLines(t, "modules", d.Modules,
		"std go1.25.1>go1.26.0: 490→560 +70 grown",
		"golang.org/x/net v0.30.0>v0.31.0: 120→161 +41 grown")
	if d.Functions != nil || d.Warnings != nil || d.Identical() {
		t.Errorf("%v %v %v", d.Functions, d.Warnings, d.Identical())
	}
	wantLines(t, "culprits", Grown(d.Owners, 2), "net/http go1.25.1>go1.26.0: 400→480 +80 grown", "golang.org/x/net/html >v0.31.0: 0→36 +36 added")
	if n := len(Grown(d.Owners, 99)); n != 3 {
		t.Errorf("%d grew", n)
	}
	if Grown(d.Owners, 0) != nil && len(Grown(d.Owners, 0)) != 0 || len(Grown(d.Owners, -1)) != 0 {
		t.Error("none were asked for")
	}
}

func TestCrates(t *testing.T) {
	for _, test := range []struct {
		name     string
		old, new []snapshot.Owner
		want     []string // of what is no rest
		modules  []string
	}{
		{"the IDs of a compiler bump",
			[]snapshot.Owner{crate("hashbrown", "aaaa", "", "exact", 300), crate("hashbrown", "bbbb", "", "exact", 20), crate("serde", "", "", "exact", 9)},
			[]snapshot.Owner{crate("hashbrown", "dddd", "", "exact", 310), crate("hashbrown", "cccc", "", "exact", 21), crate("serde", "", "", "exact", 9)},
			[]string{"hashbrown#dddd: 300→310 +10 grown", "hashbrown#cccc: 20→21 +1 grown", "serde: 9→9 +0 same"}, nil},
		{"IDs that stay",
			[]snapshot.Owner{crate("toml", "aaaa", "", "exact", 300), crate("toml", "bbbb", "", "exact", 20)},
			[]snapshot.Owner{crate("toml", "bbbb", "", "exact", 500), crate("toml", "aaaa", "", "exact", 290)},
			[]string{"toml#bbbb: 20→500 +480 grown", "toml#aaaa: 300→290 -10 shrunk"}, nil},
		{"two versions, one updated, all IDs new",
			[]snapshot.Owner{crate("toml", "aaaa", "0.5.9", "exact", 100), crate("toml", "bbbb", "0.8.2", "exact", 80)},
			[]snapshot.Owner{crate("toml", "cccc", "0.8.2", "exact", 82), crate("toml", "dddd", "0.5.11", "exact", 70)},
			[]string{"toml#dddd 0.5.9>0.5.11: 100→70 -30 shrunk", "toml#cccc: 80→82 +2 grown"},
			[]string{"toml#dddd 0.5.9>0.5.11: 100→70 -30 shrunk"}},
		{"compatible versions meet first",
			[]snapshot.Owner{crate("syn", "aaaa", "1.0.9", "exact", 100)},
			[]snapshot.Owner{crate("syn", "cccc", "2.0.0", "exact", 300), crate("syn", "dddd", "1.0.10", "exact", 101)},
			[]string{"syn#cccc >2.0.0: 0→300 +300 added", "syn#dddd 1.0.9>1.0.10: 100→101 +1 grown"},
			[]string{"syn#dddd 1.0.9>1.0.10: 100→101 +1 grown"}},
		{"the rest in the order of versions",
			[]snapshot.Owner{crate("rand", "aaaa", "0.9.0", "exact", 5), crate("rand", "bbbb", "0.8.0", "exact", 50)},
			[]snapshot.Owner{crate("rand", "cccc", "0.11.0", "exact", 6), crate("rand", "dddd", "0.10.0", "exact", 52)},
			[]string{"rand#dddd 0.8.0>0.10.0: 50→52 +2 grown", "rand#cccc 0.9.0>0.11.0: 5→6 +1 grown"},
			[]string{"rand#dddd 0.8.0>0.10.0: 50→52 +2 grown", "rand#cccc 0.9.0>0.11.0: 5→6 +1 grown"}},
		{"a second version comes",
			[]snapshot.Owner{crate("toml", "", "0.5.0", "exact", 100)},
			[]snapshot.Owner{crate("toml", "aaaa", "0.8.0", "exact", 200), crate("toml", "bbbb", "0.5.0", "exact", 100)},
			[]string{"toml#aaaa >0.8.0: 0→200 +200 added", "toml#bbbb: 100→100 +0 same"}, nil},
		{"facts and conclusions apart, within one crate",
			[]snapshot.Owner{crate("memchr", "aaaa", "", "exact", 300), crate("memchr", "bbbb", "", "exact", 20), crate("memchr", "aaaa", "", "inferred", 3), crate("memchr", "bbbb", "", "inferred", 7)},
			[]snapshot.Owner{crate("memchr", "cccc", "", "exact", 300), crate("memchr", "dddd", "", "exact", 20), crate("memchr", "cccc", "", "inferred", 4), crate("memchr", "dddd", "", "inferred", 7)},
			[]string{"memchr#cccc?inferred: 3→4 +1 grown", "memchr#cccc: 300→300 +0 same", "memchr#dddd: 20→20 +0 same", "memchr#dddd?inferred: 7→7 +0 same"}, nil},
		{"a conclusion becomes a fact",
			[]snapshot.Owner{crate("idna", "", "", "inferred", 10), crate("url", "", "", "exact", 5), crate("url", "", "", "inferred", 2)},
			[]snapshot.Owner{crate("idna", "", "", "exact", 11), crate("url", "", "", "exact", 7)},
			[]string{"url: 5→7 +2 grown", "url?inferred: 2→0 -2 removed", "idna: 10→11 +1 grown"}, nil},
		{"a crate is no library of its name",
			[]snapshot.Owner{crate("curl", "", "", "exact", 10), {Kind: "library", Name: "curl", Module: "curl-sys", Version: "8.1", Size: 40}},
			[]snapshot.Owner{crate("curl", "", "", "exact", 12), {Kind: "library", Name: "curl", Module: "curl-sys", Version: "8.2", Size: 41}, {Kind: "linker", Name: "curl", Size: 3}},
			[]string{"curl: 0→3 +3 added", "curl: 10→12 +2 grown", "curl 8.1>8.2: 40→41 +1 grown"},
			[]string{"curl 8.1>8.2: 40→41 +1 grown"}},
		{"a Rust toolchain",
			[]snapshot.Owner{{Kind: "crate", Name: "hashbrown", Module: "std", Version: "0.15.0", Size: 4}, {Kind: "crate", Name: "core", Module: "std", Version: "1.95.0", Size: 10}, {Kind: "crate", Name: "std", Module: "std", Version: "1.95.0", Size: 20}},
			[]snapshot.Owner{{Kind: "crate", Name: "hashbrown", Module: "std", Version: "0.16.0", Size: 5}, {Kind: "crate", Name: "core", Module: "std", Version: "1.96.0", Size: 10}, {Kind: "crate", Name: "std", Module: "std", Version: "1.96.0", Size: 22}},
			[]string{"std 1.95.0>1.96.0: 20→22 +2 grown", "hashbrown 0.15.0>0.16.0: 4→5 +1 grown", "core 1.95.0>1.96.0: 10→10 +0 same"},
			[]string{"std 1.95.0>1.96.0: 34→37 +3 grown"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := diff(t, binary(t, 0, 0, 0, test.old...), binary(t, 0, 0, 0, test.new...))
			var rows []Row
			for _, r := range d.Owners {
				if !r.Rest {
					rows = append(rows, r)
				}
			}
			wantLines(t, "owners", rows, test.want...)
			wantLines(t, "modules", d.Modules, test.modules...)
		})
	}
}

// TestScope: what one side has not looked at counts for neither.
func TestScope(t *testing.T) {
	all := &snapshot.Binary{FileSize: 200,
		Sections: []snapshot.Section{{Name: ".text", FileSize: 100, Attributed: 90, Padding: 10}, {Name: ".rodata", FileSize: 70, Attributed: 60, Padding: 4, Unattributed: 6}, {Name: ".data", FileSize: 30, Attributed: 30}},
		Owners: []snapshot.Owner{
			{Kind: "package", Name: "a", Size: 110, Sections: map[string]uint64{".text": 60, ".rodata": 50}},
			{Kind: "package", Name: "b", Size: 60, Sections: map[string]uint64{".text": 30, ".data": 30}},
			{Kind: "package", Name: "onlydata", Size: 10, Sections: map[string]uint64{".rodata": 10}}},
		Functions: []snapshot.Function{{Name: "a.f", Owner: "a", Section: ".text", Size: 60}, {Name: "a.table", Owner: "a", Section: ".rodata", Size: 50}}}
	code := &snapshot.Binary{FileSize: 195,
		Sections: []snapshot.Section{{Name: ".text", FileSize: 95, Attributed: 88, Padding: 7}, {Name: ".rodata", FileSize: 70, Unattributed: 70}, {Name: ".data", FileSize: 30, Unattributed: 30}},
		Owners: []snapshot.Owner{
			{Kind: "package", Name: "a", Size: 61, Sections: map[string]uint64{".text": 61}},
			{Kind: "package", Name: "b", Size: 27, Sections: map[string]uint64{".text": 27}}},
		Functions: []snapshot.Function{{Name: "a.f", Owner: "a", Section: ".text", Size: 61}}}
	for _, b := range []*snapshot.Binary{all, code} {
		if err := b.Check(); err != nil {
			t.Fatal(err)
		}
	}
	d := diff(t, all, code)
	wantLines(t, "owners", d.Owners,
		"[padding]: 10→7 -3 shrunk", "b: 30→27 -3 shrunk", "a: 60→61 +1 grown",
		"[gaps]: 0→0 +0 same", "[headers]: 0→0 +0 same", "[unattributed]: 100→100 +0 same")
	wantLines(t, "functions", d.Functions, "a.f in a: 60→61 +1 grown")
	if len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], ".rodata, .data:") {
		t.Error(d.Warnings)
	}
	back := diff(t, code, all)
	wantLines(t, "owners, the other way", back.Owners,
		"[padding]: 7→10 +3 grown", "b: 27→30 +3 grown", "a: 61→60 -1 shrunk",
		"[gaps]: 0→0 +0 same", "[headers]: 0→0 +0 same", "[unattributed]: 100→100 +0 same")
	if d := diff(t, all, all); d.Warnings != nil || !d.Identical() {
		t.Error(d.Warnings)
	}
	many := &snapshot.Binary{}
	sections := make(map[string]uint64)
	for i := range 7 {
		name := fmt.Sprintf(".s%d", i)
		many.Sections = append(many.Sections, snapshot.Section{Name: name, FileSize: 1, Attributed: 1})
		sections[name] = 1
	}
	many.FileSize, many.Owners = 7, []snapshot.Owner{{Name: "x", Size: 7, Sections: sections}}
	blank := &snapshot.Binary{FileSize: 7, Sections: slices.Clone(many.Sections)}
	for i := range blank.Sections {
		blank.Sections[i].Attributed, blank.Sections[i].Unattributed = 0, 1
	}
	if d := diff(t, blank, many); len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0], ".s0, .s1, .s2, .s3, .s4 and 2 more:") || !d.Identical() {
		t.Error(d.Warnings, lines(d.Owners))
	}
}

// TestCheckFinds checks that a difference which does not add up is found.
func TestCheckFinds(t *testing.T) {
	for i, change := range []func(d *Diff){
		func(d *Diff) { d.Sections[0].New++ },
		func(d *Diff) { d.Owners[0].Old-- },
		func(d *Diff) { d.Owners = d.Owners[1:] },
		func(d *Diff) { d.New.FileSize++ },
	} {
		d := diff(t, binary(t, 1, 2, 3, pkg("a", "", "", 5)), binary(t, 1, 2, 3, pkg("a", "", "", 6)))
		change(d)
		if d.Check() == nil {
			t.Errorf("change %d is not found", i)
		}
	}
}

// TestHostileNames: names that look like other rows are rows of their own.
func TestHostileNames(t *testing.T) {
	names := []string{"", "[padding]", "[headers]", "[unattributed]", "a\nb", "::error::x", "\xff", strings.Repeat("[", 5000), "[gaps]"}
	var old, new []snapshot.Owner
	for i, name := range names {
		old = append(old, pkg(name, name, "v1", uint64(10+i)))
		new = append(new, pkg(name, name, "v1", uint64(10+2*i)))
	}
	a, b := binary(t, 1, 1, 1, old...), binary(t, 1, 1, 1, new...)
	a.Functions, b.Functions = []snapshot.Function{}, []snapshot.Function{}
	for _, name := range names {
		a.Functions = append(a.Functions, snapshot.Function{Name: name, Owner: name, Size: 1})
		b.Functions = append(b.Functions, snapshot.Function{Name: name, Owner: name, Size: 1})
	}
	d := diff(t, a, b)
	rest := 0
	for _, r := range d.Owners {
		if r.Rest {
			rest++
		} else if at := slices.Index(names, r.Name); r.Delta() != int64(at) {
			t.Errorf("%.20q: %d", r.Name, r.Delta())
		}
	}
	if rest != 4 || len(d.Owners) != len(names)+4 {
		t.Errorf("%d of %d rows are the rest", rest, len(d.Owners))
	}
	for _, r := range d.Functions {
		if r.Change != Same {
			t.Errorf("%.20q: %s", r.Name, r.Change)
		}
	}
}

// TestRandomPairs holds the rows of random binaries against sums that are made
// another way: each owner and each function is in exactly one row, on its side,
// with its size.
func TestRandomPairs(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	build := func() *snapshot.Binary {
		b := &snapshot.Binary{Overhead: snapshot.Overhead{Headers: uint64(random.IntN(50)), Gaps: uint64(random.IntN(50))}}
		for _, name := range []string{".text", ".rodata", ".data", ".bss"} {
			if random.IntN(5) > 0 {
				b.Sections = append(b.Sections, snapshot.Section{Name: name, Padding: uint64(random.IntN(2) * random.IntN(9)), Unattributed: uint64(random.IntN(9))})
			}
		}
		for range random.IntN(30) {
			o := snapshot.Owner{Kind: pick("crate", "package", "library"), Name: pick("a", "b", "c"), ID: pick("", "01", "02"),
				Module: pick("", "m", "std"), Version: pick("", "1.0.0", "1.1.0", "2.0.0"), Confidence: pick("exact", "inferred"), Sections: map[string]uint64{}}
			for i := range b.Sections {
				if s := &b.Sections[i]; random.IntN(2) == 0 && s.Name != ".bss" {
					n := uint64(random.IntN(100))
					o.Sections[s.Name] = n
					o.Size += n
					s.Attributed += n
				}
			}
			b.Owners = append(b.Owners, o)
		}
		for i := range b.Sections {
			s := &b.Sections[i]
			if random.IntN(6) == 0 { // not asked for
				for j := range b.Owners {
					o := &b.Owners[j]
					o.Size -= o.Sections[s.Name]
					delete(o.Sections, s.Name)
				}
				s.Unattributed += s.Attributed + s.Padding
				s.Attributed, s.Padding = 0, 0
			}
			s.FileSize = s.Attributed + s.Padding + s.Unattributed
			b.FileSize += s.FileSize
		}
		b.FileSize += b.Overhead.Headers + b.Overhead.Gaps
		b.Functions = []snapshot.Function{}
		for range random.IntN(60) {
			b.Functions = append(b.Functions, snapshot.Function{Name: pick("f", "g", "f.cold", "f.part.0", "g::h0123456789abcdef", "g::hfedcba9876543210"),
				Owner: pick("a", "b", "c", "elsewhere"), OwnerID: pick("", "01", "02"), Section: pick(".text", ".text", ".rodata"), Size: uint64(random.IntN(4))})
		}
		return b
	}
	for range 500 {
		old, new := build(), build()
		if err := old.Check(); err != nil {
			t.Fatal(err)
		}
		d := Binaries(old, new)
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		if again := Binaries(old, new); !reflect.DeepEqual(d, again) {
			t.Fatal("not the same twice")
		}
		skipped := make(map[string]bool)
		for _, a := range old.Sections {
			for _, b := range new.Sections {
				if a.Name == b.Name && a.FileSize > 0 && b.FileSize > 0 &&
					(a.Attributed+a.Padding == 0 && b.Attributed > 0 || b.Attributed+b.Padding == 0 && a.Attributed > 0) {
					skipped[a.Name] = true
				}
			}
		}
		for _, side := range []struct {
			b    *snapshot.Binary
			size func(r *Row) uint64
			gone Change
		}{{old, func(r *Row) uint64 { return r.Old }, Added}, {new, func(r *Row) uint64 { return r.New }, Removed}} {
			want, got := make(map[string]uint64), make(map[string]uint64)
			for i := range side.b.Owners {
				o := &side.b.Owners[i]
				for section, size := range o.Sections {
					if !skipped[section] {
						want[o.Kind+o.Name] += size
					}
				}
			}
			for i := range d.Owners {
				if r := &d.Owners[i]; !r.Rest {
					got[r.Kind+r.Name] += side.size(r)
				}
			}
			for name := range got {
				if got[name] != want[name] {
					t.Fatalf("%s has %d, want %d", name, got[name], want[name])
				}
			}
			count := make(map[uint64]int)
			for _, f := range side.b.Functions {
				if !skipped[f.Section] {
					count[f.Size]++
				}
			}
			for i := range d.Functions {
				if r := &d.Functions[i]; r.Change != side.gone {
					count[side.size(r)]--
				}
			}
			for size, n := range count {
				if n != 0 {
					t.Fatalf("%d functions of size %d too few", n, size)
				}
			}
		}
		for _, rows := range [][]Row{d.Sections, d.Owners, d.Functions, d.Modules} {
			for i := range rows {
				r := &rows[i]
				if i > 0 && distance(r) > distance(&rows[i-1]) {
					t.Fatal("not in order")
				}
				if r.Change == Same && r.Old != r.New || r.Change == Grew && r.Old >= r.New || r.Change == Shrank && r.Old <= r.New ||
					r.Change == Added && r.Old != 0 || r.Change == Removed && r.New != 0 {
					t.Fatalf("%+v", r)
				}
			}
		}
	}
}
