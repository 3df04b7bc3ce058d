package block

import "encoding/binary"

// bitWriter appends bits to bytes, from the lowest bit of each up. zstd reads
// most of its bit streams from the end, so what is read first is written last.
type bitWriter struct {
	out   []byte
	acc   uint64
	count uint // bits in acc
}

// add writes the low n bits of v, at most 32. The others must be zero.
func (w *bitWriter) add(v uint64, n uint) {
	w.acc |= v << w.count
	w.count += n
	if w.count >= 32 {
		w.out = binary.LittleEndian.AppendUint32(w.out, uint32(w.acc))
		w.acc >>= 32
		w.count -= 32
	}
}

// flush fills the last byte with zeros and returns all bytes.
func (w *bitWriter) flush() []byte {
	for w.count > 0 {
		w.out = append(w.out, byte(w.acc))
		w.acc >>= 8
		w.count -= min(w.count, 8)
	}
	return w.out
}

// end writes the bit that tells a reader from the end where to begin.
func (w *bitWriter) end() []byte {
	w.add(1, 1)
	return w.flush()
}
