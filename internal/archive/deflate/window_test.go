package deflate

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sizegate/sizegate/internal/archive/input"
	"github.com/sizegate/sizegate/internal/archive/synthetic"
)

// plainLongest follows the encoder's own chain candidate by candidate.
func plainLongest(w *window, head, best, nice int) (length, start int) {
	tries := maxChain
	if best >= goodLength {
		tries /= 4
	}
	start = w.matchStart
	for cur := head; ; {
		n := 0
		for n < maxMatch && w.buf[cur+n] == w.buf[w.pos+n] {
			n++
		}
		if n > best {
			best, start = n, cur
			if n >= nice {
				break
			}
		}
		tries--
		cur = int(w.chains[0].prev[cur&windowMask])
		if cur == 0 || w.pos-cur >= maxDist || tries == 0 {
			break
		}
	}
	return best, start
}

// The shortcuts find what the encoder's chain alone finds, at every position
// and for every length that a match must exceed.
func TestLongestEqualsPlainSearch(t *testing.T) {
	inputs := map[string][]byte{
		"zeros":     synthetic.Data{Kind: "zeros", Size: 40_000}.Bytes(),
		"random":    synthetic.Data{Kind: "random", Size: 40_000}.Bytes(),
		"ternary":   synthetic.Data{Kind: "ternary", Size: 65_000}.Bytes(),
		"runs":      synthetic.Data{Kind: "runs", Size: 65_000}.Bytes(),
		"periodic":  synthetic.Data{Kind: "periodic", Size: 65_000}.Bytes(),
		"farthest":  slices.Repeat(synthetic.Data{Kind: "random", Size: maxDist}.Bytes(), 2),
		"beyond":    slices.Repeat(synthetic.Data{Kind: "random", Size: maxDist + 1}.Bytes(), 2),
		"collision": collisions(2 * maxChain),
	}
	for name, data := range inputs {
		w := &window{in: input.New(t.Context(), bytes.NewReader(data))}
		if err := w.read(); err != nil {
			t.Fatal(err)
		}
		w.hash = uint32(w.buf[0])<<hashShift ^ uint32(w.buf[1])
		for ; w.lookahead > minLookahead; w.pos, w.lookahead = w.pos+1, w.lookahead-1 {
			head := w.insert(w.pos)
			if head == 0 || w.pos-head > maxDist {
				continue
			}
			// Every position of the last part, where the chains are long, and some before.
			if w.lookahead > 700 && w.pos%61 != 0 {
				continue
			}
			for _, best := range []int{2, 3, 4, 5, 6, 31, 32, 100, 257} {
				wantLength, wantStart := plainLongest(w, head, best, niceLength)
				w.matchStart = -1
				length := w.longest(head, best, niceLength)
				if length != wantLength || length > best && w.matchStart != wantStart {
					t.Fatalf("%s at %d: longer than %d: %d at %d, want %d at %d", name, w.pos, best, length, w.matchStart, wantLength, wantStart)
				}
			}
		}
	}
}

// collisions is data that is hostile to the shortcuts: a text, n different keys
// of six bytes that share a hash with one in the text, and the text again.
func collisions(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, 1000)
	for i := range text {
		text[i] = byte(rng.Uint32())
	}
	key := append(append([]byte{}, text[500:506]...), 0, 0)
	hash := keyHash(binary.LittleEndian.Uint64(key), 6)
	data := append([]byte{}, text...)
	for len(data) < windowSize-4000 && n > 0 {
		if k := rng.Uint64(); keyHash(k, 6) == hash {
			data = append(data, binary.LittleEndian.AppendUint64(nil, k)[:6]...)
			n--
		}
	}
	return append(append(data, text...), make([]byte, minLookahead)...)
}

func TestMatchLen(t *testing.T) {
	a := make([]byte, maxMatch+8)
	for n := range a {
		b := bytes.Clone(a)
		b[n] = 1
		if got := matchLen(a, b); got != min(n, maxMatch) {
			t.Errorf("%d bytes equal: %d", n, got)
		}
	}
}
