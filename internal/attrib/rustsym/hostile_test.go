package rustsym

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// hostileNames are short recipes for much work: each is a million bytes or so,
// and a test that is not linear in it does not end.
func hostileNames() map[string]string {
	const n = 1_000_000
	nest := func(open, middle, shut string) string {
		return "_R" + strings.Repeat(open, n/(len(open)+len(shut))) + middle + strings.Repeat(shut, n/(len(open)+len(shut)))
	}
	argument := func(s string) string { return "_RINvC1a1f" + s + "E" }
	return map[string]string{
		"nested paths":                            nest("Nv", "C1a", "1b"),
		"paths without an end":                    "_R" + strings.Repeat("Nv", n/2),
		"nested arguments":                        nest("INvC1a1b", "h", "E"),
		"nested references":                       argument(strings.Repeat("R", n) + "h"),
		"nested tuples":                           argument(strings.Repeat("T", n/2) + strings.Repeat("E", n/2)),
		"nested arrays":                           argument(strings.Repeat("A", n/3) + "h" + strings.Repeat("j_", n/3)),
		"nested functions":                        argument(strings.Repeat("F", n/3) + "u" + strings.Repeat("Eu", n/3)),
		"nested consts":                           argument("K" + strings.Repeat("A", n/2) + strings.Repeat("E", n/2)),
		"nested patterns":                         argument("Wh" + strings.Repeat("O", n/2) + strings.Repeat("E", n/2)),
		"nested trait objects":                    argument(strings.Repeat("DIC1a", n/8) + strings.Repeat("EEL_", n/8)),
		"nested traits":                           "_R" + strings.Repeat("Yh", n/2) + "C1a",
		"impls in impls":                          "_R" + strings.Repeat("M", n/2) + "C1a" + strings.Repeat("h", n/2),
		"many disambiguators":                     "_RNvC1as" + strings.Repeat("z", n),
		"long length":                             "_RC" + strings.Repeat("9", n) + "a",
		"long identifier":                         "_RC999990" + strings.Repeat("a", 999_990),
		"long UTF-8 identifier":                   "_RC999990" + strings.Repeat("\u00f6", 499_995),
		"long punycode":                           "_RNvC1au999990" + strings.Repeat("a", 999_990),
		"long const":                              argument("Kj" + strings.Repeat("0", n) + "_"),
		"chain of back-references":                backrefChain(n),
		"trait behind a long type, over and over": "_RNvYINvC1a1b" + strings.Repeat("h", n/2) + "ENvB_1c1d" + "NvB_1e",
		"types that double":                       doubling(n),
		"legacy, one long element":                legacyName(strings.Repeat("a", n)),
		"legacy, many elements":                   legacyName(strings.Fields(strings.Repeat("a ", n/2))...),
		"legacy, nested impls":                    legacyName("_" + strings.Repeat("$LT$", n/4)),
		"legacy, closed impls":                    legacyName("_" + strings.Repeat("$LT$", n/8) + "a..b" + strings.Repeat("$GT$", n/8)),
		"legacy, nested as":                       legacyName("_" + strings.Repeat("$LT$", n/32) + "a..b" + strings.Repeat("$u20$as$u20$b..c$GT$", n/32)),
		"legacy, many as":                         legacyName("_$LT$" + strings.Repeat("$u20$as$u20$", n/12) + "$GT$"),
		"legacy, nested tuples":                   legacyName("_$LT$" + strings.Repeat("$LP$", n/4) + "u8" + strings.Repeat("$RP$", n/4) + "$u20$as$u20$a..B$GT$"),
		"legacy, long tuple":                      legacyName("_$LT$$LP$" + strings.Repeat("u8$C$", n/5) + "$RP$$u20$as$u20$a..B$GT$"),
		"legacy, dollars":                         legacyName("a", strings.Repeat("$", n)),
		"legacy, arguments":                       legacyName("a", "b"+strings.Repeat("$LT$", n/4)),
	}
}

// backrefChain is a tuple in whose back-references each points to the one
// before it.
func backrefChain(n int) string {
	var b strings.Builder
	b.WriteString("_RINvC1a1fTh")
	target := b.Len() - len("_Rh")
	for b.Len() < n {
		at := b.Len() - len("_R")
		b.WriteString("B" + base62(target))
		target = at
	}
	b.WriteString("EEB" + base62(len("INv")))
	return b.String()
}

// doubling is the impl of a type that is a tuple of two of a tuple of two and
// so on: 2^n types in a name of length n.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("_RXC1aT")
	target := b.Len() - len("_R")
	b.WriteString("ThhE")
	for range n / 20 {
		at := b.Len() - len("_R")
		b.WriteString("TB" + base62(target) + "B" + base62(target) + "E")
		target = at
	}
	b.WriteString("EC1b")
	return b.String()
}

// base62 encodes a base-62-number.
func base62(n int) string {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if n == 0 {
		return "_"
	}
	s := "_"
	for n--; ; n /= 62 {
		s = digits[n%62:n%62+1] + s
		if n < 62 {
			return s
		}
	}
}

func TestHostileNames(t *testing.T) {
	for what, name := range hostileNames() {
		t.Run(what, func(t *testing.T) { checkInvariants(t, name) })
	}
}

// Depth alone is no reason to refuse a name.
func TestDeepNames(t *testing.T) {
	names := hostileNames()
	for _, what := range []string{"nested paths", "nested references", "nested tuples", "nested consts", "chain of back-references", "types that double"} {
		if sym, ok := Parse(names[what]); !ok || sym.Defining.Name != "a" {
			t.Errorf("%s: %+v, %v", what, sym, ok)
		}
	}
}

func TestItemPathIsCut(t *testing.T) {
	names := hostileNames()
	for _, what := range []string{"nested paths", "long identifier", "long UTF-8 identifier", "types that double", "legacy, one long element"} {
		path, ok := ItemPath(names[what])
		if !ok || !strings.HasSuffix(path, "…") || !utf8.ValidString(path) {
			t.Errorf("%s: %.40q (%d bytes), %v", what, path, len(path), ok)
		}
	}
}

// checkInvariants checks what holds for every name.
func checkInvariants(t *testing.T, name string) {
	t.Helper()
	sym, ok := Parse(name)
	path, pathOK := ItemPath(name)
	if pathOK && !ok {
		t.Fatalf("ItemPath gives %.80q for a name that Parse refuses", path)
	}
	if pathOK && (path == "" || len(path) > maxItemPath) {
		t.Fatalf("ItemPath gives %d bytes", len(path))
	}
	if !ok {
		if sym != (Symbol{}) {
			t.Fatalf("refused, yet %+v", sym)
		}
		return
	}
	if sym.Defining.Name == "" || !strings.Contains(name, sym.Defining.Name) || !strings.Contains(name, sym.Instantiating.Name) {
		t.Fatalf("crates are not parts of the name: %+v", sym)
	}
	if sym.Scheme == V0 && !sym.Exact {
		t.Fatal("a v0 name is a guess")
	}
	if sym.Scheme == Legacy && (sym.Defining.ID != 0 || sym.Instantiating != Crate{}) {
		t.Fatalf("a legacy name says too much: %+v", sym)
	}
}
