package block

const minSplit = 300 // sequences that a part must have to be split

// split adds to parts what a part is best split into by halving it, and its
// halves, again and again. It returns about how many bytes they take. What a part
// takes is reckoned as if it came first.
func (w *Writer) split(p part) int {
	w.choose(p)
	size := w.plan.size(p)
	if p.to-p.from >= minSplit {
		n := len(w.parts)
		a, b := w.halves(p)
		if halves := w.split(a) + w.split(b); halves < size {
			return halves
		}
		w.parts = w.parts[:n]
	}
	w.parts = append(w.parts, p)
	return size
}

func (w *Writer) halves(p part) (a, b part) {
	middle := (p.from + p.to) / 2
	var literals, all uint32
	for _, s := range w.sequences[p.from:middle] {
		literals += s.Literals
		all += s.Literals + s.Length
	}
	return part{p.from, middle, p.literals[:literals], p.src[:all]},
		part{middle, p.to, p.literals[literals:], p.src[all:]}
}
