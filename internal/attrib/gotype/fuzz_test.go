package gotype

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"testing"
)

// FuzzRead reads memory that begins with the number of typelinks and of
// interface tables; these follow, then the data.
func FuzzRead(f *testing.F) {
	small := newSynData()
	mine := small.declared(kindInt, "main.T", "main", synMethod{small.name("M", "", 0), 0})
	inter := small.iface("interface { M() }", synMethod{small.name("M", "", 0), small.function("func()", nil, nil)})
	small.itab(inter, mine, 1)
	small.link(small.mapOf("map[main.T]int", mine, mine, small.structure("map.group", 0), false, ""), inter)
	f.Add(small.encode())
	f.Add(newSynData().encode())
	for _, at := range []int{0, 16 << 10, 64 << 10} {
		if own := ownTypes(f, at); own != nil {
			f.Add(own.encode())
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < 2 || len(in) < 2+4*int(in[0])+8*int(in[1]) {
			return
		}
		s := &synData{}
		links, itabs := int(in[0]), int(in[1])
		in = in[2:]
		s.typelinks, in = in[:4*links], in[4*links:]
		for range itabs {
			s.itabs = append(s.itabs, binary.LittleEndian.Uint64(in))
			in = in[8:]
		}
		s.data = in
		got := Read(s.module())
		FindMentions(s.module(), func(path string) bool { return len(path)%2 == 0 }) // no panic
		if len(got.Links) != links || len(got.Itabs) != itabs || got.Types > len(s.data)/word {
			t.Fatalf("%d links, %d interface tables, %d types", len(got.Links), len(got.Itabs), got.Types)
		}
		end := uint64(synBase)
		for _, r := range got.Records {
			if r.Lo < end || r.Lo >= r.Hi() || r.Hi() > synBase+uint64(len(s.data)) || len(got.Of(r)) == 0 {
				t.Fatalf("record %+v behind %#x", r, end)
			}
			end = r.Hi()
			for _, p := range got.Of(r) {
				if p < 0 || int(p) >= len(got.Packages) {
					t.Fatalf("record %+v of %d packages", r, len(got.Packages))
				}
			}
		}
	})
}

func (s *synData) encode() []byte {
	links := min(len(s.typelinks)/4, 255)
	itabs := min(len(s.itabs), 255)
	out := append([]byte{byte(links), byte(itabs)}, s.typelinks[:4*links]...)
	for _, addr := range s.itabs[:itabs] {
		out = binary.LittleEndian.AppendUint64(out, addr)
	}
	return append(out, s.data...)
}

// ownTypes returns a piece of the running program's types as if the rest were
// not there, nil if that is no ELF file or its types are not found.
func ownTypes(tb testing.TB, from int) *synData {
	path, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	f, err := elf.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	module, section := f.Section(".go.module"), f.Section(".rodata")
	if module == nil || section == nil {
		return nil
	}
	moduledata, err := module.Data()
	if err != nil {
		tb.Fatal(err)
	}
	data, err := section.Data()
	if err != nil {
		tb.Fatal(err)
	}
	const size, types = 8 << 10, 37 * 8 // a word of the moduledata
	if len(moduledata) < types+8 || binary.LittleEndian.Uint64(moduledata[types:]) != section.Addr || len(data) < from+size {
		return nil
	}
	piece := &synData{data: data[:from+size]}
	for at := 0; at+8 <= len(piece.data); at += 8 { // addresses as if it began at synBase
		if v := binary.LittleEndian.Uint64(piece.data[at:]); v-section.Addr < uint64(len(piece.data)) {
			binary.LittleEndian.PutUint64(piece.data[at:], v-section.Addr+synBase)
		}
	}
	for at := from; at < from+size; at += 40 {
		piece.link(uint32(at))
	}
	return piece
}
