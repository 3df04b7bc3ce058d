package strippedrust

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// TestRustPlacesOverlap has panic locations whose paths are the ends of longer ones:
// their lengths add up to far more than the file has.
func TestRustPlacesOverlap(t *testing.T) {
	const texts, ends = 64, 400
	var text, locations []byte
	for i := range texts {
		from := len(text)
		text = fmt.Appendf(text, "%s%03d/src/a.rs", strings.Repeat("x", ends), i)
		for k := from; k < from+ends; k++ {
			locations = binary.LittleEndian.AppendUint64(locations, uint64(k))
			locations = binary.LittleEndian.AppendUint64(locations, uint64(len(text)-k))
			locations = binary.LittleEndian.AppendUint64(locations, 1<<32|1) // line and column
		}
	}
	const at = 1 << 20
	d := &constData{sections: []constSection{{0, text}, {at, locations}}}
	d.bounds.Hi = at + uint64(len(locations))
	p := d.places()
	if size := len(text) + len(locations); len(p.byAddr) == 0 || len(p.byAddr)*ends/2 > size {
		t.Errorf("%d locations in %d bytes", len(p.byAddr), size)
	}
	want := strings.Repeat("x", ends) + "000"
	if first, ok := p.byAddr[at]; !ok || p.crates[p.crate[first]].Name != want {
		t.Errorf("the first location is not of %s", want)
	}
}
