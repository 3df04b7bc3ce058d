package block

// How literals or the codes of sequences are sent (RFC 8878, 3.1.1.3.1.1 and
// 3.1.1.3.2.1).
const (
	asTheyAre  = iota // literals: not compressed; codes: in the code known to all
	allTheSame        // one symbol
	inNewCode
	inOldCode // of a block before
)

// mostStates is the log of the largest table for each kind of code.
var mostStates = [3]uint{LitLens: 9, Offsets: 8, MatchLens: 9}

// plan is how a part is sent.
type plan struct {
	literals     int // asTheyAre …
	literalsDesc []byte
	literalsBits uint64

	codes     [3]int // asTheyAre …
	use       [3]*fseTable
	codesDesc []byte
	codesBits uint64 // about, in units of 1/65536

	next tables // what is known behind the part
}

// choose makes the plan with the forms that are smallest. The part's codes must
// be filled in.
func (w *Writer) choose(p part) {
	pl := &w.plan
	pl.next = w.known
	pl.literalsDesc, pl.codesDesc, pl.codesBits = pl.literalsDesc[:0], pl.codesDesc[:0], 0
	w.chooseLiterals(p.literals)
	if p.from < p.to {
		for kind, codes := range w.codes {
			w.chooseCodes(kind, codes[p.from:p.to])
		}
	}
}

const (
	minLiterals    = 8   // fewer are not compressed
	minFourStreams = 256 // so many are compressed in four streams instead of one
)

func (w *Writer) chooseLiterals(literals []byte) {
	pl := &w.plan
	pl.literals = asTheyAre
	if len(literals) < minLiterals {
		return
	}
	var counts [256]uint32
	for _, c := range literals {
		counts[c]++
	}
	most := uint32(0)
	for _, n := range counts {
		most = max(most, n)
	}
	if int(most) == len(literals) {
		pl.literals = allTheSame
		return
	}
	if int(most) <= len(literals)>>7+4 { // nearly as frequent as if all were
		return
	}
	size := len(literals) - minGain(len(literals)) - streamsOverhead(len(literals)) // to be less than
	if w.builder.build(&counts) {
		n, _ := w.builder.best.bits(&counts)
		if s := len(w.builder.desc) + int(n/8); s < size && len(w.builder.desc)+12 < len(literals) {
			pl.literals, pl.literalsBits, size = inNewCode, n, s
		}
	}
	// An old code wins a tie.
	if n, ok := w.known.literals.bits(&counts); ok && (int(n/8) < size || int(n/8) == size && pl.literals == inNewCode) {
		pl.literals, pl.literalsBits = inOldCode, n
	}
	if pl.literals == inNewCode {
		pl.next.literals = w.builder.best
		pl.literalsDesc = append(pl.literalsDesc, w.builder.desc...)
	}
}

// streamsOverhead is about how many bytes so many literals take besides their
// words and the description of these.
func streamsOverhead(n int) int {
	if n < minFourStreams {
		return 1
	}
	return 6 + 4 - 1 // the sizes of three streams, and the last byte of each
}

func (w *Writer) chooseCodes(kind int, codes []uint8) {
	pl := &w.plan
	var all [maxFSECode + 1]uint32
	for _, c := range codes {
		all[c]++
	}
	top, most := 0, 0
	for c, n := range all {
		if n != 0 {
			top, most = c, max(most, int(n))
			pl.codesBits += uint64(n) * uint64(extraBits(kind, c)) << 16
		}
	}
	counts := all[:top+1]

	// An RLE code and the one known to all are not worth using again, so that
	// they leave none behind.
	byDefault, hasDefault := defaultTables[kind].bits(counts)
	table := &pl.next.codes[kind]
	if most == len(codes) && (len(codes) > 2 || !hasDefault) {
		pl.codes[kind], pl.use[kind] = allTheSame, &onlyTable
		pl.codesDesc = append(pl.codesDesc, byte(top))
		*table = fseTable{}
		return
	}
	if most == len(codes) {
		pl.codes[kind], pl.use[kind] = asTheyAre, defaultTables[kind]
		pl.codesBits += byDefault
		*table = fseTable{}
		return
	}

	// The last code takes no bits: the state that is written behind all says it.
	log := tableLog(mostStates[kind], len(codes), top)
	if final := codes[len(codes)-1]; counts[final] > 1 {
		counts[final]--
	}
	table.setCounts(log, counts)
	described := len(pl.codesDesc)
	pl.codesDesc = table.describe(pl.codesDesc)
	bits, _ := table.bits(counts)
	least := bits + uint64(len(pl.codesDesc)-described)<<19
	pl.codes[kind], pl.use[kind] = inNewCode, table

	if n, ok := w.known.codes[kind].bits(counts); ok && n <= least {
		least, bits = n, n
		pl.codes[kind], pl.use[kind] = inOldCode, table
	}
	if hasDefault && byDefault <= least {
		bits = byDefault
		pl.codes[kind], pl.use[kind] = asTheyAre, defaultTables[kind]
	}
	pl.codesBits += bits
	if pl.codes[kind] != inNewCode {
		pl.codesDesc = pl.codesDesc[:described]
	}
	switch pl.codes[kind] {
	case inOldCode:
		*table = w.known.codes[kind]
	case asTheyAre:
		*table = fseTable{}
	}
}

func extraBits(kind, code int) uint8 {
	switch kind {
	case LitLens:
		return LitLenBits[code]
	case MatchLens:
		return MatchLenBits[code]
	}
	return uint8(code)
}

// size is about how many bytes the part takes as planned.
func (pl *plan) size(p part) int {
	size := len(p.literals)
	switch pl.literals {
	case allTheSame:
		size = 1
	case inNewCode, inOldCode:
		size = len(pl.literalsDesc) + int(pl.literalsBits/8) + streamsOverhead(len(p.literals))
	}
	return blockHeader + 3 + size + 3 + len(pl.codesDesc) + int(pl.codesBits>>19)
}
