package gotype

import (
	"bytes"
	"testing"
)

// Values are the same whether they are inside a block, cut by its end, or longer
// than one.
func TestMemory(t *testing.T) {
	data := make([]byte, 2*blockSize+100)
	for i := range data {
		data[i] = byte(i ^ i>>8 ^ i>>16)
	}
	reads := 0
	m := newMemory(uint64(len(data)), func(_ []byte, lo, hi uint64) []byte {
		reads++
		return data[lo:hi]
	})
	for _, tt := range []struct{ at, n uint32 }{
		{0, 8}, {blockSize - 1, 8}, {blockSize, 1}, {blockSize - 8, overlap + 8}, {blockSize - 8, overlap + 9}, {1, 2 * blockSize},
		{2*blockSize + 92, 8}, {2*blockSize + 100, 0}, {0, 2*blockSize + 100},
	} {
		if got, want := m.bytes(tt.at, tt.n), data[tt.at:tt.at+tt.n]; !bytes.Equal(got, want) {
			t.Errorf("%d bytes at %d are not what is there", tt.n, tt.at)
		}
	}
	before := reads
	m.bytes(0, 8)
	m.bytes(blockSize+5, 8)
	if reads != before {
		t.Errorf("blocks were read again")
	}
	bad := newMemory(10, func(_ []byte, lo, hi uint64) []byte { return nil })
	if got := bad.bytes(2, 4); !bytes.Equal(got, make([]byte, 4)) {
		t.Errorf("what cannot be read is %v", got)
	}
}
