package unpack

import (
	"bytes"
	"strings"
	"sync/atomic"
	"testing"
)

// TestTotal: what all layers unpack to is held to the limit, too. An image with so much
// would take minutes to make.
func TestTotal(t *testing.T) {
	if got := allowed(1 << 60); got != 64<<30 {
		t.Errorf("a large layer may unpack to %d bytes", got)
	}
	if got := allowed(1); got != 1<<30 {
		t.Errorf("a small layer may unpack to %d bytes", got)
	}
	for _, tt := range []struct {
		before int64
		want   string
	}{
		{64<<30 - 2, "EOF"},
		{64<<30 - 1, "the image unpacks to more than 65536 MiB"},
	} {
		s := &stream{full: make(chan chunk, 1), empty: make(chan []byte, 1), quit: make(chan struct{}), done: make(chan struct{})}
		s.empty <- make([]byte, 10)
		var used atomic.Int64
		used.Store(tt.before)
		s.run(t.Context(), bytes.NewReader([]byte("ab")), &used, 2)
		if c := <-s.full; c.err == nil || !strings.Contains(c.err.Error(), tt.want) {
			t.Errorf("after %d bytes: %v", tt.before, c.err)
		}
	}
}
