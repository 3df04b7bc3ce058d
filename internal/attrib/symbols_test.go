package attrib

import (
	"bytes"
	"debug/elf"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/sectionbytes"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
)

const base = 0x1000 // address of .text in built files

func attribute(t *testing.T, f elftest.File, opt Options) (*elfscan.Binary, *Profile) {
	t.Helper()
	data := f.Bytes()
	b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if opt.Section == nil {
		opt.Section = codeOnly
	}
	plain, err := Attribute(b, opt)
	if err != nil {
		t.Fatal(err)
	}
	opt.Functions = true
	p, err := Attribute(b, opt)
	if err != nil {
		t.Fatal(err)
	}
	checkSums(t, b, p)
	// Without functions names are judged in parts and in another order.
	if !reflect.DeepEqual(plain.Owners, p.Owners) || !reflect.DeepEqual(plain.Sections, p.Sections) ||
		!slices.Equal(plain.Warnings, p.Warnings) || !slices.Equal(plain.Languages, p.Languages) || plain.Main != p.Main {
		t.Errorf("without functions %+v %+v %q, with functions %+v %+v %q",
			plain.Owners, plain.Sections, plain.Warnings, p.Owners, p.Sections, p.Warnings)
	}
	return b, p
}

func function(name string, offset, size uint64) elftest.Symbol {
	return elftest.Symbol{Name: name, Type: elf.STT_FUNC, Bind: elf.STB_GLOBAL, Section: 1, Value: base + offset, Size: size}
}

// sizes is what each function got, as "name size".
func sizes(p *Profile) []string {
	var list []string
	for _, f := range p.Functions {
		list = append(list, fmt.Sprintf("%s %d", f.Name, f.Size))
	}
	return list
}

func TestSymbolRules(t *testing.T) {
	code := bytes.Repeat([]byte{0xf4}, 100) // hlt: no fill
	label := func(name string, offset uint64) elftest.Symbol {
		return elftest.Symbol{Name: name, Type: elf.STT_NOTYPE, Section: 1, Value: base + offset}
	}
	tests := []struct {
		name    string
		symbols []elftest.Symbol
		want    []string
		tally   account.Tally
		warning string
	}{
		{"none", nil, nil, account.Tally{Unattributed: 100}, ""},
		{"one", []elftest.Symbol{function("f", 10, 20)}, []string{"f 20"}, account.Tally{Attributed: 20, Unattributed: 80}, ""},
		{"folded", []elftest.Symbol{function("f", 0, 100), function("g", 0, 100), function("h", 0, 100)},
			[]string{"f 34", "g 33", "h 33"}, account.Tally{Attributed: 100}, ""},
		{"nested", []elftest.Symbol{function("outer", 0, 100), function("inner", 40, 10)},
			[]string{"outer 90", "inner 10"}, account.Tally{Attributed: 100}, ""},
		{"partial overlap", []elftest.Symbol{function("a", 0, 60), function("b", 40, 60)},
			[]string{"a 40", "b 60"}, account.Tally{Attributed: 100}, ""},
		{"same start", []elftest.Symbol{function("long", 0, 60), function("short", 0, 20)},
			[]string{"long 40", "short 20"}, account.Tally{Attributed: 60, Unattributed: 40}, ""},
		{"unsized reaches the next symbol", []elftest.Symbol{label("a", 10), label("b", 30), label("b2", 30), function("f", 60, 10)},
			[]string{"a 20", "b 15", "b2 15", "f 10"}, account.Tally{Attributed: 60, Unattributed: 40}, ""},
		{"unsized reaches the end", []elftest.Symbol{function("f", 0, 10), label("a", 90)},
			[]string{"f 10", "a 10"}, account.Tally{Attributed: 20, Unattributed: 80}, ""},
		{"a label in a function", []elftest.Symbol{function("f", 0, 50), label("inside", 20), label("at its start", 0)},
			[]string{"f 50"}, account.Tally{Attributed: 50, Unattributed: 50}, ""},
		{"mapping symbols and end markers", []elftest.Symbol{label("$x", 0), label("$d.7", 10), label("_etext", 100)},
			nil, account.Tally{Unattributed: 100}, ""},
		{"outside", []elftest.Symbol{function("low", ^uint64(0), 10), function("high", 101, 10), function("f", 0, 1)},
			[]string{"f 1"}, account.Tally{Attributed: 1, Unattributed: 99}, `2 of the symbols start outside their section and were not used, the first is "low"`},
		{"too long", []elftest.Symbol{function("f", 90, 1<<63), function("g", 80, ^uint64(0))},
			[]string{"g 10", "f 10"}, account.Tally{Attributed: 20, Unattributed: 80}, `2 of the symbols reach past the end of their section and were counted up to it, the first is "f"`},
		{"no functions", []elftest.Symbol{
			{Name: "tls", Type: elf.STT_TLS, Section: 1, Value: base, Size: 8},
			{Name: "section", Type: elf.STT_SECTION, Section: 1, Value: base, Size: 8},
			{Name: "undefined", Type: elf.STT_FUNC, Value: base, Size: 8},
			{Name: "absolute", Type: elf.STT_FUNC, Section: uint16(elf.SHN_ABS), Value: base, Size: 8},
		}, nil, account.Tally{Unattributed: 100}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, p := attribute(t, elftest.Program(base, code, tt.symbols...), Options{})
			if got := sizes(p); !slices.Equal(got, tt.want) {
				t.Errorf("functions %q, want %q", got, tt.want)
			}
			if p.Sections[0] != tt.tally {
				t.Errorf("tally %+v, want %+v", p.Sections[0], tt.tally)
			}
			if got := strings.Join(p.Warnings, "\n"); got != tt.warning {
				t.Errorf("warnings %q, want %q", got, tt.warning)
			}
		})
	}
}

// TestRandomSymbols compares with the rules said once more as plainly as
// possible: for every byte, look at every symbol.
func TestRandomSymbols(t *testing.T) {
	const size = 48
	rng := rand.New(rand.NewPCG(5, 6))
	code := bytes.Repeat([]byte{0xf4}, size)
	for round := range 1500 {
		symbols := make([]elftest.Symbol, rng.IntN(8))
		for i := range symbols {
			symbols[i] = function(fmt.Sprintf("f%d", i), rng.Uint64N(size), rng.Uint64N(12))
			if rng.IntN(3) == 0 {
				symbols[i].Size = 0
			}
		}
		_, p := attribute(t, elftest.Program(base, code, symbols...), Options{})
		got := make(map[string]uint64)
		for _, f := range p.Functions {
			got[f.Name] += f.Size
		}
		owners := make([][]int, size) // of each byte
		end := func(s elftest.Symbol) uint64 { return min(s.Value+s.Size, base+size) }
		for at := range uint64(size) {
			addr := base + at
			better := func(i, j int) bool { // the more specific of two sized symbols
				a, b := symbols[i], symbols[j]
				return a.Value > b.Value || a.Value == b.Value && end(a) < end(b)
			}
			for i, s := range symbols {
				if s.Size == 0 || addr < s.Value || addr >= end(s) {
					continue
				}
				switch o := owners[at]; {
				case len(o) == 0 || better(i, o[0]):
					owners[at] = []int{i}
				case !better(o[0], i):
					owners[at] = append(o, i)
				}
			}
		}
		sized := func(at uint64) bool {
			return len(owners[at]) > 0 && symbols[owners[at][0]].Size > 0
		}
		for i, s := range symbols {
			if s.Size > 0 || sized(s.Value-base) {
				continue
			}
			for at := s.Value - base; at < size; at++ {
				if next := slices.IndexFunc(symbols, func(o elftest.Symbol) bool { return o.Value-base == at && at > s.Value-base }); next >= 0 {
					break
				}
				owners[at] = append(owners[at], i)
			}
		}
		// Runs of bytes with the same owners are shared piece by piece.
		want := make(map[string]uint64)
		for from := 0; from < size; {
			to := from + 1
			for to < size && slices.Equal(owners[to], owners[from]) {
				to++
			}
			for k, i := range owners[from] {
				n := uint64(len(owners[from]))
				want[symbols[i].Name] += uint64(to-from) / n
				if uint64(k) < uint64(to-from)%n {
					want[symbols[i].Name]++
				}
			}
			from = to
		}
		for _, s := range symbols {
			if got[s.Name] != want[s.Name] {
				t.Fatalf("round %d: %s owns %d, want %d; symbols %+v", round, s.Name, got[s.Name], want[s.Name], symbols)
			}
		}
	}
}

func TestPadding(t *testing.T) {
	tests := []struct {
		name    string
		machine elf.Machine
		gap     string // bytes between two functions of 16 bytes
		padding uint64
	}{
		{"int3", elf.EM_X86_64, "\xcc\xcc\xcc", 3},
		{"zero", elf.EM_X86_64, "\x00\x00", 2},
		{"nop", elf.EM_X86_64, "\x90", 1},
		{"nopw", elf.EM_X86_64, "\x66\x2e\x0f\x1f\x84\x00\x00\x00\x00\x00", 10},
		{"long nopw", elf.EM_X86_64, "\x66\x66\x2e\x0f\x1f\x84\x00\x00\x00\x00\x00\x0f\x1f\x40\x00", 15},
		{"xchg", elf.EM_X86_64, "\x66\x90\x0f\x1f\x00", 5},
		{"lea", elf.EM_X86_64, "\x8d\x76\x00\x8d\xb4\x26\x00\x00\x00\x00", 10},
		{"code", elf.EM_X86_64, "\x55\x48\x89\xe5", 0},
		{"fill, then code", elf.EM_X86_64, "\xcc\xcc\x55\x48\x89\xe5\xc3\xcc", 2},
		{"half an instruction", elf.EM_X86_64, "\x90\x0f\x1f", 1},
		{"a prefix of something else", elf.EM_X86_64, "\x66\x55", 0},
		{"words", elf.EM_AARCH64, "\x00\x00\x00\x00\x1f\x20\x03\xd5\x00\x00\x20\xd4\x20\x00\x20\xd4", 16},
		{"words, then code", elf.EM_AARCH64, "\x00\x00\x00\x00\xc0\x03\x5f\xd6", 4},
		{"code that begins with zero bytes", elf.EM_AARCH64, "\x00\x00\x00\x91", 0},
		{"int3 is no fill here", elf.EM_AARCH64, "\xcc\xcc\xcc\xcc", 0},
		{"unaligned", elf.EM_AARCH64, "\x00\x00", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code := append(bytes.Repeat([]byte{0xf4}, 16), tt.gap...)
			code = append(code, bytes.Repeat([]byte{0xf4}, 16)...)
			n := uint64(len(tt.gap))
			f := elftest.Program(base, code, function("f", 0, 16), function("g", 16+n, 16))
			f.Machine = tt.machine
			_, p := attribute(t, f, Options{})
			if want := (account.Tally{Attributed: 32, Padding: tt.padding, Unattributed: n - tt.padding}); p.Sections[0] != want {
				t.Errorf("tally %+v, want %+v", p.Sections[0], want)
			}
		})
	}
}

// TestPaddingAcrossBuffers: fill of more than one buffer, and an instruction
// that a buffer's end cuts, count whole.
func TestPaddingAcrossBuffers(t *testing.T) {
	nop := []byte{0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0}
	fill := bytes.Repeat(nop, 3*sectionbytes.Size/len(nop)/2)
	code := append(append([]byte{0xf4}, fill...), 0xf4)
	_, p := attribute(t, elftest.Program(base, code, function("f", 0, 1)), Options{})
	if want := (account.Tally{Attributed: 1, Padding: uint64(len(fill)), Unattributed: 1}); p.Sections[0] != want {
		t.Errorf("tally %+v, want %+v", p.Sections[0], want)
	}
}

func TestOwnersOfNativeCode(t *testing.T) {
	local := func(name string, offset uint64) elftest.Symbol {
		s := function(name, offset, 10)
		s.Bind = elf.STB_LOCAL
		return s
	}
	file := func(name string) elftest.Symbol {
		return elftest.Symbol{Name: name, Type: elf.STT_FILE, Section: uint16(elf.SHN_ABS)}
	}
	f := elftest.Program(base, make([]byte, 200),
		file("crtstuff.c"), local("frame_dummy", 0),
		file("one.c"), local("same", 10), local("last_of_one", 40),
		file("two.c"), local("same", 60),
		file("serde.c0386ddbfadcbbc1-cgu.0"), local("unmangled", 100), local("more", 120),
		elftest.Symbol{Name: "_start", Type: elf.STT_FUNC, Bind: elf.STB_GLOBAL, Section: 1, Value: base + 190},
		function("between_one", 20, 10),
		function("between_one_and_two", 50, 10),
		function("behind_two", 70, 10),
		function("_ZNSt6vectorIiSaIiEED1Ev", 80, 10),
		function("between_serde", 110, 10),
		function("__AArch64ADRPThunk_far", 130, 10),
		function("_ZN3foo3barEv", 140, 10),
	)
	_, p := attribute(t, f, Options{})
	want := map[string]string{
		"frame_dummy":              "linker linker exact",
		"_start":                   "linker linker exact",
		"__AArch64ADRPThunk_far":   "linker linker exact",
		"last_of_one":              "library one.c exact",
		"between_one":              "library one.c inferred",
		"between_one_and_two":      "library " + ownership.UnknownNative + " exact",
		"behind_two":               "library " + ownership.UnknownNative + " exact",
		"_ZN3foo3barEv":            "library " + ownership.UnknownNative + " exact",
		"_ZNSt6vectorIiSaIiEED1Ev": "library libstdc++ exact",
		"unmangled":                "crate serde exact",
		"between_serde":            "crate serde inferred",
	}
	seen := 0
	for _, fn := range p.Functions {
		o := p.Owners[fn.Owner]
		got := string(o.Kind) + " " + o.Name + " " + string(o.Confidence)
		if w, ok := want[fn.Name]; ok {
			seen++
			if got != w {
				t.Errorf("%s is charged to %s, want %s", fn.Name, got, w)
			}
		}
		if fn.Name == "same" && (fn.Address == base+10) != (o.Name == "one.c") {
			t.Errorf("same at %#x is charged to %s", fn.Address, got)
		}
	}
	if seen != len(want) {
		t.Errorf("%d of %d functions seen", seen, len(want))
	}
	if !slices.Equal(p.Languages, []string{"c", "c++"}) {
		t.Errorf("languages %q", p.Languages)
	}
}

func TestLinkerSections(t *testing.T) {
	const flags = elf.SHF_ALLOC | elf.SHF_EXECINSTR
	f := elftest.Program(base, make([]byte, 16), function("f", 0, 16))
	for i, name := range []string{".plt", ".init", ".plt", ".bolt.org.text", ".other"} {
		f.Sections = append(f.Sections, elftest.Section{Name: name, Flags: flags, Addr: 0x2000 + uint64(i)*0x100, Data: []byte("\xf4\xf4\xf4\xf4")})
	}
	_, p := attribute(t, f, Options{})
	got := make(map[string]uint64)
	for _, o := range p.Owners {
		got[o.Name] = o.Size
		if o.Kind == ownership.Linker && o.Functions != 0 {
			t.Errorf("%s has %d functions", o.Name, o.Functions)
		}
	}
	if got["linker"] != 12 || got[boltOriginal] != 4 {
		t.Errorf("owners %v", got)
	}
	if last := p.Sections[len(p.Sections)-2]; last.Unattributed != 4 {
		t.Errorf(".other: %+v", last)
	}
}

// TestOverlappingSections: bytes of the file that an earlier section has are
// not attributed a second time.
func TestOverlappingSections(t *testing.T) {
	symtab, strtab := elftest.SymbolTable(function("f", 0, 100), elftest.Symbol{Name: "g", Type: elf.STT_FUNC, Section: 4, Value: 0x5000, Size: 100})
	const flags = elf.SHF_ALLOC | elf.SHF_EXECINSTR
	f := elftest.File{Sections: []elftest.Section{
		{Name: ".text", Flags: flags, Addr: base, Data: bytes.Repeat([]byte{0xf4}, 100)},
		{Name: ".symtab", Type: elf.SHT_SYMTAB, Data: symtab, Link: 3},
		{Name: ".strtab", Type: elf.SHT_STRTAB, Data: strtab},
		{Name: ".again", Flags: flags, Addr: 0x5000, Offset: 64 + 30, Size: 100},
	}}
	b, p := attribute(t, f, Options{})
	if b.Sections[3].FileSize >= 100 {
		t.Fatalf(".again owns %d bytes", b.Sections[3].FileSize)
	}
	if got, want := sizes(p), []string{"f 100"}; !slices.Equal(got, want) {
		t.Errorf("functions %q, want %q", got, want)
	}
}

func TestVersionsOfOneCrate(t *testing.T) {
	// core::…, then two crates alpha with different disambiguators, and a legacy alpha.
	f := elftest.Program(base, make([]byte, 100),
		function("_RNvCs1_5alpha1f", 0, 10), function("_RNvCs2_5alpha1f", 10, 20), function("_RNvCs3_4beta1f", 30, 5),
		function("_ZN5alpha1g17h0123456789abcdefE", 40, 7), function("_ZN4beta1g17h0123456789abcdefE", 50, 7),
		function("_ZN37_$LT$gamma..A$u20$as$u20$delta..B$GT$1f17h0123456789abcdefE", 60, 3),
		function("_RNvCs4_5gamma1f", 70, 4),
	)
	_, p := attribute(t, f, Options{})
	var got []string
	for _, o := range p.Owners {
		got = append(got, fmt.Sprintf("%s %s %d %s", o.Name, o.ID, o.Size, o.Confidence))
	}
	// The IDs are base 62 digits plus 2 (RFC 2603: "1_" is 3).
	want := []string{
		"alpha 0000000000000004 20 exact", "beta  12 exact", "alpha 0000000000000003 10 exact",
		"alpha  7 exact", "gamma  4 exact", "gamma  3 inferred",
	}
	if !slices.Equal(got, want) {
		t.Errorf("owners\n%q, want\n%q", got, want)
	}
}

// TestManySymbolsAtOneAddress: labels at one address cost no more than others.
func TestManySymbolsAtOneAddress(t *testing.T) {
	symbols := make([]elftest.Symbol, 200000)
	for i := range symbols {
		symbols[i] = elftest.Symbol{Name: "x", Section: 1, Value: base + uint64(i%2)}
	}
	_, p := attribute(t, elftest.Program(base, bytes.Repeat([]byte{0xf4}, 64), symbols...), Options{})
	if p.Sections[0].Attributed != 64 {
		t.Errorf("tally %+v", p.Sections[0])
	}
}

// FuzzAttribute: whatever the file, attribution ends, adds up and is the same
// twice.
func FuzzAttribute(f *testing.F) {
	f.Add(elftest.Program(base, bytes.Repeat([]byte{0xcc}, 64), function("_RNvCs1_5alpha1f", 0, 10), function("g", 5, 10)).Bytes())
	f.Add(elftest.Program(base, make([]byte, 64), function("_ZN5alpha1g17h0123456789abcdefE", 0, 0)).Bytes())
	f.Add(elftest.File{NoSectionHeaders: true, Segments: []elftest.Segment{{Flags: elf.PF_X, Filesz: 100, Memsz: 100}}}.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		for _, section := range []func(*elfscan.Section) bool{codeOnly, func(*elfscan.Section) bool { return true }} {
			p, err := Attribute(b, Options{Section: section, Functions: true})
			if err != nil {
				return
			}
			checkSums(t, b, p)
		}
	})
}
