package account

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/sizegate/sizegate/internal/attrib/sectionbytes"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// gaps are ranges of a section's code that nobody claims. They are looked at beside the
// sweep that finds them: to read all of the code for them takes as long as to find out
// who claims the rest.
type gaps struct {
	binary  *elfscan.Binary
	section *elfscan.Section
	part    *gapPart   // that is being filled
	parts   []*gapPart // that are full, in the order of their addresses
	work    chan *gapPart
	workers sync.WaitGroup
	failed  atomic.Bool // the file cannot be read: the other parts are left out
}

// gapPart is some gaps, and, when they have been looked at, what they hold.
type gapPart struct {
	list       []span.Range
	fill, rest uint64 // bytes
	err        error
}

// add adds a gap, behind those that there are.
func (g *gaps) add(r span.Range) {
	const most = 2 << 10
	if g.part == nil {
		g.part = new(gapPart)
	}
	g.part.list = append(g.part.list, r)
	if len(g.part.list) == most {
		g.hand()
	}
}

// hand hands the part that is being filled to those who look at gaps.
func (g *gaps) hand() {
	if g.work == nil {
		g.work = make(chan *gapPart)
		for range runtime.GOMAXPROCS(0) {
			g.workers.Go(func() {
				w := sectionbytes.New(g.binary, g.section)
				for p := range g.work {
					if !g.failed.Load() {
						g.look(p, w)
					}
				}
			})
		}
	}
	g.parts = append(g.parts, g.part)
	g.work <- g.part
	g.part = nil
}

// look counts what the gaps of a part hold, and forgets them.
func (g *gaps) look(p *gapPart, w *sectionbytes.Reader) {
	for _, r := range p.list {
		fill, err := w.Fill(g.binary.Arch, r.Lo, r.Hi)
		if err != nil {
			p.err = err
			g.failed.Store(true)
			break
		}
		p.fill += fill
		p.rest += r.Len() - fill
	}
	p.list = nil
}

// finish adds what the gaps hold to the tally. It is called once, when all are there.
func (g *gaps) finish(t *Tally) error {
	last := g.part
	switch {
	case g.work != nil:
		if last != nil {
			g.hand()
		}
		close(g.work)
		g.workers.Wait()
	case last != nil: // the only one, and as a rule a small one
		g.look(last, sectionbytes.New(g.binary, g.section))
		g.parts = append(g.parts, last)
	}
	for _, p := range g.parts {
		if p.err != nil {
			return elfscan.ReadError(p.err)
		}
		t.Padding += p.fill
		t.Unattributed += p.rest
	}
	return nil
}
