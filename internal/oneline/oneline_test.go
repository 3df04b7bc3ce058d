package oneline

import "testing"

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
