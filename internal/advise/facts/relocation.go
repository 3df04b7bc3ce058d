package facts

import "slices"

// RELRWord is the bytes of a word of RELR.
const RELRWord = 8

// RelativePlaces returns the places of the relative relocations, sorted, each once.
func (in *File) RelativePlaces() ([]uint64, error) {
	var places []uint64
	for r, err := range in.Binary.Relative() {
		if err != nil {
			return nil, err
		}
		places = append(places, r.Place)
	}
	slices.Sort(places)
	return slices.Compact(places), nil
}

// RELRWords returns how many words RELR has for sorted places: an address, then
// bitmaps of the 63 words behind what came before, as long as they are not empty.
func RELRWords(places []uint64) uint64 {
	const bits = 63
	words := uint64(0)
	for len(places) > 0 {
		words++
		base := places[0] + RELRWord
		places = places[1:]
		for {
			n := 0
			for n < len(places) && places[n]-base < bits*RELRWord && (places[n]-base)%RELRWord == 0 {
				n++
			}
			if n == 0 {
				break
			}
			words++
			places = places[n:]
			base += bits * RELRWord
		}
	}
	return words
}
