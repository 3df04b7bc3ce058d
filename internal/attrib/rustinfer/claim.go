package rustinfer

import "container/heap"

const (
	// foreign is what a mark of another crate counts against a stretch, where one
	// of its own counts 1.
	foreign = 0.2
	// idle is what each function between two marks counts against core, alloc and std:
	// their own code is full of marks.
	idle = 0.02
	// leastStandard is how many marks more than others core, alloc and std need for a
	// stretch: instances of their generics are everywhere.
	leastStandard = 6
	// attempts bounds how often a crate's best stretch is computed.
	attempts = 8
)

// stretch is the part of the functions that a crate's marks speak for most.
type stretch struct {
	score  float64
	lo, hi int // positions of its first and last mark
}

// candidate is a crate that looks for its stretch.
type candidate struct {
	crate int32
	marks []mark
	best  stretch
	tries int
}

// claim gives each crate but those in done the best stretch that is left, writing it to
// crates. The crate that has the best of all comes first; core, alloc and std come last.
func claim(crates []int32, marks []mark, done map[int32]bool) {
	var others, standards queue
	free := newTally(len(crates))
	for len(marks) > 0 {
		n := 1
		for n < len(marks) && marks[n].crate == marks[0].crate {
			n++
		}
		c := &candidate{crate: marks[0].crate, marks: marks[:n]}
		for _, m := range c.marks {
			if crates[m.pos] == Nobody {
				free.set(m.pos)
			}
		}
		switch {
		case done[c.crate]:
		case standard(c.crate):
			standards = append(standards, c)
		default:
			others = append(others, c)
		}
		marks = marks[n:]
	}
	rest := newUnclaimed(crates)
	claimAll(crates, others, free, rest, 0)
	claimAll(crates, standards, free, rest, leastStandard)
}

func claimAll(crates []int32, list queue, free *tally, rest unclaimed, least float64) {
	for _, c := range list {
		c.search(crates, free)
	}
	heap.Init(&list)
	for len(list) > 0 && list[0].best.score > 0 {
		c := list[0]
		// Others may have taken of it since.
		if score := c.best.score; c.tries < attempts {
			if c.search(crates, free); c.best.score < score {
				heap.Fix(&list, 0)
				continue
			}
		}
		heap.Pop(&list)
		if c.best.score < least {
			continue
		}
		for i := rest.next(c.best.lo); i <= c.best.hi; i = rest.next(i) {
			crates[i] = c.crate
			free.clear(i)
			rest.claim(i)
		}
	}
}

// search finds the best stretch (Kadane's algorithm): one that begins and ends at a mark.
func (c *candidate) search(crates []int32, free *tally) {
	c.tries++
	c.best = stretch{}
	score, lo, last := 0.0, 0, -1
	for _, m := range c.marks {
		if crates[m.pos] != Nobody {
			continue
		}
		if last >= 0 {
			score -= foreign * float64(free.between(last+1, m.pos))
			if standard(c.crate) {
				score -= idle * float64(m.pos-last-1)
			}
		}
		if score <= 0 {
			score, lo = 0, m.pos
		}
		score++
		last = m.pos
		if score > c.best.score {
			c.best = stretch{score, lo, m.pos}
		}
	}
}

// unclaimed passes over positions that some crate has, so that stretches inside
// of stretches are not walked again: each position leads to itself, or to a later
// one on the way to the next that no crate has.
type unclaimed []int32

func newUnclaimed(crates []int32) unclaimed {
	u := make(unclaimed, len(crates)+1)
	for i := range u {
		u[i] = int32(i)
		if i < len(crates) && crates[i] != Nobody {
			u.claim(i)
		}
	}
	return u
}

func (u unclaimed) claim(pos int) { u[pos] = int32(pos + 1) }

// next returns the first position from pos on that no crate has.
func (u unclaimed) next(pos int) int {
	for int(u[pos]) != pos {
		u[pos] = u[u[pos]]
		pos = int(u[pos])
	}
	return pos
}

// tally counts positions that are set (a Fenwick tree).
type tally struct {
	is   []bool
	sums []int32
}

func newTally(n int) *tally { return &tally{make([]bool, n), make([]int32, n+1)} }

func (t *tally) add(pos int, n int32) {
	for i := pos + 1; i < len(t.sums); i += i & -i {
		t.sums[i] += n
	}
}

func (t *tally) set(pos int) {
	if !t.is[pos] {
		t.is[pos] = true
		t.add(pos, 1)
	}
}

func (t *tally) clear(pos int) {
	if t.is[pos] {
		t.is[pos] = false
		t.add(pos, -1)
	}
}

func (t *tally) below(pos int) int32 {
	n := int32(0)
	for i := pos; i > 0; i -= i & -i {
		n += t.sums[i]
	}
	return n
}

// between counts from position lo up to hi, without hi.
func (t *tally) between(lo, hi int) int32 { return t.below(hi) - t.below(lo) }

// queue has the candidate with the best stretch at its top, the crate that is met
// first of equals.
type queue []*candidate

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].best.score > q[j].best.score || q[i].best.score == q[j].best.score && q[i].crate < q[j].crate
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(*candidate)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
