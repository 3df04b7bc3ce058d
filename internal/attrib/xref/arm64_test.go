package xref

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
)

// The words are what GNU as makes of the instructions beside them, at 0x400000.
func TestARM64(t *testing.T) {
	data := Range{Lo: 0x500000, Hi: 0x600000}
	const (
		adrpX0   = 0xb0000800 // adrp x0, 0x501000
		adrpX19  = 0xb0000813 // adrp x19, 0x501000
		addX0    = 0x91004000 // add x0, x0, #0x10
		ldrX1X0  = 0xf9400801 // ldr x1, [x0, #0x10]
		ldrX1X19 = 0xf9400a61 // ldr x1, [x19, #0x10]
		ret      = 0xd65f03c0
		nop      = 0xd503201f
	)
	tests := []struct {
		name string
		code []uint32
		want []uint64
	}{
		{"ADRP and ADD", []uint32{adrpX0, addX0}, []uint64{0x501010}},
		{"ADRP alone", []uint32{adrpX0, nop}, nil},
		{"ADD with its immediate shifted", []uint32{adrpX0, 0x91400400}, []uint64{0x502000}}, // add x0, x0, #1, lsl #12
		{"ADD of 32 bits", []uint32{adrpX0, 0x11004000}, nil},                                // add w0, w0, #0x10
		{"load of 64 bits", []uint32{adrpX0, ldrX1X0}, []uint64{0x501010}},
		{"load of a byte", []uint32{adrpX0, 0x39400801}, []uint64{0x501002}},        // ldrb w1, [x0, #2]
		{"load of 128 bits", []uint32{adrpX0, 0x3dc00400}, []uint64{0x501010}},      // ldr q0, [x0, #16]
		{"load of a byte vector", []uint32{adrpX0, 0x3d400400}, []uint64{0x501001}}, // ldr b0, [x0, #1]
		{"store", []uint32{adrpX0, 0xb9000801}, []uint64{0x501008}},                 // str w1, [x0, #8]
		{"two loads", []uint32{adrpX0, 0xf9400001, ldrX1X0}, []uint64{0x501000, 0x501010}},
		{"the register is what was loaded", []uint32{adrpX0, 0xf9400000, ldrX1X0}, []uint64{0x501000}},  // ldr x0, [x0]
		{"the register was moved to", []uint32{adrpX0, 0xaa0103e0, ldrX1X0}, nil},                       // mov x0, x1
		{"a vector register of that number", []uint32{adrpX0, 0x4f000400, ldrX1X0}, []uint64{0x501010}}, // movi v0.4s, #0
		{"a number from a vector register", []uint32{adrpX0, 0x9e660000, ldrX1X0}, nil},                 // fmov x0, d0
		{"a conditional branch of that number", []uint32{adrpX0, 0x54000040, ldrX1X0}, []uint64{0x501010}},
		{"calls clobber x0", []uint32{adrpX0, 0x94000400, ldrX1X0}, nil},
		{"calls keep x19", []uint32{adrpX19, 0x94000400, ldrX1X19}, []uint64{0x501010}},
		{"writeback", []uint32{adrpX0, 0xf8408401, ldrX1X0}, nil},                                      // ldr x1, [x0], #8
		{"ADR", []uint32{0x10800420}, nil},                                                             // adr x0, 0x300084: not in the data
		{"along a branch", []uint32{adrpX0, 0x14000003, 0xaa0103e0, ret, ldrX1X0}, []uint64{0x501010}}, // b .+12
		{"around a branch that does not hold it", []uint32{0xb4000085, adrpX0, 0xf9400001, ret, nop, ldrX1X0}, []uint64{0x501000}},
		{"the address in a literal pool", []uint32{0x58000041, ret, 0x512345, 0}, []uint64{0x512345}}, // ldr x1, .+8
		{"a literal pool that is not there", []uint32{0x58000041, ret}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := new(ARM64).Refs(nil, words(tt.code), 0x400000, data); !slices.Equal(got, tt.want) {
				for _, w := range tt.code {
					inst, _ := arm64asm.Decode(words([]uint32{w}))
					t.Log(inst)
				}
				t.Errorf("%#x, want %#x", got, tt.want)
			}
		})
	}
}

func words(list []uint32) []byte {
	var code []byte
	for _, w := range list {
		code = binary.LittleEndian.AppendUint32(code, w)
	}
	return code
}

// TestARM64Registers: what golang.org/x/arch has an instruction write is no
// page afterwards. It is asked of words that cover the loads, stores and
// calculations.
func TestARM64Registers(t *testing.T) {
	const reg = 3
	asked := 0
	for hi := range uint32(1 << 16) {
		w := hi<<16 | 5<<5 | reg // most instructions: to or from x3, from x5
		inst, err := arm64asm.Decode(words([]uint32{w}))
		if err != nil {
			continue
		}
		first, ok := inst.Args[0].(arm64asm.Reg)
		if !ok || first != arm64asm.X0+reg && first != arm64asm.W0+reg {
			continue
		}
		op := inst.Op.String()
		reads := strings.HasPrefix(op, "ST") || strings.HasPrefix(op, "CB") || strings.HasPrefix(op, "TB") || op == "MSR" || op == "PRFM"
		if reads {
			continue
		}
		asked++
		var p pages
		p.set(reg, 0x1000)
		p.write(w)
		if _, ok := p.get(reg); ok && w>>25&15 != 10 && w>>25&15 != 11 {
			t.Errorf("%08x %v writes its register", w, inst)
		}
	}
	if asked < 1000 {
		t.Errorf("%d instructions", asked)
	}
}

// TestARM64Branches: many branches are under way at once.
func TestARM64Branches(t *testing.T) {
	var code []uint32
	const n = 3 * maxWaiting
	for i := range uint32(n) {
		code = append(code, 0xb0000800, 0x54000001|(n+i)<<5) // adrp x0, 0x501000; b.ne
	}
	code = append(code, slices.Repeat([]uint32{0xf9400801}, 3*n)...)
	if refs := new(ARM64).Refs(nil, words(code), 0x400000, Range{0x500000, 0x600000}); len(refs) != 3*n {
		t.Errorf("%d references, want %d", len(refs), 3*n)
	}
}

// TestARM64Kinds holds the table against the masks of the encodings.
func TestARM64Kinds(t *testing.T) {
	encodings := []struct {
		mask, value uint32
		kind        uint8
	}{
		{0x1f000000, 0x10000000, pageAddress}, // ADR, ADRP
		{0x7c000000, 0x14000000, branch},      // B, BL
		{0xff000010, 0x54000000, branchIf},    // B.cond
		{0x7e000000, 0x34000000, branchIf},    // CBZ, CBNZ
		{0x7e000000, 0x36000000, branchBit},   // TBZ, TBNZ
		{0xfe000000, 0xd6000000, branchRegister},
		{0xff800000, 0x91000000, addImmediate},
		{0x3b000000, 0x39000000, loadStore},
		{0x3b000000, 0x18000000, literal},
	}
	for top := range uint32(256) {
		for _, e := range encodings {
			if is := kindsARM64[top] == e.kind; top<<24&e.mask == e.value && !is {
				t.Errorf("%02x is not of kind %d", top, e.kind)
			}
		}
		// An instruction that the table says less of changes no register but its lowest.
		for low := range uint32(1 << 16) {
			w := top<<24 | low<<8 | 3
			p, q := pages{held: held{valid: 1<<31 - 1}}, uint32(1<<31-1)
			switch p.write(w); kindsARM64[top] {
			case result, addImmediate:
				q &^= 1 << 3
			case nothing:
			default:
				q = p.valid
			}
			if p.valid != q {
				t.Fatalf("%08x, of kind %d: what is held is %08x, want %08x", w, kindsARM64[top], q, p.valid)
			}
		}
	}
}

// TestARM64MayRefer: code that is left out refers to nothing that is wanted.
func TestARM64MayRefer(t *testing.T) {
	for _, name := range []string{"rust-v0-arm64", "c-exec-arm64"} {
		_, text, code := realFile(t, name)
		out, all := 0, 0
		for size := 16; size < 20000; size *= 5 {
			for lo := 0; lo < len(code); lo += size {
				part, addr := code[lo:min(len(code), lo+size)], text.Addr+uint64(lo)
				for page := text.Addr >> 12; page < (text.Addr+text.Size)>>12+64; page += 37 {
					data := Range{page << 12, page<<12 + 40<<10}
					d := ARM64{Wanted: func(lo, hi uint64) bool { return (hi+0x3fff)>>14 > (lo+0x3fff)>>14 }} // multiples of 16 KiB
					want := slices.DeleteFunc(d.follow(nil, part, addr, data), func(a uint64) bool { return a&0x3fff != 0 })
					got := slices.DeleteFunc(d.Refs(nil, part, addr, data), func(a uint64) bool { return a&0x3fff != 0 })
					if !slices.Equal(got, want) {
						t.Fatalf("%s, %#x: %#x, want %#x", name, addr, got, want)
					}
					if all++; !d.mayRefer(part, addr, data) {
						out++
					}
				}
			}
		}
		t.Logf("%s: %d of %d left out", name, out, all)
		if out == 0 || out == all {
			t.Errorf("%s: %d of %d left out", name, out, all)
		}
	}
	// An offset that leads far from the page.
	for _, w := range []uint32{0x91400400, 0xf9600000} { // add x0, x0, #1, lsl #12; ldr x0, [x0, #0x4000]
		code := words([]uint32{0xb0000800, w}) // adrp x0, 0x501000
		if refs := new(ARM64).Refs(nil, code, 0x400000, Range{0x502000, 0x506000}); len(refs) != 1 {
			t.Errorf("%08x: %#x", w, refs)
		}
	}
}

func FuzzARM64(f *testing.F) {
	f.Add(words([]uint32{0xb0000800, 0x14000003, 0xaa0103e0, 0xd65f03c0, 0xf9400801}))
	f.Add(words([]uint32{0x58000041, 0xd65f03c0, 0x512345, 0}))
	seed(f, func(code []byte) { f.Add(code) })
	f.Fuzz(func(t *testing.T, code []byte) {
		data := Range{Lo: 0x400000, Hi: 0x2000000}
		refs := new(ARM64).Refs(nil, code, 0x400000, data)
		check(t, refs, code, data)
		if want := new(ARM64).follow(nil, code, 0x400000, data); !slices.Equal(refs, want) {
			t.Errorf("%#x, want %#x", refs, want)
		}
	})
}
