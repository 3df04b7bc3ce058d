package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// count is of mutants.
type count struct {
	measured, refused, failed int
	slowest                   time.Duration
	peak                      uint64 // bytes
	slowestSeed, peakSeed     uint64
}

func (c *count) add(seed uint64, r result) {
	switch {
	case r.Problem != "":
		c.failed++
	case r.Measured:
		c.measured++
	default:
		c.refused++
	}
	if r.Took > c.slowest {
		c.slowest, c.slowestSeed = r.Took, seed
	}
	if r.Peak > c.peak {
		c.peak, c.peakSeed = r.Peak, seed
	}
}

func (c *count) sum() int { return c.measured + c.refused + c.failed }

// tally is what came of all mutants, by subject and by kind. A mutant that was
// damaged in several ways counts for each of them.
type tally struct {
	subjects, kinds []count
	total           count
}

func newTally(subjects int) tally {
	return tally{subjects: make([]count, subjects), kinds: make([]count, len(kinds))}
}

func (t *tally) add(j job, r result) {
	t.total.add(j.Seed, r)
	t.subjects[j.Subject].add(j.Seed, r)
	seen := make([]bool, len(kinds))
	for _, k := range r.Done {
		if !seen[k] {
			seen[k] = true
			t.kinds[k].add(j.Seed, r)
		}
	}
}

// print writes the table.
func (t *tally) print(out io.Writer, subjects []*subject) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name string, c *count) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%v\t%d\t%d MiB\t%d\n", name, c.sum(), c.measured, c.refused, c.failed,
			c.slowest.Round(time.Millisecond), c.slowestSeed, c.peak>>20, c.peakSeed)
	}
	const columns = "\tmutants\tmeasured\trefused\tfailed\tslowest\tits seed\tlargest\tits seed"
	fmt.Fprintln(w, "file"+columns)
	for i, s := range subjects {
		row(s.name, &t.subjects[i])
	}
	fmt.Fprintln(w, "kind"+columns)
	for i, k := range kinds {
		row(k.name, &t.kinds[i])
	}
	row("all", &t.total)
	return w.Flush()
}
