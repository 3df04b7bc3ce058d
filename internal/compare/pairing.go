package compare

// none is the position of what has no partner.
const none = -1

// pairing says which elements of two lists belong together. Each has at most
// one partner.
type pairing struct {
	toNew []int32 // for each element of the old list
	toOld []int32
}

func newPairing(old, new int) *pairing {
	p := &pairing{toNew: make([]int32, old), toOld: make([]int32, new)}
	for i := range p.toNew {
		p.toNew[i] = none
	}
	for i := range p.toOld {
		p.toOld[i] = none
	}
	return p
}

func (p *pairing) join(old, new int32) { p.toNew[old], p.toOld[new] = new, old }

// group is the elements that have one key, as chains: next of a list leads from
// one to the following.
type group struct{ old, new int32 }

// pass pairs elements that are still alone and have the same key. Where a key
// stands for more than one on either side, several decides; it gets positions
// in the order of the lists and joins what it likes. A key func says false for
// an element that does not take part.
func pass[K comparable](p *pairing, oldKey, newKey func(i int32) (K, bool), several func(old, new []int32)) {
	alone := 0
	for _, i := range p.toNew {
		if i == none {
			alone++
		}
	}
	number := make(map[K]int32, alone)
	groups := make([]group, 0, alone)
	nextOld, nextNew := make([]int32, len(p.toNew)), make([]int32, len(p.toOld))
	// From the end, so that chains run forward.
	for i := int32(len(p.toNew)) - 1; i >= 0; i-- {
		if p.toNew[i] != none {
			continue
		}
		k, ok := oldKey(i)
		if !ok {
			continue
		}
		n, ok := number[k]
		if !ok {
			n = int32(len(groups))
			number[k] = n
			groups = append(groups, group{none, none})
		}
		nextOld[i], groups[n].old = groups[n].old, i
	}
	if len(groups) == 0 {
		return
	}
	for i := int32(len(p.toOld)) - 1; i >= 0; i-- {
		if p.toOld[i] != none {
			continue
		}
		k, ok := newKey(i)
		if !ok {
			continue
		}
		if n, ok := number[k]; ok {
			nextNew[i], groups[n].new = groups[n].new, i
		}
	}
	var old, new []int32
	for _, g := range groups {
		if g.new == none {
			continue
		}
		old, new = chain(old[:0], g.old, nextOld), chain(new[:0], g.new, nextNew)
		if len(old) == 1 && len(new) == 1 {
			p.join(old[0], new[0])
			continue
		}
		several(old, new)
	}
}

func chain(list []int32, first int32, next []int32) []int32 {
	for i := first; i != none; i = next[i] {
		list = append(list, i)
	}
	return list
}

// inTurn joins the first of one list with the first of the other, and so on.
func (p *pairing) inTurn(old, new []int32) {
	for i := range min(len(old), len(new)) {
		p.join(old[i], new[i])
	}
}
