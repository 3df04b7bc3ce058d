// Package rustinfer concludes which crates the functions of a Rust program are
// from, where no symbol says so. It works on plain values: what functions there
// are, which panic locations they hold, and what they refer to.
//
// The steps, each finished before the next begins:
//
//  1. Language. Linkers lay object files out whole, so the functions of C
//     libraries come in long runs without any mark of Rust.
//  2. Segments. Compilers write the functions of one crate, with the instances
//     of generics that it asked for, one after another. A panic location that
//     only one function holds mostly names the crate that was compiled there. Each
//     crate gets the stretch where its locations outweigh those of others, and
//     between two stretches the cut is where the fewest calls and shared constants
//     cross. Neighbours that call each other both ways are one: the crates that a crate
//     depends on cannot call it.
//  3. Defining crates. Inside a segment the crate that wrote a function is mostly
//     that of the function before, and panic locations tell where it changes. How
//     far those of a place in the source can be trusted is measured in a first
//     pass: code that is inlined brings its locations along.
//
// All of this is inference. The input is hostile: time and memory are linear in it,
// up to a logarithm.
package rustinfer

// Nobody is that no crate is known.
const Nobody = -1

// The crates that come with the compiler have the first numbers.
const (
	Core = iota
	Alloc
	Std
	firstOther
)

func standard(crate int32) bool { return crate < firstOther }

// Program is what is known of a program's code.
type Program struct {
	Crates     int         // crates are numbers below this one
	Functions  []Function  // in the order of their addresses
	Locations  []int32     // for each place in the source that can panic, its crate
	Calls      []Reference // direct calls: To is the position of a function
	References []Reference // of data: To is an address
}

// Function is what is known of one function.
type Function struct {
	Locations []int32 // positions in Program.Locations, each once
	Lands     bool    // it has landing pads of the kind that Rust's functions have
	Drops     bool    // it is the destructor in a vtable, so core's drop_in_place most likely
}

// Reference is that a function refers to something.
type Reference struct {
	From int32 // position in Program.Functions
	To   uint64
}

// Guess is whom a function is thought to belong to.
type Guess struct {
	Defining      int32 // the crate that wrote it, Nobody if that is too unsure
	Instantiating int32 // the crate that was being compiled when it was written to the file, or Nobody
}

// Infer returns a guess for each function. Functions that are not Rust have none.
func Infer(p *Program) []Guess {
	guesses := make([]Guess, len(p.Functions))
	var order []int32 // the functions that are Rust
	for i, rust := range p.rust() {
		guesses[i] = Guess{Nobody, Nobody}
		if rust {
			order = append(order, int32(i))
		}
	}
	segments := p.segments(order)
	for _, s := range segments {
		for _, i := range order[s.lo:s.hi] {
			guesses[i].Instantiating = s.crate
		}
	}
	p.define(order, segments, guesses)
	return guesses
}
