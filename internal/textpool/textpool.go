// Package textpool keeps many short texts in few large pieces of memory, without a
// pointer or an allocation for each: lists of millions of names.
package textpool

const (
	pieceBits = 15
	// Longest is how many bytes a text may have.
	Longest = 1 << pieceBits
)

// Pool keeps texts. The zero Pool has none. No text is split between two pieces.
type Pool struct{ pieces [][]byte }

// Ref is where a text begins. Texts that were added one after the other are one
// behind the other, but for the ends of pieces, which stay empty.
type Ref uint32

// Add keeps a text of up to Longest bytes. Of all texts together 2 GiB find room.
func (p *Pool) Add(text []byte) Ref {
	last := len(p.pieces) - 1
	if last < 0 || len(p.pieces[last])+len(text) > Longest {
		p.pieces = append(p.pieces, make([]byte, 0, Longest))
		last++
	}
	at := len(p.pieces[last])
	p.pieces[last] = append(p.pieces[last], text...)
	return Ref(last<<pieceBits | at)
}

// Text is the text of length bytes at a place. It is not to be changed.
func (p *Pool) Text(at Ref, length int) []byte {
	if length == 0 {
		return nil
	}
	return p.pieces[at>>pieceBits][at&(Longest-1):][:length]
}

// Reader reads the texts of a pool in the order in which they were added.
type Reader struct {
	pool  *Pool
	piece int
	at    int
}

// Reader begins with the first text.
func (p *Pool) Reader() *Reader { return &Reader{pool: p} }

// Next is the next text, whose length the caller knows.
func (r *Reader) Next(length int) []byte {
	if length == 0 {
		return nil
	}
	if r.at == len(r.pool.pieces[r.piece]) {
		r.piece, r.at = r.piece+1, 0
	}
	text := r.pool.pieces[r.piece][r.at:][:length]
	r.at += length
	return text
}
