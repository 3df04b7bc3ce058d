package bundle

import (
	"strings"
	"testing"
)

// TestTotals: what all entries have together is held to the limits, too. Archives with so
// much would take minutes to make.
func TestTotals(t *testing.T) {
	if got := allowed(1 << 50); got != 16<<30 {
		t.Errorf("a large archive may unpack to %d bytes", got)
	}
	if got := allowed(1); got != 1<<30 {
		t.Errorf("a small archive may unpack to %d bytes", got)
	}
	for _, tt := range []struct {
		name  string
		b     *builder
		entry Entry
		want  string
	}{
		{"names", &builder{limit: 1, names: 256<<20 - 1}, Entry{}, "names of more than 256 MiB in all"},
		{"targets", &builder{limit: 1, names: 256<<20 - 2}, Entry{Type: Symlink, Target: "ab"}, "names of more than 256 MiB in all"},
		{"contents", &builder{limit: 16 << 30, unpacked: 16<<30 - 1}, Entry{Type: File, Size: 2}, "unpacks to more than 16384 MiB"},
	} {
		if err := tt.b.add("ab", tt.entry); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	last := builder{limit: 2, names: 256<<20 - 2}
	if err := last.add("ab", Entry{Type: File, Size: 2}); err != nil {
		t.Errorf("what is just within the limits: %v", err)
	}
}
