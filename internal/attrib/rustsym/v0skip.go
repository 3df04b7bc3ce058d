package rustsym

// rule is a part of the v0 grammar that is still to be read.
type rule uint8

const (
	noRule     rule = iota
	rulePath        // path
	ruleType        // type
	ruleConst       // const
	ruleName        // [disambiguator] undisambiguated-identifier
	ruleArgs        // {generic-arg} "E"
	ruleTypes       // {type} "E"
	ruleParams      // {type} "E" type
	ruleBounds      // {dyn-trait} "E" lifetime
	ruleAssoc       // {dyn-trait-assoc-binding}, then ruleBounds
	ruleConsts      // {const} "E"
	ruleCtor        // what follows the path of a const of struct or enum type
	ruleField       // identifier const
	ruleFields      // {identifier const} "E"
	rulePat         // pattern-kind
	rulePats        // {pattern-kind} "E"
)

// skip reads one element and checks it against the grammar. The grammar is
// LL(1), so a stack of the rules still to be completed does instead of
// recursion: nesting costs a byte a level. Every pass through the loop reads a
// byte or leaves a rule, and back-references are not followed, so the time is
// linear. The rules that nearly all names are made of are read in the loop itself.
//
// Consts follow rustc, which has more of them than the RFC: "Re<hex>_" for a
// string, "A{const}E", "T{const}E", "V path" with "U", "T{const}E" or
// "S{identifier const}E", and a path where the value was not evaluated.
func (r *scanner) skip(todo rule) bool {
	var room [128]rule
	stack := room[:0]
	for {
		c := r.peek()
		switch todo {
		case rulePath:
			r.pos++
			switch c {
			case 'C':
				if !r.passCrate() {
					return false
				}
			case 'N':
				if _, ok := r.namespace(); !ok {
					return false
				}
				stack = append(stack, ruleName)
				continue
			case 'I':
				stack = append(stack, ruleArgs)
				continue
			case 'M', 'X':
				if _, ok := r.disambiguator(); !ok {
					return false
				}
				if c == 'X' {
					stack = append(stack, rulePath)
				}
				stack = append(stack, ruleType)
				continue
			case 'Y':
				stack = append(stack, rulePath)
				todo = ruleType
				continue
			case 'B':
				r.pos--
				if _, ok := r.backref(classPath); !ok {
					return false
				}
			default:
				return false
			}

		case ruleType:
			if class[c]&classBasic != 0 {
				r.pos++
				break
			}
			if class[c]&classPath != 0 && c != 'B' {
				todo = rulePath
				continue
			}
			switch c {
			case 'B':
				if _, ok := r.backref(classType); !ok {
					return false
				}
			case 'R', 'Q':
				r.pos++
				if _, ok := r.tagged('L'); !ok {
					return false
				}
				continue
			case 'P', 'O', 'S':
				r.pos++
				continue
			case 'A':
				r.pos++
				stack = append(stack, ruleConst)
				continue
			case 'W':
				r.pos++
				stack = append(stack, rulePat)
				continue
			case 'T':
				r.pos++
				todo = ruleTypes
				continue
			case 'F':
				r.pos++
				if !r.fnHeader() {
					return false
				}
				todo = ruleParams
				continue
			case 'D':
				r.pos++
				if _, ok := r.tagged('G'); !ok {
					return false
				}
				todo = ruleBounds
				continue
			default:
				return false
			}

		case ruleName:
			if c == 's' {
				if _, ok := r.present(); !ok {
					return false
				}
			}
			if _, ok := r.identifier(); !ok {
				return false
			}

		case ruleArgs:
			switch c {
			case 'E':
				r.pos++
			case 'L':
				r.pos++
				if _, ok := r.base62(); !ok {
					return false
				}
				continue
			case 'K':
				r.pos++
				stack = append(stack, ruleArgs)
				todo = ruleConst
				continue
			default:
				stack = append(stack, ruleArgs)
				todo = ruleType
				continue
			}

		case ruleTypes:
			if c != 'E' {
				stack = append(stack, ruleTypes)
				todo = ruleType
				continue
			}
			r.pos++

		default:
			next, later, ok := r.skipOther(todo)
			if !ok {
				return false
			}
			if later != noRule {
				stack = append(stack, later)
			}
			if next != noRule {
				todo = next
				continue
			}
		}

		if len(stack) == 0 {
			return true
		}
		todo = stack[len(stack)-1]
		stack = stack[:len(stack)-1]
	}
}

// skipOther begins a rule that few names have. It returns what is to be read next,
// and after that; noRule for nothing.
func (r *scanner) skipOther(todo rule) (next, later rule, ok bool) {
	switch todo {
	case ruleConst:
		return r.skipConst()
	case ruleParams:
		if r.eat('E') {
			return ruleType, noRule, true // what is returned
		}
		return ruleType, ruleParams, true
	case ruleBounds:
		return r.skipBounds()
	case ruleAssoc:
		return r.skipAssoc()
	case ruleConsts:
		return r.skipList(ruleConst, todo)
	case ruleCtor:
		return r.skipCtor()
	case ruleField:
		return ruleName, ruleConst, true
	case ruleFields:
		return r.skipList(ruleField, todo)
	case rulePat:
		return r.skipPat()
	case rulePats:
		return r.skipList(rulePat, todo)
	}
	return noRule, noRule, false
}

// skipList begins with what each element of a list is, or ends the list.
func (r *scanner) skipList(element, list rule) (next, later rule, ok bool) {
	if r.eat('E') {
		return noRule, noRule, true
	}
	return element, list, true
}

func (r *scanner) skipConst() (next, later rule, ok bool) {
	c := r.peek()
	r.pos++
	switch c {
	case 'p':
		return noRule, noRule, true
	case 'h', 't', 'm', 'y', 'o', 'j', 'b', 'c', 'e':
		return noRule, noRule, r.constData()
	case 'a', 's', 'l', 'x', 'n', 'i':
		r.eat('n')
		return noRule, noRule, r.constData()
	case 'R', 'Q':
		return ruleConst, noRule, true
	case 'A', 'T':
		return ruleConsts, noRule, true
	case 'V':
		return rulePath, ruleCtor, true
	}
	r.pos--
	if c == 'B' {
		_, ok = r.backref(classConst)
		return noRule, noRule, ok
	}
	return rulePath, noRule, true
}

func (r *scanner) skipCtor() (next, later rule, ok bool) {
	c := r.peek()
	r.pos++
	switch c {
	case 'U':
		return noRule, noRule, true
	case 'T':
		return ruleConsts, noRule, true
	case 'S':
		return ruleFields, noRule, true
	}
	return noRule, noRule, false
}

func (r *scanner) skipBounds() (next, later rule, ok bool) {
	if !r.eat('E') {
		return rulePath, ruleAssoc, true
	}
	if r.eat('L') {
		_, ok = r.base62()
	}
	return noRule, noRule, ok
}

func (r *scanner) skipAssoc() (next, later rule, ok bool) {
	if !r.eat('p') {
		return ruleBounds, noRule, true
	}
	_, ok = r.identifier()
	if r.eat('K') {
		return ruleConst, ruleAssoc, ok
	}
	return ruleType, ruleAssoc, ok
}

func (r *scanner) skipPat() (next, later rule, ok bool) {
	c := r.peek()
	r.pos++
	switch c {
	case 'N':
		return noRule, noRule, true
	case 'R':
		return ruleConst, ruleConst, true
	case 'O':
		return rulePats, noRule, true
	}
	return noRule, noRule, false
}

// fnHeader reads what stands between the tag of a function pointer and its
// parameters: binder, "U" for unsafe, ABI.
func (r *scanner) fnHeader() bool {
	if _, ok := r.tagged('G'); !ok {
		return false
	}
	r.eat('U')
	if !r.eat('K') || r.eat('C') {
		return true
	}
	id, ok := r.identifier()
	return ok && id.text != "" && !id.punycode
}
