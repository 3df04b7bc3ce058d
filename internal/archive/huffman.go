package archive

// tree is a Huffman code: the length of each symbol's code word up to the last
// symbol that has one, and the size of all symbols with their extra bits.
type tree struct {
	lens []uint8
	bits uint64
}

func (t *tree) length(symbol int) uint8 {
	if symbol >= len(t.lens) {
		return 0
	}
	return t.lens[symbol]
}

// node is a symbol (index below the number of symbols) or a pair of nodes.
type node struct {
	freq   uint32
	parent int16
	depth  uint8 // of the tree below
	len    uint8 // of the code word
}

// nodes is a heap, with the least frequent node first. Of two equally frequent
// the one with the shallower tree is less, which keeps code words short. Which
// of two that are equal in both comes first is left to the heap: the order of
// its exchanges is part of the result, since it shapes the header.
type nodes struct {
	all  []node
	heap []int16 // from 1
}

func (n *nodes) less(a, b int16) bool {
	x, y := &n.all[a], &n.all[b]
	return x.freq < y.freq || x.freq == y.freq && x.depth <= y.depth
}

// down moves the node at heap position k to where it belongs.
func (n *nodes) down(k int) {
	v, last := n.heap[k], len(n.heap)-1
	for j := 2 * k; j <= last; j *= 2 {
		if j < last && n.less(n.heap[j+1], n.heap[j]) {
			j++
		}
		if n.less(v, n.heap[j]) {
			break
		}
		n.heap[k] = n.heap[j]
		k = j
	}
	n.heap[k] = v
}

// buildTree makes a code for the frequencies with no word longer than maxLen.
// extra[i] is the extra bits of symbol base+i.
func buildTree(freq []uint32, extra []uint8, base, maxLen int) tree {
	n := nodes{all: make([]node, len(freq), 2*len(freq)), heap: make([]int16, 1, len(freq)+1)}
	top := -1
	for i, f := range freq {
		n.all[i].freq = f
		if f != 0 {
			top = i
			n.heap = append(n.heap, int16(i))
		}
	}
	// A code has at least two words, because some decoders need that; these
	// cost nothing but their place in the header.
	for len(n.heap) < 3 {
		unused := 0
		if top < 2 {
			top++
			unused = top
		}
		n.all[unused].freq = 1
		n.heap = append(n.heap, int16(unused))
	}

	order := n.join()
	t := tree{lens: make([]uint8, top+1)}
	limitLengths(n.all, order, len(freq), maxLen)
	for i := range t.lens {
		if freq[i] != 0 || n.all[i].freq != 0 {
			t.lens[i] = n.all[i].len
		}
		size := uint64(t.lens[i])
		if i >= base {
			size += uint64(extra[i-base])
		}
		t.bits += uint64(freq[i]) * size
	}
	return t
}

// join pairs the two least frequent nodes until one is left. It returns all
// nodes from the root down to the least frequent one.
func (n *nodes) join() []int16 {
	order := make([]int16, 0, cap(n.all))
	for k := (len(n.heap) - 1) / 2; k >= 1; k-- {
		n.down(k)
	}
	for len(n.heap) > 2 {
		a := n.heap[1]
		last := len(n.heap) - 1
		n.heap[1] = n.heap[last]
		n.heap = n.heap[:last]
		n.down(1)
		b := n.heap[1]
		order = append(order, a, b)

		pair := int16(len(n.all))
		n.all = append(n.all, node{freq: n.all[a].freq + n.all[b].freq, depth: max(n.all[a].depth, n.all[b].depth) + 1})
		n.all[a].parent, n.all[b].parent = pair, pair
		n.heap[1] = pair
		n.down(1)
	}
	order = append(order, n.heap[1])
	for i, j := 0, len(order)-1; i < j; i, j = i+1, j-1 {
		order[i], order[j] = order[j], order[i]
	}
	return order
}

// limitLengths sets the nodes' word lengths. Where the tree is deeper than
// maxLen, words too long move up and the longest that can grow move down; the
// lengths are then handed out again, the longest to the least frequent.
func limitLengths(all []node, order []int16, symbols, maxLen int) {
	var count [16]int
	overflow := 0
	all[order[0]].len = 0
	for _, i := range order[1:] {
		length := int(all[all[i].parent].len) + 1
		if length > maxLen {
			length = maxLen
			overflow++
		}
		all[i].len = uint8(length)
		if int(i) < symbols {
			count[length]++
		}
	}
	if overflow == 0 {
		return
	}
	for ; overflow > 0; overflow -= 2 {
		length := maxLen - 1
		for count[length] == 0 {
			length--
		}
		count[length]--
		count[length+1] += 2
		count[maxLen]--
	}
	next := len(order)
	for length := maxLen; length > 0; length-- {
		for left := count[length]; left > 0; {
			next--
			if i := order[next]; int(i) < symbols {
				all[i].len = uint8(length)
				left--
			}
		}
	}
}
