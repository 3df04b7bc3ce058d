package oneline

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		limit    int
	}{
		{"", "", 5},
		{"plain", "plain", 5},
		{"longer", "long…", 5},
		{"äöüßéè", "äöüß…", 5},
		{" a\r\n\tb  c ", "a b c", 9},
		{"\x1b[31mred\x00\xff", "[31mred", 9},
		{"a\u202eb", "a b", 9},
	} {
		if got := Quote(tt.in, tt.limit); got != tt.want {
			t.Errorf("Quote(%q, %d) = %q, want %q", tt.in, tt.limit, got, tt.want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"net/http.(*Server).Serve", "net/http.(*Server).Serve"},
		{"漢字 é e\u0301", "漢字 é e\u0301"},
		{"<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"},
		{"a\nb\x00\x1b[31m\x7f", `a\x0ab\x00\x1b[31m\x7f`},
		{"\u202eabc\u2066\u200b\u2028", `\u{202e}abc\u{2066}\u{200b}\u{2028}`},
		{"\xff\xc3", `\xff\xc3`},
		{"\ufffd", "\ufffd"},
		{"__proto__", "__proto__"},
		{"::error::x ##[y]", "::error::x ##[y]"},
	} {
		if got := Printable(test.in); got != test.want {
			t.Errorf("Printable(%q) = %s, want %s", test.in, got, test.want)
		}
	}
}

func TestCause(t *testing.T) {
	const name = "a\x1bb"
	for _, tt := range []struct {
		err  error
		want string
	}{
		{errors.New("no\nroom"), "no room"},
		{&fs.PathError{Op: "open", Path: name, Err: fs.ErrExist}, "file already exists"},
		{fmt.Errorf("while: %w", &fs.PathError{Op: "read", Path: name, Err: fs.ErrClosed}), "file already closed"},
	} {
		if got := Cause(tt.err); got != tt.want {
			t.Errorf("Cause(%q) = %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestName(t *testing.T) {
	long := strings.Repeat("x", 120)
	for in, want := range map[string]string{"a b": `"a b"`, "a\n\x00": `"a\n\x00"`, long: `"` + long + `"`, long + "y": `"` + long + `…"`} {
		if got := Name(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
