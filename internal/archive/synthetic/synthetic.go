// Package synthetic is data made from a rule, for tests, and the sizes that tools make
// of it.
package synthetic

import (
	"fmt"
	"math/rand/v2"
)

// Data is data made from a rule, so that its sizes can be written down.
type Data struct {
	Kind string // zeros, random, ternary, runs or periodic
	Size int    // bytes
}

func (s Data) String() string { return fmt.Sprintf("%s/%d", s.Kind, s.Size) }

// Bytes makes the data, which is the same each time.
func (s Data) Bytes() []byte {
	rng := rand.New(rand.NewPCG(uint64(s.Size), 1))
	data := make([]byte, s.Size)
	for i := range data {
		switch s.Kind {
		case "zeros":
		case "random":
			data[i] = byte(rng.Uint32())
		case "ternary":
			data[i] = byte(rng.IntN(3))
		case "runs": // short repeats at two distances, with noise
			if i > 100 && rng.IntN(50) != 0 {
				data[i] = data[i-1-rng.IntN(2)*90]
			} else {
				data[i] = byte(rng.Uint32())
			}
		case "periodic": // repeats with rare changes
			if i < 217 {
				data[i] = byte(rng.Uint32())
			} else {
				data[i] = data[i-217]
			}
			if rng.IntN(2000) == 0 {
				data[i]++
			}
		default:
			panic("no such kind of data: " + s.Kind)
		}
	}
	return data
}

// Golden holds the sizes that gzip 1.12 and Info-ZIP zip 3.0 make of synthetic
// data: `gzip -9 <f | wc -c`, and `zip -9 f.zip f`. The sizes of the data lie
// where the encoder's 64 KiB window begins, ends and moves.
var Golden = []struct {
	Data
	Gzip, Zip uint64
}{
	{Data{"zeros", 1}, 21, 153},
	{Data{"zeros", 2}, 22, 154},
	{Data{"zeros", 3}, 23, 155},
	{Data{"zeros", 4}, 24, 156},
	{Data{"zeros", 258}, 24, 158},
	{Data{"zeros", 259}, 24, 158},
	{Data{"zeros", 65536}, 96, 230},
	{Data{"zeros", 98304}, 129, 263},
	{Data{"random", 1}, 21, 153},
	{Data{"random", 100}, 123, 252},
	{Data{"random", 32767}, 32790, 32919},
	{Data{"random", 32768}, 32791, 32920},
	{Data{"random", 65000}, 65028, 65162},
	{Data{"random", 65535}, 65563, 65697},
	{Data{"random", 65536}, 65564, 65698},
	{Data{"random", 65600}, 65631, 65765},
	{Data{"random", 131072}, 131110, 131244},
	{Data{"ternary", 5}, 25, 157},
	{Data{"ternary", 263}, 110, 243},
	{Data{"ternary", 32768}, 8166, 8300},
	{Data{"ternary", 65273}, 15821, 15955},
	{Data{"ternary", 65274}, 15868, 16002},
	{Data{"ternary", 65275}, 15847, 15980},
	{Data{"ternary", 65536}, 15909, 16043},
	{Data{"ternary", 98042}, 23475, 23609},
	{Data{"runs", 300}, 250, 384},
	{Data{"runs", 32506}, 6756, 6889},
	{Data{"runs", 65274}, 12810, 12944},
	{Data{"runs", 65300}, 12916, 13045},
	{Data{"runs", 65535}, 13043, 13177},
	{Data{"runs", 65536}, 12860, 12994},
	{Data{"runs", 65537}, 12863, 12997},
	{Data{"runs", 98042}, 19345, 19479},
	{Data{"runs", 98100}, 19288, 19380},
	{Data{"runs", 98304}, 19637, 19771},
	{Data{"runs", 98305}, 19366, 19500},
	{Data{"runs", 163840}, 32181, 32315},
	{Data{"runs", 400000}, 78062, 78196},
	{Data{"periodic", 219}, 242, 371},
	{Data{"periodic", 1000}, 258, 392},
	{Data{"periodic", 65275}, 670, 804},
	{Data{"periodic", 65536}, 693, 827},
	{Data{"periodic", 65700}, 674, 808},
	{Data{"periodic", 98200}, 851, 985},
	{Data{"periodic", 131072}, 1009, 1143},
	{Data{"periodic", 131100}, 1037, 1171},
}
