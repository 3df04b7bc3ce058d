package rustinfer

import (
	"math"
	"slices"
)

// What is known before the program is looked at. These are shares.
const (
	stays = 0.85 // functions whose crate is that of the function before
	sure  = 0.9  // a crate this likely is reported
	// The crate of a function after a change: what is compiled here, core, alloc and std
	// together, and the others as often as their locations are seen.
	ownShare, standardShare = 0.4, 0.3
	// A panic location names the crate of its function: the only one of a function in
	// the crate that is compiled, the only one of another crate, one that several
	// functions hold, one of core, alloc or std.
	ownLocation, onlyLocation, sharedLocation, standardLocation = 0.95, 0.8, 0.6, 0.3
	// How much likelier a location is seen in its own crate than a crate is at all.
	rarity = 12
	// What all locations of a crate but the best count, of their logarithm.
	further = 0.2
	// How much likelier a destructor in a vtable is core's.
	destructor = 20
	// One function's worth of the shares above, for those that the first pass measures.
	measured = 1
	// The same for the shares of crates after a change.
	usual = 20
	// piece bounds the memory: functions that are looked at together.
	piece = 2048
	// mostCrates bounds the crates that are looked at in a piece, the most frequent first.
	mostCrates = 256
)

// likely is how likely a crate is.
type likely struct {
	crate int32
	share float32
}

// define finds the crate that wrote each function.
func (p *Program) define(order []int32, segments []segment, guesses []Guess) {
	trust := make([]float64, len(p.Locations))
	holders := make([]int32, len(p.Locations))
	for _, i := range order {
		for _, l := range p.Functions[i].Locations {
			holders[l]++
		}
	}
	for l, crate := range p.Locations {
		switch {
		case standard(crate):
			trust[l] = standardLocation
		case holders[l] == 1:
			trust[l] = onlyLocation
		default:
			trust[l] = sharedLocation
		}
	}
	found := make([][]likely, len(p.Functions))
	c := newChain(p)
	for pass := range 2 {
		for _, s := range segments {
			for lo := s.lo; lo < s.hi; lo += piece {
				functions := order[lo:min(lo+piece, s.hi)]
				c.begin(functions, s.crate)
				if pass > 0 {
					c.adapt(functions, found)
				}
				c.weigh(functions, func(l int32) float64 {
					if pass == 0 && holders[l] == 1 && p.Locations[l] == s.crate {
						return ownLocation
					}
					return trust[l]
				})
				c.run(functions, found)
			}
		}
		if pass > 0 {
			break
		}
		// How often was what a location says what was found?
		right := make([]float64, len(p.Locations))
		for _, i := range order {
			for _, l := range p.Functions[i].Locations {
				for _, x := range found[i] {
					if x.crate == p.Locations[l] {
						right[l] += float64(x.share)
					}
				}
			}
		}
		for l := range trust {
			trust[l] = (right[l] + measured*trust[l]) / (float64(holders[l]) + measured)
		}
	}
	for _, i := range order {
		for _, x := range found[i] {
			if x.share >= sure {
				guesses[i].Defining = x.crate
			}
		}
	}
}

// chain is the functions of one piece of a segment, with the crates that they may be
// of: a hidden Markov model. Rows of its tables are functions, columns crates.
type chain struct {
	p        *Program
	crates   []int32 // by column
	column   []int32 // of each crate, Nobody if it has none here
	seen     []float64
	prior    []float64 // how likely each crate is after a change
	evidence []float32 // what each function's own marks say for each crate, as a factor
	forward  []float32
	behind   []float64
	best     []float64 // of one function: the logarithm of what its best location says
	rest     []float64 // and what the others say
}

func newChain(p *Program) *chain {
	return &chain{p: p, column: slices.Repeat([]int32{Nobody}, p.Crates), seen: make([]float64, p.Crates)}
}

// begin collects the crates that functions of a segment of own may be of.
func (c *chain) begin(functions []int32, own int32) {
	for _, crate := range c.crates {
		c.column[crate] = Nobody
	}
	c.crates = append(c.crates[:0], Core, Alloc, Std)
	if own != Nobody && !standard(own) {
		c.crates = append(c.crates, own)
	}
	fixed := len(c.crates)
	for k, crate := range c.crates {
		c.column[crate] = int32(k)
		c.seen[crate] = 0
	}
	for _, i := range functions {
		for _, l := range c.p.Functions[i].Locations {
			crate := c.p.Locations[l]
			if c.column[crate] == Nobody {
				c.column[crate] = int32(len(c.crates))
				c.crates = append(c.crates, crate)
				c.seen[crate] = 0
			}
			c.seen[crate]++
		}
	}
	if len(c.crates) > mostCrates {
		slices.SortStableFunc(c.crates[fixed:], func(x, y int32) int { return int(c.seen[y] - c.seen[x]) })
		for _, crate := range c.crates[mostCrates:] {
			c.column[crate] = Nobody
		}
		c.crates = c.crates[:mostCrates]
		for k, crate := range c.crates {
			c.column[crate] = int32(k)
		}
	}
	c.prior = slices.Grow(c.prior[:0], len(c.crates))[:len(c.crates)]
	sum := 0.0
	for _, crate := range c.crates[fixed:] {
		sum += c.seen[crate] + 0.5
	}
	for k, crate := range c.crates {
		switch {
		case standard(crate):
			c.prior[k] = standardShare / firstOther
		case k < fixed:
			c.prior[k] = ownShare
		default:
			c.prior[k] = (1 - ownShare - standardShare) * (c.seen[crate] + 0.5) / sum
		}
	}
}

// adapt makes the crates as likely after a change as they were found to be.
func (c *chain) adapt(functions []int32, found [][]likely) {
	total := float64(usual)
	for k := range c.prior {
		c.prior[k] *= usual
	}
	for _, i := range functions {
		for _, x := range found[i] {
			if k := c.column[x.crate]; k != Nobody {
				c.prior[k] += float64(x.share)
				total += float64(x.share)
			}
		}
	}
	for k := range c.prior {
		c.prior[k] /= total
	}
}

// weigh fills in the evidence.
func (c *chain) weigh(functions []int32, trust func(location int32) float64) {
	columns := len(c.crates)
	c.evidence = slices.Grow(c.evidence[:0], len(functions)*columns)[:len(functions)*columns]
	for i := range c.evidence {
		c.evidence[i] = 1
	}
	c.best = slices.Grow(c.best[:0], columns)[:columns]
	c.rest = slices.Grow(c.rest[:0], columns)[:columns]
	for n, i := range functions {
		row := c.evidence[n*columns:][:columns]
		f := &c.p.Functions[i]
		for _, l := range f.Locations {
			if k := c.column[c.p.Locations[l]]; k != Nobody {
				c.best[k], c.rest[k] = 0, 0
			}
		}
		for _, l := range f.Locations {
			k := c.column[c.p.Locations[l]]
			if k == Nobody {
				continue
			}
			t := min(max(trust(l), 0.02), 0.98)
			says := max(0, math.Log(t/(1-t)*rarity))
			c.rest[k] += min(says, c.best[k])
			c.best[k] = max(says, c.best[k])
			row[k] = float32(math.Exp(min(c.best[k]+min(further*c.rest[k], c.best[k]), 30)))
		}
		if f.Drops {
			row[c.column[Core]] *= destructor
		}
	}
}

// run finds how likely the crates of each function are (the forward-backward
// algorithm), and keeps those that are likely at all.
func (c *chain) run(functions []int32, found [][]likely) {
	const least = 0.02
	columns := len(c.crates)
	c.forward = slices.Grow(c.forward[:0], len(functions)*columns)[:len(functions)*columns]
	for n := range functions {
		row := c.forward[n*columns:][:columns]
		evidence := c.evidence[n*columns:][:columns]
		sum := float32(0)
		for k := range row {
			p := float32(c.prior[k])
			if n > 0 {
				p = stays*c.forward[(n-1)*columns+k] + (1-stays)*p
			}
			row[k] = p * evidence[k]
			sum += row[k]
		}
		for k := range row {
			row[k] /= sum
		}
	}
	c.behind = slices.Grow(c.behind[:0], columns)[:columns]
	for k := range c.behind {
		c.behind[k] = 1
	}
	for n := len(functions) - 1; n >= 0; n-- {
		row := c.forward[n*columns:][:columns]
		sum := 0.0
		for k := range row {
			sum += float64(row[k]) * c.behind[k]
		}
		list := found[functions[n]][:0]
		for k := range row {
			if share := float64(row[k]) * c.behind[k] / sum; share >= least {
				list = append(list, likely{c.crates[k], float32(share)})
			}
		}
		found[functions[n]] = list
		change, total := 0.0, 0.0
		for k := range c.behind {
			c.behind[k] *= float64(c.evidence[n*columns+k])
			change += c.prior[k] * c.behind[k]
		}
		for k := range c.behind {
			c.behind[k] = stays*c.behind[k] + (1-stays)*change
			total += c.behind[k]
		}
		for k := range c.behind {
			c.behind[k] /= total
		}
	}
}
