package rustsym

// rule is a part of the v0 grammar that is still to be read.
type rule uint8

const (
	rulePath   rule = iota
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
	ruleFields      // {identifier const} "E"
	rulePat         // pattern-kind
	rulePats        // {pattern-kind} "E"
)

// skip reads one element and checks it against the grammar. The grammar is
// LL(1), so a stack of the rules still to be completed does instead of
// recursion: nesting costs a byte a level. Every pass through the loop reads a
// byte or leaves a rule, and back-references are not followed, so the time is
// linear.
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

		case ruleConst:
			r.pos++
			switch c {
			case 'p':
			case 'h', 't', 'm', 'y', 'o', 'j', 'b', 'c', 'e':
				if !r.constData() {
					return false
				}
			case 'a', 's', 'l', 'x', 'n', 'i':
				r.eat('n')
				if !r.constData() {
					return false
				}
			case 'R', 'Q':
				continue
			case 'A', 'T':
				todo = ruleConsts
				continue
			case 'V':
				stack = append(stack, ruleCtor)
				todo = rulePath
				continue
			case 'B':
				r.pos--
				if _, ok := r.backref(classConst); !ok {
					return false
				}
			default:
				r.pos--
				todo = rulePath
				continue
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

		case ruleParams:
			if c != 'E' {
				stack = append(stack, ruleParams)
			} else {
				r.pos++
			}
			todo = ruleType
			continue

		case ruleBounds:
			if c != 'E' {
				stack = append(stack, ruleAssoc)
				todo = rulePath
				continue
			}
			r.pos++
			if !r.eat('L') {
				return false
			}
			if _, ok := r.base62(); !ok {
				return false
			}

		case ruleAssoc:
			if c != 'p' {
				todo = ruleBounds
				continue
			}
			r.pos++
			if _, ok := r.identifier(); !ok {
				return false
			}
			stack = append(stack, ruleAssoc)
			todo = ruleType
			if r.eat('K') {
				todo = ruleConst
			}
			continue

		case ruleConsts:
			if c != 'E' {
				stack = append(stack, ruleConsts)
				todo = ruleConst
				continue
			}
			r.pos++

		case ruleCtor:
			r.pos++
			switch c {
			case 'U':
			case 'T':
				todo = ruleConsts
				continue
			case 'S':
				todo = ruleFields
				continue
			default:
				return false
			}

		case ruleFields:
			if c != 'E' {
				stack = append(stack, ruleFields, ruleConst)
				todo = ruleName
				continue
			}
			r.pos++

		case rulePat:
			r.pos++
			switch c {
			case 'N':
			case 'R':
				stack = append(stack, ruleConst)
				todo = ruleConst
				continue
			case 'O':
				todo = rulePats
				continue
			default:
				return false
			}

		case rulePats:
			if c != 'E' {
				stack = append(stack, rulePats)
				todo = rulePat
				continue
			}
			r.pos++
		}

		if len(stack) == 0 {
			return true
		}
		todo = stack[len(stack)-1]
		stack = stack[:len(stack)-1]
	}
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
