package gosym

import "testing"

// BenchmarkWalk reads all functions of a small program with their packages.
func BenchmarkWalk(b *testing.B) {
	data := build(b, write(b), "amd64").data
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		tab, err := Parse(data)
		if err != nil {
			b.Fatal(err)
		}
		n = tab.Len()
		for i := range n {
			f, err := tab.Func(i)
			if err != nil {
				b.Fatal(err)
			}
			Package(f.Name)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/func")
}
