package worktree

import "bytes"

// outputLimit is how many bytes are kept of what a program writes. The rest is
// read and dropped.
const outputLimit = 64 << 10

// head keeps the first outputLimit bytes written to it.
type head []byte

func (h *head) Write(p []byte) (int, error) {
	*h = append(*h, p[:min(len(p), outputLimit-len(*h))]...)
	return len(p), nil
}

// tail keeps the last outputLimit bytes written to it.
type tail struct {
	kept []byte // up to twice the limit, so that moving costs little for each byte
	cut  bool
}

func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	if len(p) > outputLimit {
		p, t.cut = p[len(p)-outputLimit:], true
	}
	if len(t.kept)+len(p) > 2*outputLimit {
		t.kept, t.cut = append(t.kept[:0], t.kept[len(t.kept)-outputLimit:]...), true
	}
	t.kept = append(t.kept, p...)
	return n, nil
}

// String is the last outputLimit bytes, or less: after a cut it begins with a
// whole line if there is one.
func (t *tail) String() string {
	b, cut := t.kept, t.cut
	if len(b) > outputLimit {
		b, cut = b[len(b)-outputLimit:], true
	}
	if cut {
		if i := bytes.IndexByte(b, '\n'); i >= 0 && i+1 < len(b) {
			b = b[i+1:]
		}
	}
	return string(b)
}
