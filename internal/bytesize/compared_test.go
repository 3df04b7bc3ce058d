package bytesize

import "testing"

func TestPercent(t *testing.T) {
	const huge = 1 << 63
	for _, test := range []struct {
		part, whole uint64
		want        string
	}{
		{0, 0, "-"},
		{5, 0, "-"},
		{0, 10, "0.0%"},
		{10, 10, "100.0%"},
		{1, 3, "33.3%"},
		{2, 3, "66.7%"},
		{1, 1000, "0.1%"},
		{1, 2001, "<0.1%"},
		{1, huge, "<0.1%"},
		{huge - 1, huge, "99.9%"},
		{9_999, 10_000, "99.9%"},
		{999, 1000, "99.9%"},
		{huge, huge, "100.0%"},
	} {
		if got := Percent(test.part, test.whole); got != test.want {
			t.Errorf("Percent(%d, %d) = %s, want %s", test.part, test.whole, got, test.want)
		}
	}
}
