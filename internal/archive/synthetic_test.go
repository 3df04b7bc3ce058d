package archive

import (
	"fmt"
	"math/rand/v2"
)

// synthetic is data made from a rule, so that its sizes can be written down.
type synthetic struct {
	kind string
	size int
}

func (s synthetic) String() string { return fmt.Sprintf("%s/%d", s.kind, s.size) }

func (s synthetic) bytes() []byte {
	rng := rand.New(rand.NewPCG(uint64(s.size), 1))
	data := make([]byte, s.size)
	for i := range data {
		switch s.kind {
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
			panic("no such kind of data: " + s.kind)
		}
	}
	return data
}

// golden holds the sizes that gzip 1.12 and Info-ZIP zip 3.0 make of synthetic
// data: `gzip -9 <f | wc -c`, and `zip -9 f.zip f`. The sizes of the data lie
// where the encoder's 64 KiB window begins, ends and moves.
var golden = []struct {
	synthetic
	gzip, zip uint64
}{
	{synthetic{"zeros", 1}, 21, 153},
	{synthetic{"zeros", 2}, 22, 154},
	{synthetic{"zeros", 3}, 23, 155},
	{synthetic{"zeros", 4}, 24, 156},
	{synthetic{"zeros", 258}, 24, 158},
	{synthetic{"zeros", 259}, 24, 158},
	{synthetic{"zeros", 65536}, 96, 230},
	{synthetic{"zeros", 98304}, 129, 263},
	{synthetic{"random", 1}, 21, 153},
	{synthetic{"random", 100}, 123, 252},
	{synthetic{"random", 32767}, 32790, 32919},
	{synthetic{"random", 32768}, 32791, 32920},
	{synthetic{"random", 65000}, 65028, 65162},
	{synthetic{"random", 65535}, 65563, 65697},
	{synthetic{"random", 65536}, 65564, 65698},
	{synthetic{"random", 65600}, 65631, 65765},
	{synthetic{"random", 131072}, 131110, 131244},
	{synthetic{"ternary", 5}, 25, 157},
	{synthetic{"ternary", 263}, 110, 243},
	{synthetic{"ternary", 32768}, 8166, 8300},
	{synthetic{"ternary", 65273}, 15821, 15955},
	{synthetic{"ternary", 65274}, 15868, 16002},
	{synthetic{"ternary", 65275}, 15847, 15980},
	{synthetic{"ternary", 65536}, 15909, 16043},
	{synthetic{"ternary", 98042}, 23475, 23609},
	{synthetic{"runs", 300}, 250, 384},
	{synthetic{"runs", 32506}, 6756, 6889},
	{synthetic{"runs", 65274}, 12810, 12944},
	{synthetic{"runs", 65300}, 12916, 13045},
	{synthetic{"runs", 65535}, 13043, 13177},
	{synthetic{"runs", 65536}, 12860, 12994},
	{synthetic{"runs", 65537}, 12863, 12997},
	{synthetic{"runs", 98042}, 19345, 19479},
	{synthetic{"runs", 98100}, 19288, 19380},
	{synthetic{"runs", 98304}, 19637, 19771},
	{synthetic{"runs", 98305}, 19366, 19500},
	{synthetic{"runs", 163840}, 32181, 32315},
	{synthetic{"runs", 400000}, 78062, 78196},
	{synthetic{"periodic", 219}, 242, 371},
	{synthetic{"periodic", 1000}, 258, 392},
	{synthetic{"periodic", 65275}, 670, 804},
	{synthetic{"periodic", 65536}, 693, 827},
	{synthetic{"periodic", 65700}, 674, 808},
	{synthetic{"periodic", 98200}, 851, 985},
	{synthetic{"periodic", 131072}, 1009, 1143},
	{synthetic{"periodic", 131100}, 1037, 1171},
}
