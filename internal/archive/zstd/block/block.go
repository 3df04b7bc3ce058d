// Package block writes the blocks of a zstd frame (RFC 8878): it splits what was
// searched into blocks, chooses the codes of literals and sequences, and writes both
// in the form that is smallest.
package block

import (
	"encoding/binary"
	"slices"
)

// Block types (RFC 8878, 3.1.1.2.2).
const (
	rawBlock = iota
	rleBlock
	compressedBlock
)

// tables are the codes that a block has sent, which a later one may use again.
type tables struct {
	literals huffmanCode
	codes    [3]fseTable
}

// part is some sequences of a block, their literals, and all the bytes that
// become of both.
type part struct {
	from, to int // in sequences
	literals []byte
	src      []byte
}

// Writer turns the sequences of blocks into bytes.
type Writer struct {
	known tables  // to the reader
	last  Repeats // likewise
	first bool    // no block of the frame was written yet
	out   []byte  // the blocks written

	// Of the block that is being written:
	sequences []Sequence
	values    []uint32   // the sequences' offset values
	codes     [3][]uint8 // their codes
	literals  []byte
	parts     []part

	plan    plan
	builder huffmanBuilder
}

// Reset makes w ready for the first block of a frame or, if first is false, for one
// behind blocks of which nothing is known.
func (w *Writer) Reset(first bool) {
	w.known = tables{}
	w.last, w.first = Repeats{}, first
	if first {
		w.last = Repeats{1, 4, 8}
	}
}

// Last is the repeated offsets in front of the next block.
func (w *Writer) Last() Repeats { return w.last }

// Write returns the block of src or, with split, the blocks that src is best split
// into. They are valid until the next call. The bytes behind the last sequence are
// literals. last says that it is the end of the frame.
func (w *Writer) Write(src []byte, sequences []Sequence, split, last bool) []byte {
	w.out = w.out[:0]
	w.sequences = sequences
	w.gather(src)
	all := part{0, len(sequences), w.literals, src}
	if w.parts = w.parts[:0]; split {
		w.encode(all)
		w.split(all)
	} else {
		w.parts = append(w.parts, all)
	}
	for i, p := range w.parts {
		w.writePart(p, last && i == len(w.parts)-1)
	}
	return w.out
}

// gather collects the literals of all sequences.
func (w *Writer) gather(src []byte) {
	w.literals = w.literals[:0]
	for _, s := range w.sequences {
		w.literals = append(w.literals, src[:s.Literals]...)
		src = src[s.Literals+s.Length:]
	}
	w.literals = append(w.literals, src...)
}

// encode fills in the values and codes of a part that comes next. It returns
// the repeated offsets behind it.
func (w *Writer) encode(p part) Repeats {
	n := len(w.sequences)
	w.values = slices.Grow(w.values[:0], n)[:n]
	for kind := range w.codes {
		w.codes[kind] = slices.Grow(w.codes[kind][:0], n)[:n]
	}
	last := w.last
	for i := p.from; i < p.to; i++ {
		s := &w.sequences[i]
		v := last.Value(s.Distance, s.Literals == 0)
		last.Use(v, s.Literals == 0)
		w.values[i] = v
		w.codes[LitLens][i] = LitLenCode(s.Literals)
		w.codes[Offsets][i] = OffsetCode(v)
		w.codes[MatchLens][i] = MatchLenCode(s.Length)
	}
	return last
}

// minGain is how many of n bytes must be saved for them to be compressed.
func minGain(n int) int { return n>>8 + 2 }

const (
	blockHeader = 3
	maxRLE      = 25 // a block of one byte is sent as such when it would be smaller than this
	minBlock    = 7  // a block smaller than this is not compressed
)

// writePart appends the part as a block in the form that is smallest. Only a
// compressed block changes what is known in the next. The first block is never
// sent as one byte: old decoders fail on that.
func (w *Writer) writePart(p part, last bool) {
	start := len(w.out)
	w.out = append(w.out, make([]byte, blockHeader)...)
	repeated := w.encode(p)
	w.choose(p)
	w.writeLiterals(p.literals)
	w.writeSequences(p)

	form, size := compressedBlock, len(w.out)-start-blockHeader
	field := size
	switch {
	case !w.first && size < maxRLE && slices.IndexFunc(p.src, func(c byte) bool { return c != p.src[0] }) < 0:
		form, field = rleBlock, len(p.src)
		w.out = append(w.out[:start+blockHeader], p.src[0])
	case len(p.src) < minBlock || size >= len(p.src)-minGain(len(p.src)):
		form, field = rawBlock, len(p.src)
		w.out = append(w.out[:start+blockHeader], p.src...)
	default:
		w.last, w.known = repeated, w.plan.next
	}
	header := form<<1 | field<<3
	if last {
		header |= 1
	}
	w.out[start], w.out[start+1], w.out[start+2] = byte(header), byte(header>>8), byte(header>>16)
	w.first = false
}

// writeLiterals appends the literals in the form that was chosen (RFC 8878, 3.1.1.3.1).
func (w *Writer) writeLiterals(literals []byte) {
	pl := &w.plan
	n := uint64(len(literals))
	if pl.literals == asTheyAre || pl.literals == allTheSame {
		switch {
		case n < 32:
			w.out = append(w.out, byte(uint64(pl.literals)|n<<3))
		case n < 4096:
			w.out = binary.LittleEndian.AppendUint16(w.out, uint16(uint64(pl.literals)|1<<2|n<<4))
		default:
			h := uint64(pl.literals) | 3<<2 | n<<4
			w.out = append(w.out, byte(h), byte(h>>8), byte(h>>16))
		}
		if pl.literals == allTheSame {
			w.out = append(w.out, literals[0])
		} else {
			w.out = append(w.out, literals...)
		}
		return
	}
	start := len(w.out)
	header, shift, format := 3, 10, uint64(1)
	switch {
	case n >= 16<<10:
		header, shift, format = 5, 18, 3
	case n >= 1<<10:
		header, shift, format = 4, 14, 2
	case n < minFourStreams:
		format = 0
	}
	w.out = append(w.out, make([]byte, header)...)
	w.out = append(w.out, pl.literalsDesc...)
	if n < minFourStreams {
		w.writeStream(literals, &pl.next.literals)
	} else {
		jump := len(w.out)
		w.out = append(w.out, make([]byte, 6)...)
		quarter := (len(literals) + 3) / 4
		for i := range 4 {
			from := len(w.out)
			w.writeStream(literals[i*quarter:min((i+1)*quarter, len(literals))], &pl.next.literals)
			if i < 3 {
				binary.LittleEndian.PutUint16(w.out[jump+2*i:], uint16(len(w.out)-from))
			}
		}
	}
	size := uint64(len(w.out) - start - header)
	h := uint64(pl.literals) | format<<2 | n<<4 | size<<(4+shift)
	for i := range header {
		w.out[start+i] = byte(h >> (8 * i))
	}
}

// writeStream writes literals from the last to the first.
func (w *Writer) writeStream(literals []byte, code *huffmanCode) {
	b := bitWriter{out: w.out}
	for _, c := range slices.Backward(literals) {
		b.add(uint64(code.words[c]), uint(code.lens[c]))
	}
	w.out = b.end()
}

// writeSequences appends the sequences in the codes that were chosen (RFC 8878,
// 3.1.1.3.2): the last one first, and of each the codes before their extra bits.
func (w *Writer) writeSequences(p part) {
	pl := &w.plan
	n := p.to - p.from
	switch {
	case n < 128:
		w.out = append(w.out, byte(n))
	case n < 0x7F00:
		w.out = append(w.out, byte(n>>8+128), byte(n))
	default:
		w.out = append(w.out, 255, byte(n-0x7F00), byte((n-0x7F00)>>8))
	}
	if n == 0 {
		return
	}
	w.out = append(w.out, byte(pl.codes[LitLens]<<6|pl.codes[Offsets]<<4|pl.codes[MatchLens]<<2))
	w.out = append(w.out, pl.codesDesc...)

	b := bitWriter{out: w.out}
	var states [3]fseState
	for i := p.to - 1; i >= p.from; i-- {
		for _, kind := range [3]int{Offsets, MatchLens, LitLens} {
			code := w.codes[kind][i]
			if i == p.to-1 {
				states[kind] = pl.use[kind].first(code)
			} else {
				states[kind] = pl.use[kind].write(&b, states[kind], code)
			}
		}
		s, ll, ml, of := &w.sequences[i], w.codes[LitLens][i], w.codes[MatchLens][i], w.codes[Offsets][i]
		b.add(uint64(s.Literals)&(1<<LitLenBits[ll]-1), uint(LitLenBits[ll]))
		b.add(uint64(s.Length-MinMatch)&(1<<MatchLenBits[ml]-1), uint(MatchLenBits[ml]))
		b.add(uint64(w.values[i])&(1<<of-1), uint(of))
	}
	for _, kind := range [3]int{MatchLens, Offsets, LitLens} {
		pl.use[kind].finish(&b, states[kind])
	}
	w.out = b.end()
}
