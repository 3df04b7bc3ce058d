package account

import (
	"github.com/sizegate/sizegate/internal/attrib/parallel"
	"github.com/sizegate/sizegate/internal/attrib/window"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/span"
)

// gaps are ranges of a section's code that nobody claims. They are looked at many at
// a time, in parts side by side: to read all of the code for them takes as long as to
// find out who claims the rest.
type gaps struct {
	binary  *elfscan.Binary
	section *elfscan.Section
	tally   *Tally
	list    []span.Range
}

// add adds a gap, behind those that there are.
func (g *gaps) add(r span.Range) error {
	const most = 32 << 10
	g.list = append(g.list, r)
	if len(g.list) < most {
		return nil
	}
	return g.look()
}

// look adds what gaps hold to the tally, and forgets them.
func (g *gaps) look() error {
	const size = 2 << 10 // gaps of a part
	type part struct {
		fill, rest uint64
		err        error
	}
	parts := make([]part, (len(g.list)+size-1)/size)
	parallel.Each(len(parts), func() func(int) {
		w := window.New(g.binary, g.section)
		return func(i int) {
			p := &parts[i]
			for _, r := range g.list[i*size : min(len(g.list), (i+1)*size)] {
				var fill uint64
				if fill, p.err = w.Fill(g.binary.Arch, r.Lo, r.Hi); p.err != nil {
					return
				}
				p.fill += fill
				p.rest += r.Len() - fill
			}
		}
	})
	for _, p := range parts {
		if p.err != nil {
			return &elfscan.Error{Problem: "cannot be read: " + p.err.Error(), Hint: "check the disk, or copy it again", Err: p.err}
		}
		g.tally.Padding += p.fill
		g.tally.Unattributed += p.rest
	}
	g.list = g.list[:0]
	return nil
}
