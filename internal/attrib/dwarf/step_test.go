package dwarf

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/dwarf/window"
)

// An entry is passed over in the same way whether its bytes are at hand or not,
// merged steps or one for each attribute.
func FuzzPass(f *testing.F) {
	every := []byte{
		FormAddr, FormBlock2, FormBlock4, FormData2, FormData4, FormData8, FormString, FormBlock, FormBlock1, FormData1, FormFlag,
		FormSdata, FormStrp, FormUdata, FormRefAddr, FormRef1, FormRef2, FormRef4, FormRef8, FormRefUdata, FormIndirect, FormSecOffset,
		FormExprloc, FormFlagPresent, FormStrx, FormAddrx, FormRefSup4, FormStrpSup, FormData16, FormLineStrp, FormRefSig8,
		FormImplicitConst, FormLoclistx, FormRnglistx, FormRefSup8, FormStrx1, FormStrx2, FormStrx3, FormStrx4, FormAddrx1, FormAddrx2,
		FormAddrx3, FormAddrx4,
	}
	for version := range byte(6) {
		f.Add(every, bytes.Repeat([]byte{1, 0}, 200), version)
		f.Add(every, bytes.Repeat([]byte{0x81, 7, 0, 2}, 200), version)
		f.Add(bytes.Repeat([]byte{FormUdata}, 9), bytes.Repeat([]byte{0x80, 0x80, 1}, 9), version)
		f.Add([]byte{FormUdata, FormData1}, append(bytes.Repeat([]byte{0x80}, 15), 1, 2), version)
		f.Add([]byte{FormUdata, FormData1}, append(bytes.Repeat([]byte{0x80}, 16), 1, 2), version)
		f.Add([]byte{FormString, FormString, FormData4}, []byte("name\x00comp dir\x00\x01\x02\x03\x04 and more"), version)
		f.Add([]byte{FormExprloc, FormSecOffset}, append(make([]byte, 12), 0x90, 0x90, 0x90), version)
	}
	f.Fuzz(func(t *testing.T, forms, data []byte, version byte) {
		h := Header{Version: 2 + int(version%4), OffSize: 4 + 4*int(version>>6&1), AddrSize: 8}
		var merged Shape
		var single []op
		for i, form := range forms {
			spec := AttrSpec{Attr: []uint64{AttrName, AttrLocation, AttrRanges}[i%3], Form: uint64(form)}
			o, ok := opOf(spec, &h)
			if !ok {
				return
			}
			merged.add(o)
			single = append(single, o)
		}
		var atHand, slow []string
		note := func(refs *[]string) func(OpKind, uint64) {
			return func(k OpKind, v uint64) { *refs = append(*refs, fmt.Sprint(k, v)) }
		}
		w := window.New(bytes.NewReader(data), window.MaxString)
		x := window.NewStream(w, 0, w.Size())
		if len(data) > 0 {
			x.PeekText() // fills the buffer
		}
		merged.Pass(&x, &h, note(&atHand))
		y := window.NewStream(w, 0, w.Size())
		for _, o := range single {
			o.pass(&y, &h, note(&slow))
			if !y.Bad {
				y.Seek(y.Pos())
			}
		}
		if x.Bad != y.Bad || !x.Bad && (x.Pos() != y.Pos() || fmt.Sprint(atHand) != fmt.Sprint(slow)) {
			t.Errorf("at hand: bad %v, ends at %d, refers to %v; else: bad %v, %d, %v", x.Bad, x.Pos(), atHand, y.Bad, y.Pos(), slow)
		}
	})
}
