package deflate

import "github.com/sizegate/sizegate/internal/archive/huffman"

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

// nodes is a heap, with the least frequent node first. Of two equally frequent
// the one with the shallower tree is less, which keeps code words short. Which
// of two that are equal in both comes first is left to the heap: the order of
// its exchanges is part of the result, since it shapes the header.
type nodes struct {
	all  []huffman.Node
	heap []int16 // from 1
}

func (n *nodes) less(a, b int16) bool {
	x, y := &n.all[a], &n.all[b]
	return x.Freq < y.Freq || x.Freq == y.Freq && x.Depth <= y.Depth
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
	n := nodes{all: make([]huffman.Node, len(freq), 2*len(freq)), heap: make([]int16, 1, len(freq)+1)}
	top := -1
	for i, f := range freq {
		n.all[i].Freq = f
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
		n.all[unused].Freq = 1
		n.heap = append(n.heap, int16(unused))
	}

	order := n.join()
	t := tree{lens: make([]uint8, top+1)}
	huffman.LimitLengths(n.all, order, len(freq), maxLen)
	for i := range t.lens {
		if freq[i] != 0 || n.all[i].Freq != 0 {
			t.lens[i] = n.all[i].Len
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
		n.all = append(n.all, huffman.Node{Freq: n.all[a].Freq + n.all[b].Freq, Depth: max(n.all[a].Depth, n.all[b].Depth) + 1})
		n.all[a].Parent, n.all[b].Parent = pair, pair
		n.heap[1] = pair
		n.down(1)
	}
	order = append(order, n.heap[1])
	for i, j := 0, len(order)-1; i < j; i, j = i+1, j-1 {
		order[i], order[j] = order[j], order[i]
	}
	return order
}
