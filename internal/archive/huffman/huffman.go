// Package huffman limits the words of a Huffman code to a length, as the tools do.
package huffman

// Node is a symbol (index below the number of symbols) or a pair of nodes.
type Node struct {
	Freq   uint32
	Parent int16
	Depth  uint8 // of the tree below
	Len    uint8 // of the code word
}

// LimitLengths sets the word lengths of all nodes, of which the first are so many
// symbols. order is those in the tree, from the root down to the least frequent one.
// Where the tree is deeper than
// maxLen, words too long move up and the longest that can grow move down; the
// lengths are then handed out again, the longest to the least frequent.
func LimitLengths(all []Node, order []int16, symbols, maxLen int) {
	var count [16]int
	overflow := 0
	all[order[0]].Len = 0
	for _, i := range order[1:] {
		length := int(all[all[i].Parent].Len) + 1
		if length > maxLen {
			length = maxLen
			overflow++
		}
		all[i].Len = uint8(length)
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
				all[i].Len = uint8(length)
				left--
			}
		}
	}
}
