package gosym

// Source is the bytes of a table, and of what follows it. Its parts are read one by
// one: of the 21 MB of a large program's table 6 need to be in memory at a time.
type Source interface {
	// Size is the number of bytes.
	Size() uint64
	// Part returns the bytes lo <= offset < hi, which are inside, to keep. It uses the
	// room of buf, which was a part, if there is enough.
	Part(buf []byte, lo, hi uint64) ([]byte, error)
	// Window returns the n bytes from offset lo on, fewer if the source ends
	// there. They are valid until the next call.
	Window(lo uint64, n int) ([]byte, error)
	// Another returns a source of the same bytes for another goroutine.
	Another() Source
}

// whole is a source that is in memory.
type whole []byte

func (w whole) Size() uint64                                 { return uint64(len(w)) }
func (w whole) Another() Source                              { return w }
func (w whole) Part(_ []byte, lo, hi uint64) ([]byte, error) { return w[lo:hi], nil }

func (w whole) Window(lo uint64, n int) ([]byte, error) {
	rest := w[min(lo, uint64(len(w))):]
	return rest[:min(n, len(rest))], nil
}
