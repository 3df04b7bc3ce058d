package goruntime

import (
	"encoding/binary"
	"strings"
	"testing"
)

// TestGoLayouts reads the moduledata of each range of Go versions, given as the
// fields of runtime/symtab.go in their order.
func TestGoLayouts(t *testing.T) {
	type field struct {
		name  string
		words int
	}
	slice := func(name string) field { return field{name, 3} }
	head := []field{{"pcHeader", 1}, slice("funcnametab"), slice("cutab"), slice("filetab"), slice("pctab"), slice("pclntable"), slice("ftab"),
		{"findfunctab", 1}, {"minpc", 2}, {"text", 2}, {"noptrdata", 2}, {"data", 2}, {"bss", 2}, {"noptrbss", 2}}
	masks := []field{{"end", 1}, {"gcdata", 1}, {"gcbss", 1}, {"types", 1}, {"etypes", 1}}
	lists := []field{slice("textsectmap"), slice("typelinks"), slice("itablinks"), slice("ptab"), {"pluginpath", 2}, slice("pkghashes")}
	tail := []field{{"modulename", 2}, slice("modulehashes"), {"hasmain", 1}, {"masks", 4}, {"typemap", 1}, {"next", 1}}
	join := func(parts ...[]field) (all []field) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	counters := []field{{"covctrs", 2}}
	rodata := []field{{"rodata", 1}, {"gofunc", 1}}
	tasks := []field{slice("inittasks")}
	bad := []field{{"bad", 1}}
	address := func(i int) uint64 { return uint64(0x1000 * (i + 1)) } // what field i holds
	for _, tt := range []struct {
		version, table string
		fields         []field
		tasks          bool
		layout         int // position in moduleLayouts
	}{
		{"1.16", "1.16", join(head, masks, lists, tail, bad), false, 0},
		{"1.19", "1.18", join(head, masks, rodata, lists, tail, bad), false, 0},
		{"1.20", "1.20", join(head, counters, masks, rodata, lists, tail, bad), false, 2},
		{"1.22", "1.20", join(head, counters, masks, rodata, lists, tasks, tail), true, 1},
		{"1.26", "1.20", join(head, counters, masks, rodata, []field{{"epclntab", 1}}, lists, tasks, tail), true, 0},
	} {
		t.Run(tt.version, func(t *testing.T) {
			var data []byte
			for i, f := range tt.fields {
				words := make([]uint64, f.words)
				switch { // the others are empty in programs
				case f.words == 1:
					words[0] = address(i)
				case strings.HasSuffix(f.name, "tab") && f.name != "ptab", strings.HasSuffix(f.name, "links"), f.name == "textsectmap", f.name == "inittasks":
					words = []uint64{address(i), uint64(i), uint64(i)}
				}
				for _, w := range words {
					data = binary.LittleEndian.AppendUint64(data, w)
				}
			}
			at := func(name string) uint64 {
				for i, f := range tt.fields {
					if f.name == name {
						return address(i)
					}
				}
				return 0
			}
			for i, layout := range moduleLayouts[tt.table] {
				var m Module
				if len(data) < 8*layout.words {
					continue
				}
				if !layout.read(data, &m) {
					if i == tt.layout {
						t.Error("it is not known")
					}
					continue
				}
				if i != tt.layout {
					t.Fatalf("it is taken for layout %d", i)
				}
				if m.Types != at("types") || m.etypes != at("etypes") || m.Typelinks.Addr != at("typelinks") || m.Itablinks.Addr != at("itablinks") ||
					m.Inittasks.Addr != at("inittasks") || m.Masks != [2]uint64{at("gcdata"), at("gcbss")} {
					t.Errorf("it is %+v", m)
				}
				if got := (m.Inittasks.len > 0); got != tt.tasks {
					t.Errorf("init tasks %v", got)
				}
				if over := len(data)/8 - layout.words; over < 0 || over > 1 {
					t.Errorf("%d words, there are %d", layout.words, len(data)/8)
				}
				break
			}
		})
	}
}

// TestGCProgramSize takes sizes from the description of the format in
// runtime/mbitmap.go.
func TestGCProgramSize(t *testing.T) {
	for _, tt := range []struct {
		name    string
		program []byte
		want    uint64
	}{
		{"no bits", []byte{0, 1}, 1},
		{"three bits", []byte{3, 5, 0}, 3},
		{"nine bits", []byte{9, 0xff, 1, 0, 0xff}, 4},
		{"repeat the last 2 bits 5 times", []byte{2, 3, 0x82, 5, 0}, 5},
		{"repeat the last 300 bits 200 times", []byte{0x80, 0xac, 0x02, 0xc8, 0x01, 0}, 6},
		{"empty", nil, 0},
		{"no end", []byte{3, 5}, 0},
		{"cut in a count", []byte{0x80, 0xac}, 0},
		{"cut in bits", []byte{9, 0xff}, 0},
	} {
		if got := gcProgramSize(tt.program); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
