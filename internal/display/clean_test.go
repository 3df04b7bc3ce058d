package display

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"net/http.(*Server).Serve", "net/http.(*Server).Serve"},
		{"漢字 é … 🦀", "漢字 é … 🦀"},
		{"e\u0301", "e\u0301"},
		{"a\nb\tc\rd", `a\x0ab\x09c\x0dd`},
		{"\x1b[31m\x00\x7f", `\x1b[31m\x00\x7f`},
		{"\u009b2J", `\u{9b}2J`},
		{"a\u202eb\u2066\u200b\ufeff", `a\u{202e}b\u{2066}\u{200b}\u{feff}`},
		{"\u2028\u00a0\u00ad", `\u{2028}\u{a0}\u{ad}`},
		{"caf\xe9\xff", `caf\xe9\xff`},
		{"\ufffd", "\ufffd"},
		{"\U000e0041", `\u{e0041}`},
		{"core::fmt::write", "core::fmt::write"},
		{"::error::x", `\x3a:error::x`},
		{"   ::error::x", `   \x3a:error::x`},
		{"\n::error::x", `\x0a::error::x`},
		{":x", ":x"},
		{"##[error]x", `\x23#[error]x`},
		{"a##[b##[c", `a\x23#[b\x23#[c`},
		{"###[error]", `#\x23#[error]`},
		{"## [", "## ["},
	} {
		if got := Clean(test.in); got != test.want {
			t.Errorf("Clean(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestFit(t *testing.T) {
	for _, test := range []struct {
		in    string
		width int
		want  string
	}{
		{"", 0, ""},
		{"abc", 3, "abc"},
		{"abcdef", 5, "a…def"},
		{"abcdefghij", 7, "ab…ghij"},
		{"abc", 2, "ab"},
		{"abc", 0, ""},
		{"漢字漢字", 8, "漢字漢字"},
		{"漢字漢字", 7, "漢…漢字"},
		// Half a character is a space.
		{"漢字漢字", 5, "… 字"},
		// A mark stays with its letter, and takes no room.
		{"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"},
		{"e\u0301bcdefg\u0301", 4, "e\u0301…fg\u0301"},
	} {
		if got := Fit(test.in, test.width); got != test.want {
			t.Errorf("fit(%q, %d) = %q, want %q", test.in, test.width, got, test.want)
		}
	}
}

// TestFitNeverWider counts columns by itself: the names are made of characters
// whose width is known.
func TestFitNeverWider(t *testing.T) {
	width := map[rune]int{'a': 1, 'é': 1, '漢': 2, '🦀': 2, '\u0301': 0, '…': 1, ' ': 1}
	pieces := []string{"a", "é", "漢", "🦀", "a\u0301", "漢\u0301\u0301"}
	for seed := range 200 {
		var name strings.Builder
		for n := seed; n > 0; n /= len(pieces) {
			name.WriteString(strings.Repeat(pieces[n%len(pieces)], 1+n%5))
		}
		for limit := range 20 {
			got, columns := Fit(name.String(), limit), 0
			for _, r := range got {
				w, ok := width[r]
				if !ok {
					t.Fatalf("fit(%q, %d) = %q holds %q", &name, limit, got, r)
				}
				columns += w
			}
			if columns > limit || !utf8.ValidString(got) {
				t.Errorf("fit(%q, %d) = %q takes %d columns", &name, limit, got, columns)
			}
		}
	}
}

func TestDemangle(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"main", "main"},
		{"net/http.(*Server).Serve", "net/http.(*Server).Serve"},
		{"gopkg.in/yaml%2ev3.(*Decoder).Decode", "gopkg.in/yaml.v3.(*Decoder).Decode"},
		{`"100%2e5 of a text…"`, `"100%2e5 of a text…"`},
		{"embed: a%2eb.js", "embed: a%2eb.js"},
		{"_ZN3foo3barEv", "foo::bar()"},
		{"_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write"},
		{"_RNvCs1234_7mycrate3foo", "mycrate::foo"},
		{"_R", "_R"},
		{"_Z" + strings.Repeat("P", 5000) + "i", "_Z" + strings.Repeat("P", 5000) + "i"},
	} {
		if got := Demangle(test.in); got != test.want {
			t.Errorf("Demangle(%.40q) = %.40q, want %.40q", test.in, got, test.want)
		}
	}
	// Sixteen short back-references, each twice the length of what it names.
	bomb := "_RMC0" + strings.Repeat("T", 1000) + strings.Repeat("E", 1000)
	if got := Demangle(bomb); len(got) > 1<<maxDemangled+len(bomb) {
		t.Errorf("a name of %d bytes became one of %d", len(bomb), len(got))
	}
}

func TestClip(t *testing.T) {
	for _, test := range []struct {
		in    string
		width int
		want  string
	}{
		{"net/http", 8, "net/http"},
		{"a\nb", 24, `a\x0ab`},
		{"abcdefghij", 7, "ab…ghij"},
	} {
		if got := Clip(test.in, test.width); got != test.want {
			t.Errorf("Clip(%q, %d) = %q, want %q", test.in, test.width, got, test.want)
		}
	}
	// Marks take no column, but bytes are bounded too, and cut between characters.
	for n := range 4 {
		got := Clip(strings.Repeat("a", n)+strings.Repeat("\u0301", 1000), 8)
		if !utf8.ValidString(got) || len(got) > 8*16+len("…") || strings.Contains(got, `\x`) || !strings.HasSuffix(got, "…") {
			t.Errorf("%d: %q", n, got)
		}
	}
}
