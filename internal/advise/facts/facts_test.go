package facts

import "testing"

// TestRELRWords counts by hand: an address is a word, and so are each 63 places
// of 8 bytes behind it, as long as one is in use.
func TestRELRWords(t *testing.T) {
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
		if got := RELRWords(c.places); got != c.want {
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
