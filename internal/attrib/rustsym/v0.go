package rustsym

// parseV0 reads what follows "_R" in a name: path, optional instantiating
// crate, optional vendor-specific suffix. An encoding version would be a
// decimal number before the path; none is defined yet, so any is refused.
func parseV0(s string) (Symbol, bool) {
	r := newScanner(s)
	instantiating, ok := r.layout()
	if !ok {
		return Symbol{}, false
	}
	end := r.pos
	sym := Symbol{Scheme: V0, Exact: true}
	if sym.Defining, ok = r.crateRoot(0); !ok {
		return Symbol{}, false
	}
	if instantiating < end {
		if sym.Instantiating, ok = r.crateRoot(instantiating); !ok {
			return Symbol{}, false
		}
	}
	return sym, true
}

// layout reads the whole name. It leaves the scanner at the end of the name
// proper, drops the suffix from it, and returns where the instantiating crate
// begins, the end if there is none.
func (r *scanner) layout() (instantiating int, ok bool) {
	if !r.skip(rulePath) {
		return 0, false
	}
	instantiating = r.pos
	if class[r.peek()]&classPath != 0 && !r.skip(rulePath) {
		return 0, false
	}
	if r.pos < len(r.s) && r.s[r.pos] != '.' && r.s[r.pos] != '$' {
		return 0, false
	}
	r.s = r.s[:r.pos]
	return instantiating, true
}

// crateRoot returns the crate at the root of the path at pos: the impl's for M
// and X, the trait's for Y, and through back-references.
//
// Back-references point strictly backwards but may point at an element they
// are part of. What the search reads is therefore limited to a multiple of the
// name; a compiler's names stay far below it, since each step of a chain of
// back-references is a shorter path than the one before.
func (r *scanner) crateRoot(pos int) (Crate, bool) {
	r.pos = pos
	for budget := 8*len(r.s) + 64; budget > 0; {
		start := r.pos
		switch r.peek() {
		case 'C':
			r.pos++
			return r.crate()
		case 'N':
			r.pos += len("Nv")
		case 'I':
			r.pos++
		case 'M', 'X':
			r.pos++
			if _, ok := r.disambiguator(); !ok {
				return Crate{}, false
			}
		case 'Y':
			r.pos++
			if !r.skip(ruleType) {
				return Crate{}, false
			}
		case 'B':
			target, ok := r.backref(classPath)
			if !ok {
				return Crate{}, false
			}
			budget -= r.pos - start
			r.pos = target
			continue
		default:
			return Crate{}, false
		}
		budget -= r.pos - start
	}
	return Crate{}, false
}
