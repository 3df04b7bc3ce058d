package deflate

import "math/bits"

const (
	endOfBlock  = 256
	litLenCodes = 286
	distCodes   = 30
	clenCodes   = 19 // the code of the code lengths

	// A block ends when so many symbols, or matches, are in it.
	maxSymbols = 1<<15 - 1
	maxMatches = 1 << 15

	// Every so many symbols the encoder asks whether to end a block early.
	checkEvery = 1 << 12
)

// Extra bits of the length codes 257…285, of the distance codes, and of the
// codes 16, 17 and 18 of the code lengths (RFC 1951, 3.2.5 and 3.2.7).
var (
	lengthExtra = [litLenCodes - endOfBlock - 1]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distExtra   = [distCodes]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
	clenExtra   = [clenCodes]uint8{16: 2, 17: 3, 18: 7}

	// The order in which the lengths of the code length code are sent.
	clenOrder = [clenCodes]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
)

// block counts the symbols of one deflate block and sums the bits of all of
// them so far.
type block struct {
	litLen  [litLenCodes]uint32
	dist    [distCodes]uint32
	symbols int // literals and matches
	matches int

	bits uint64 // of the blocks that have ended
}

func (b *block) init() {
	clear(b.litLen[:])
	clear(b.dist[:])
	b.litLen[endOfBlock] = 1
	b.symbols, b.matches = 0, 0
}

// countLiteral enters a literal. in is how much input is in the block; the
// result says that the block must end.
func (b *block) countLiteral(c byte, in int) bool {
	b.litLen[c]++
	return b.counted(in)
}

// countMatch is countLiteral for a match.
func (b *block) countMatch(dist, length, in int) bool {
	b.litLen[lengthCode(length)]++
	b.dist[distCode(dist)]++
	b.matches++
	return b.counted(in)
}

func (b *block) counted(in int) bool {
	b.symbols++
	if b.symbols%checkEvery == 0 && b.matches < b.symbols/2 {
		// An upper bound of the block's size. When even that is less than half
		// of the input, the statistics are worth fixing before they change.
		out := b.symbols * 8
		for code, n := range b.dist {
			out += int(n) * (5 + int(distExtra[code]))
		}
		if out>>3 < in/2 {
			return true
		}
	}
	return b.symbols == maxSymbols || b.matches == maxMatches
}

// lengthCode returns the code of a match length of 3…258 bytes.
func lengthCode(length int) int {
	const first = endOfBlock + 1
	n := length - minMatch
	switch {
	case n < 8:
		return first + n
	case length == maxMatch:
		return litLenCodes - 1 // has a code without extra bits to itself
	}
	extra := bits.Len(uint(n)) - 3
	return first + extra<<2 + n>>extra
}

// distCode returns the code of a distance of 1…32768 bytes.
func distCode(dist int) int {
	n := dist - 1
	if n < 4 {
		return n
	}
	extra := bits.Len(uint(n)) - 2
	return extra<<1 + n>>extra
}

// end adds the bits of the block in the cheapest of its three forms and begins
// the next. in is how much input the block holds, kept that its bytes are still
// in the window, which the stored form needs.
func (b *block) end(in int, kept, last bool, d Dialect) {
	litLenTree := buildTree(b.litLen[:], lengthExtra[:], endOfBlock+1, 15)
	distTree := buildTree(b.dist[:], distExtra[:], 0, 15)
	dynamic := litLenTree.bits + distTree.bits + headerBits(litLenTree.lens, distTree.lens)
	fixed := b.fixedBits()

	// Compared in whole bytes, and with the fixed form preferred in a tie.
	dynamicBytes, fixedBytes := (3+dynamic+7)/8, (3+fixed+7)/8
	stored := uint64(in)
	switch best := min(dynamicBytes, fixedBytes); {
	case d == InfoZip && last && b.bits == 0 && stored <= best:
		b.bits = 8 * stored // the whole file: an entry of the method "stored"
	case kept && stored+4 <= best:
		b.bits = (b.bits+3+7)&^7 + 8*(stored+4)
	case fixedBytes == best:
		b.bits += 3 + fixed
	default:
		b.bits += 3 + dynamic
	}
	b.init()
}

// size is the bytes of all blocks.
func (b *block) size() uint64 { return (b.bits + 7) / 8 }

// fixedBits is the size of the block's symbols in the fixed codes (RFC 1951, 3.2.6).
func (b *block) fixedBits() uint64 {
	var sum uint64
	for code, n := range b.litLen {
		size := 8
		switch {
		case code > endOfBlock:
			size = 7 + int(lengthExtra[code-endOfBlock-1])
			if code >= 280 {
				size++
			}
		case code == endOfBlock:
			size = 7
		case code >= 144:
			size = 9
		}
		sum += uint64(n) * uint64(size)
	}
	for code, n := range b.dist {
		sum += uint64(n) * (5 + uint64(distExtra[code]))
	}
	return sum
}

// headerBits is the size of what describes the two codes of a dynamic block.
func headerBits(litLen, dist []uint8) uint64 {
	var freq [clenCodes]uint32
	countLengths(&freq, litLen)
	countLengths(&freq, dist)
	tree := buildTree(freq[:], clenExtra[:], 0, 7)
	sent := clenCodes
	for sent > 4 && tree.length(int(clenOrder[sent-1])) == 0 {
		sent--
	}
	return 5 + 5 + 4 + 3*uint64(sent) + tree.bits
}

// countLengths enters how the code lengths are sent: runs of 3…6 of the same
// after the first as code 16, runs of zeros as 17 (3…10) and 18 (11…138). The
// run never goes on from one code to the next, which the format would allow.
func countLengths(freq *[clenCodes]uint32, lens []uint8) {
	for i := 0; i < len(lens); {
		run := 1
		for i+run < len(lens) && lens[i+run] == lens[i] {
			run++
		}
		if lens[i] == 0 {
			countZeros(freq, run)
		} else {
			countRun(freq, lens[i], run)
		}
		i += run
	}
}

func countZeros(freq *[clenCodes]uint32, run int) {
	for run > 0 {
		n := min(run, 138)
		switch {
		case n < 3:
			freq[0] += uint32(n)
		case n <= 10:
			freq[17]++
		default:
			freq[18]++
		}
		run -= n
	}
}

func countRun(freq *[clenCodes]uint32, length uint8, run int) {
	// The first piece is up to 7 long: the length itself and 6 repeats of it.
	// What is left over is cut into pieces of 6.
	for first := true; run > 0; first = false {
		n := min(run, 6)
		if first {
			n = min(run, 7)
		}
		switch {
		case first && n >= 4:
			freq[length]++
			freq[16]++
		case !first && n >= 3:
			freq[16]++
		default:
			freq[length] += uint32(n)
		}
		run -= n
	}
}
