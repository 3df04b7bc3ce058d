package compare

import (
	"fmt"
	"testing"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// BenchmarkBinaries compares two builds with 200,000 functions each. A tenth
// grew, a tenth has another hash, and a fifth shares its name with others.
func BenchmarkBinaries(b *testing.B) {
	build := func(hash string, grown uint64) *snapshot.Binary {
		out := &snapshot.Binary{}
		sizes := make(map[string]uint64)
		for i := range 200_000 {
			owner := fmt.Sprintf("crate%d", i%500)
			f := snapshot.Function{Owner: owner, Section: ".text", Size: uint64(16 + i%999),
				Name: fmt.Sprintf("<alloc::collections::btree::map::BTreeMap<alloc::string::String, %s::T%d>>::insert", owner, i)}
			switch i % 10 {
			case 0:
				f.Size += grown
			case 1:
				f.Name += "::h" + hash
			case 2, 3:
				f.Name = "<" + owner + "::Error as core::fmt::Display>::fmt"
			}
			out.Functions = append(out.Functions, f)
			sizes[owner] += f.Size
		}
		for i := range 500 {
			owner := fmt.Sprintf("crate%d", i)
			out.Owners = append(out.Owners, snapshot.Owner{Kind: "crate", Name: owner, Size: sizes[owner], Sections: map[string]uint64{".text": sizes[owner]}})
			out.FileSize += sizes[owner]
		}
		out.Sections = []snapshot.Section{{Name: ".text", Kind: "code", FileSize: out.FileSize, Attributed: out.FileSize}}
		return out
	}
	old, new := build("0123456789abcdef", 0), build("fedcba9876543210", 5)
	for b.Loop() {
		if d := Binaries(old, new); d.Check() != nil || len(d.Functions) != 200_000 {
			b.Fatal(d.Check(), len(d.Functions))
		}
	}
}
