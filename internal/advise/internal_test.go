package advise

import (
	"slices"
	"strings"
	"testing"
)

// TestRelrWords counts by hand: an address is a word, and so are each 63 places
// of 8 bytes behind it, as long as one is in use.
func TestRelrWords(t *testing.T) {
	row := func(start uint64, n int) (places []uint64) {
		for i := range n {
			places = append(places, start+8*uint64(i))
		}
		return places
	}
	for _, c := range []struct {
		name   string
		places []uint64
		want   uint64
	}{
		{"none", nil, 0},
		{"one", row(0x1000, 1), 1},
		{"two", row(0x1000, 2), 2},
		{"a full bitmap", row(0x1000, 64), 2},
		{"one more", row(0x1000, 65), 3},
		{"1000 in a row: an address and 999 places", row(0x1000, 1000), 1 + 16},
		{"last place of the bitmap", []uint64{0x1000, 0x1000 + 63*8}, 2},
		{"behind the bitmap", []uint64{0x1000, 0x1000 + 64*8}, 2},
		{"unaligned to the first", []uint64{0x1000, 0x100c, 0x1014}, 3},
		{"every second", []uint64{0x1000, 0x1010, 0x1020, 0x1030}, 2},
		{"at the end of memory", []uint64{0xfffffffffffffff0, 0xfffffffffffffff8, 0xfffffffffffffffa}, 3},
	} {
		if got := relrWords(c.places); got != c.want {
			t.Errorf("%s: %d words, not %d", c.name, got, c.want)
		}
	}
}

func TestNewerVersion(t *testing.T) {
	for _, c := range []struct {
		v, than string
		want    bool
	}{
		{"2.34", "", true}, {"2.34", "2.4", true}, {"2.4", "2.34", false}, {"2.2.5", "2.2", true}, {"2.2", "2.2.5", false},
		{"2.2.5", "2.2.5", false}, {"PRIVATE", "", false}, {"", "2.2", false}, {"3", "2.99", true},
	} {
		if got := newerVersion(c.v, c.than); got != c.want {
			t.Errorf("%q newer than %q: %v", c.v, c.than, got)
		}
	}
}

func TestPasteable(t *testing.T) {
	for name, want := range map[string]bool{
		"github.com/a/b.v2": true, "serde_json": true, "1.0.0+build": true, "": false, "-rf": false,
		"a;reboot": false, "a b": false, "$(x)": false, "a\n": false, "`x`": false, "é": false, strings.Repeat("a", 1000): false,
	} {
		if got := pasteable(name); got != want {
			t.Errorf("%.20q: %v", name, got)
		}
	}
}

func TestMajorSuffix(t *testing.T) {
	for path, want := range map[string]string{
		"github.com/a/b": "github.com/a/b", "github.com/a/b/v2": "github.com/a/b", "gopkg.in/yaml.v3": "gopkg.in/yaml", "example.com/v2ray": "example.com/v2ray",
	} {
		if got := majorSuffix().ReplaceAllString(path, ""); got != want {
			t.Errorf("%s: %s, not %s", path, got, want)
		}
	}
}

// Flags as GCC writes them into DW_AT_producer.
func TestUnoptimized(t *testing.T) {
	for producer, want := range map[string]bool{
		"GNU C17 12.2.0 -mtune=generic -march=x86-64 -g":           true,
		"GNU C17 12.2.0 -mtune=generic -march=x86-64 -g -O0":       true,
		"GNU C17 12.2.0 -mtune=generic -march=x86-64 -g -O2":       false,
		"GNU C++17 12.2.0 -g -O2 -O0":                              true,
		"GNU C11 13.1.0 -Os -ffunction-sections":                   false,
		"GNU AS 2.40":                                              false,
		"Debian clang version 14.0.6":                              false,
		"clang LLVM (rustc version 1.95.0 (59807616e 2026-04-14))": false,
		"": false,
	} {
		if got := unoptimized(producer); got != want {
			t.Errorf("%s: %v", producer, got)
		}
	}
}

func TestLargest(t *testing.T) {
	counts := map[string]uint64{"a": 1, "b": 3, "c": 3, "d\nx": 2, "e": 1, "f": 1, "g": 1}
	if got, want := largest(counts), "b (3), c (3), d x (2), a (1), e (1) and 2 more"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
	if !slices.Contains([]string{""}, largest(nil)) {
		t.Error("none is something")
	}
}
