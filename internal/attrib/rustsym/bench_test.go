package rustsym

import "testing"

// BenchmarkParse parses the real names one after the other; an operation is one
// name.
func BenchmarkParse(b *testing.B) {
	names := realNames(b)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, ok := Parse(names[i].name); !ok {
			b.Fatal(names[i].name)
		}
		if i++; i == len(names) {
			i = 0
		}
	}
}

func TestParseDoesNotAllocate(t *testing.T) {
	for _, n := range realNames(t) {
		if got := testing.AllocsPerRun(1, func() { Parse(n.name) }); got != 0 {
			t.Errorf("Parse(%q) allocates %v times", n.name, got)
		}
	}
}
