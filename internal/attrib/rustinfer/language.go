package rustinfer

// What speaks for one language, as natural logarithms of how much likelier it is
// seen there than in the other.
const (
	changes  = 7.0  // against a change of the language between two functions
	locates  = 30.0 // for Rust: holds a panic location
	lands    = 4.0  // for Rust: has landing pads, or is a destructor in a vtable
	unmarked = 0.12 // for another language: has neither
)

// rust says of each function whether it is Rust: the most likely sequence of runs
// (Viterbi's algorithm for two states).
func (p *Program) rust() []bool {
	const cameFromOther, cameFromRust = 1, 2
	from := make([]uint8, len(p.Functions))
	rust, other := 0.0, 0.0 // how likely the best sequences are that end so
	for i := range p.Functions {
		before := rust
		if other-changes > rust {
			rust = other - changes
			from[i] |= cameFromOther
		}
		if before-changes > other {
			other = before - changes
			from[i] |= cameFromRust
		}
		switch f := &p.Functions[i]; {
		case len(f.Locations) > 0:
			other -= locates
		case f.Lands, f.Drops:
			other -= lands
		default:
			rust -= unmarked
		}
		// Only the difference counts.
		rust, other = rust-max(rust, other), other-max(rust, other)
	}
	is := make([]bool, len(p.Functions))
	state := rust >= other
	for i := len(is) - 1; i >= 0; i-- {
		is[i] = state
		if state && from[i]&cameFromOther != 0 || !state && from[i]&cameFromRust != 0 {
			state = !state
		}
	}
	return is
}
