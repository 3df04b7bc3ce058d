package upx

import "testing"

func TestParseLevel(t *testing.T) {
	for _, s := range []string{"default", "fast", "best", "lzma", "brute"} {
		if got, err := ParseLevel(s); err != nil || string(got) != s {
			t.Errorf("ParseLevel(%q): %q, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "Fast", "-1", "ultra-brute", "fast,lzma", "fast\n"} {
		got, err := ParseLevel(s)
		if err == nil || got != "" {
			t.Errorf("ParseLevel(%q): %q, %v", s, got, err)
		}
	}
	_, err := ParseLevel("9\x1b")
	if want := `unknown UPX level "9\x1b" (use one of default, fast, best, lzma, brute)`; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}
