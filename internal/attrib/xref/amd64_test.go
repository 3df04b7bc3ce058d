package xref

import (
	"bytes"
	"debug/elf"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// The bytes are what GNU as makes of the instructions in the names.
func TestAMD64(t *testing.T) {
	data := Range{Lo: 0x500000, Hi: 0x600000}
	tests := []struct {
		name     string
		code     []byte // at 0x4ffff0
		absolute bool
		want     []uint64
	}{
		{"lea 0x10(%rip),%rax", []byte{0x48, 0x8d, 0x05, 0x10, 0, 0, 0}, false, []uint64{0x500007}},
		{"cmpb $7,0x10(%rip): the immediate counts", []byte{0x80, 0x3d, 0x10, 0, 0, 0, 7}, false, []uint64{0x500007}},
		{"movw $7,0x10(%rip): two bytes", []byte{0x66, 0xc7, 0x05, 0x10, 0, 0, 0, 7, 0}, false, []uint64{0x500009}},
		{"movl $7,0x10(%rip)", []byte{0xc7, 0x05, 0x10, 0, 0, 0, 7, 0, 0, 0}, false, []uint64{0x50000a}},
		{"jmp *0x10(%rip)", []byte{0xff, 0x25, 0x10, 0, 0, 0}, false, []uint64{0x500006}},
		{"movups 0x10(%rip),%xmm0", []byte{0x0f, 0x10, 0x05, 0x10, 0, 0, 0}, false, []uint64{0x500007}},
		{"vmovdqu 0x10(%rip),%ymm0", []byte{0xc5, 0xfe, 0x6f, 0x05, 0x10, 0, 0, 0}, false, []uint64{0x500008}},
		{"vmovdqu64 0x10(%rip),%zmm0", []byte{0x62, 0xf1, 0xfe, 0x48, 0x6f, 0x05, 0x10, 0, 0, 0}, false, []uint64{0x50000a}},
		{"pshufb 0x10(%rip),%xmm0", []byte{0x66, 0x0f, 0x38, 0x00, 0x05, 0x10, 0, 0, 0}, false, []uint64{0x500009}},
		{"palignr $4,0x10(%rip),%xmm0", []byte{0x66, 0x0f, 0x3a, 0x0f, 0x05, 0x10, 0, 0, 0, 4}, false, []uint64{0x50000a}},
		{"lea -0x20(%rip),%rax: not in the data", []byte{0x48, 0x8d, 0x05, 0xe0, 0xff, 0xff, 0xff}, false, nil},
		{"two instructions", []byte{0x90, 0x48, 0x8d, 0x05, 0x10, 0, 0, 0}, false, []uint64{0x500008}},
		{"an address in the middle of an immediate", []byte{0x48, 0xb8, 0x48, 0x8d, 0x05, 0x10, 0, 0, 0, 0x90}, false, nil},
		{"mov $0x512345,%edi", []byte{0xbf, 0x45, 0x23, 0x51, 0}, true, []uint64{0x512345}},
		{"mov $0x512345,%edi, position-independent", []byte{0xbf, 0x45, 0x23, 0x51, 0}, false, nil},
		{"push $0x512345", []byte{0x68, 0x45, 0x23, 0x51, 0}, true, []uint64{0x512345}},
		{"movq $0x512345,(%rax)", []byte{0x48, 0xc7, 0x00, 0x45, 0x23, 0x51, 0}, true, []uint64{0x512345}},
		{"movl $0x512345,(%rax): a number", []byte{0xc7, 0x00, 0x45, 0x23, 0x51, 0}, true, nil},
		{"cmp $0x512345,%eax: a number", []byte{0x3d, 0x45, 0x23, 0x51, 0}, true, nil},
		{"add $0x512345,%edi: a number", []byte{0x81, 0xc7, 0x45, 0x23, 0x51, 0}, true, nil},
		{"add $0x512345,%rdi", []byte{0x48, 0x81, 0xc7, 0x45, 0x23, 0x51, 0}, true, []uint64{0x512345}},
		{"add $0x512345,%rax", []byte{0x48, 0x05, 0x45, 0x23, 0x51, 0}, true, []uint64{0x512345}},
		{"cmp $0x512345,%rdi: an end", []byte{0x48, 0x81, 0xff, 0x45, 0x23, 0x51, 0}, true, nil},
		{"jmp *0x512345(,%rax,8)", []byte{0xff, 0x24, 0xc5, 0x45, 0x23, 0x51, 0}, true, []uint64{0x512345}},
		{"movzbl 0x512345(%rdi),%eax", []byte{0x0f, 0xb6, 0x87, 0x45, 0x23, 0x51, 0}, true, []uint64{0x512345}},
		{"cut short", []byte{0x48, 0x8d, 0x05, 0x10, 0, 0}, false, nil},
		{"no instruction, then one", []byte{0x06, 0x8d, 0x05, 0x10, 0, 0, 0}, false, []uint64{0x500007}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := new(AMD64).Refs(nil, tt.code, 0x4ffff0, data, tt.absolute); !slices.Equal(got, tt.want) {
				t.Errorf("%#x, want %#x", got, tt.want)
			}
		})
	}
}

// TestShape compares the walk with golang.org/x/arch on every instruction of
// this test. The library takes the byte behind VZEROUPPER for part of it, and does
// not say that an operand behind VEX or EVEX is RIP-relative; objdump does.
func TestShape(t *testing.T) {
	if runtime.GOARCH != "amd64" || runtime.GOOS != "linux" {
		t.Skip("this test is no ELF program for amd64 (run it on linux/amd64)")
	}
	f, err := elf.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	code, err := f.Section(".text").Data()
	if err != nil {
		t.Fatal(err)
	}
	n, differ := 0, 0
	for at := 0; at < len(code); {
		inst, err := x86asm.Decode(code[at:], 64)
		ins := shape(code[at:])
		if err != nil || inst.Op == 0 { // the latter is a prefix of what x/arch does not know: endbr64
			at += max(1, ins.length)
			continue
		}
		n++
		rip := false
		for _, arg := range inst.Args {
			m, ok := arg.(x86asm.Mem)
			rip = rip || ok && m.Base == x86asm.RIP
		}
		switch {
		case inst.Op.String() == "VZEROUPPER":
			inst.Len = 3
		case code[at] == 0xc4 || code[at] == 0xc5 || code[at] == 0x62:
			rip = ins.rip
		}
		if ins.length != inst.Len || ins.rip != rip {
			if differ++; differ < 20 {
				t.Logf("% x: %d bytes, RIP-relative %v; golang.org/x/arch: %v, %d, %v", code[at:at+inst.Len], ins.length, ins.rip, inst, inst.Len, rip)
			}
		}
		at += inst.Len
	}
	t.Logf("%d instructions", n)
	if n < 100000 || differ > 0 {
		t.Errorf("%d of %d instructions differ", differ, n)
	}
}

// TestStep compares the quick way to lengths with shape, and the remembered
// verdicts with golang.org/x/arch, on every instruction that begins with an opcode
// and random bytes behind it.
func TestStep(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	code := make([]byte, 16)
	var decoder AMD64
	decoded := 0
	for round := range 600000 {
		for i := range code {
			code[i] = byte(rng.Uint32())
		}
		escape := [][]byte{{}, {0x48}, {0x0f}, {0x48, 0x0f}, {0x66, 0x0f}, {0xf3, 0x0f}, {0xf2, 0x48, 0x0f}, {0x66}, {0x4c}}
		n := copy(code, escape[round%len(escape)])
		code[n] = byte(round / len(escape))
		ins := shape(code)
		if n := step(code, 0); n != max(1, ins.length) {
			t.Fatalf("% x: %d bytes, want %+v", code, n, ins)
		}
		if ins.length > 0 && (ins.disp != 0 || ins.imm != 0) {
			decoded++
			for range 2 { // asked, and remembered
				if got, want := decoder.decodes(code, &ins), decodes(code, &ins); got != want {
					t.Fatalf("% x: %v, want %v", code[:ins.length], got, want)
				}
			}
			changed := bytes.Clone(code[:ins.length])
			for i := max(ins.disp, ins.imm); i < len(changed); i++ {
				changed[i] ^= byte(rng.Uint32())
			}
			if got, want := decoder.decodes(changed, &ins), decodes(changed, &ins); got != want {
				t.Fatalf("% x behind % x: %v, want %v", changed, code[:ins.length], got, want)
			}
		}
	}
	if decoded < 50000 {
		t.Errorf("only %d had an operand of four bytes", decoded)
	}
}

// walkAll is AMD64.Refs that walks from each instruction to the next.
func walkAll(code []byte, addr uint64, data Range, absolute bool) (refs []uint64) {
	for at := 0; at < len(code); {
		ins := shape(code[at:])
		add := func(target uint64) {
			if data.contains(target) && decodes(code[at:], &ins) {
				refs = append(refs, target)
			}
		}
		if ins.rip {
			add(addr + uint64(at+ins.length) + int32At(code, at+ins.disp))
		} else if absolute && ins.disp != 0 {
			add(int32At(code, at+ins.disp))
		}
		if absolute && ins.imm != 0 {
			add(int32At(code, at+ins.imm))
		}
		at += max(1, ins.length)
	}
	return refs
}

// TestWalk: of the instructions between references few are walked; the references are
// those of a walk over all, in programs and in bytes without a meaning.
func TestWalk(t *testing.T) {
	compare := func(name string, code []byte, addr uint64, data Range) {
		for _, absolute := range []bool{false, true} {
			want := walkAll(code, addr, data, absolute)
			if got := new(AMD64).Refs(nil, code, addr, data, absolute); !slices.Equal(got, want) {
				t.Errorf("%s, absolute %v: %d references, want %d", name, absolute, len(got), len(want))
			}
			// Of interest are the multiples of 64.
			not := func(addr uint64) bool { return addr%64 != 0 }
			some := AMD64{Wanted: func(lo, hi uint64) bool { return (hi+63)/64 > (lo+63)/64 }}
			got := slices.DeleteFunc(some.Refs(nil, code, addr, data, absolute), not)
			if want := slices.DeleteFunc(want, not); !slices.Equal(got, want) {
				t.Errorf("%s, absolute %v: %d references of interest, want %d", name, absolute, len(got), len(want))
			}
		}
	}
	for _, name := range []string{"rust-std-lto-amd64", "rust-v0-amd64", "c-basic-amd64"} {
		f, text, code := realFile(t, name)
		ro := f.Section(".rodata")
		compare(name, code, text.Addr, Range{ro.Addr, ro.Addr + ro.Size})
		compare(name+", part of the data", code, text.Addr, Range{ro.Addr + ro.Size/2, ro.Addr + ro.Size/2 + 64})
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		code := make([]byte, rng.IntN(2000))
		for i := range code {
			code[i] = byte(rng.Uint32())
		}
		compare("random", code, 0x400000, Range{0x400000, 0x400000 + 1<<rng.IntN(40)})
	}
	compare("all memory", bytes.Repeat([]byte{5}, 300), 0x400000, Range{0, 1<<64 - 1})
}

func FuzzAMD64(f *testing.F) {
	f.Add([]byte{0x48, 0x8d, 0x05, 0x10, 0, 0, 0, 0xc3}, true)
	f.Add([]byte{0x62, 0xf1, 0xfe, 0x48, 0x6f, 0x05, 0x10, 0, 0, 0}, false)
	f.Add([]byte{0x8f, 0xe8, 0x78, 0xc2, 0xec, 0x0e, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66}, true)
	seed(f, func(code []byte) { f.Add(code, true) })
	f.Fuzz(func(t *testing.T, code []byte, absolute bool) {
		data := Range{Lo: 0x400000, Hi: 0x2000000}
		refs := new(AMD64).Refs(nil, code, 0x400000, data, absolute)
		check(t, refs, code, data)
		if want := walkAll(code, 0x400000, data, absolute); !slices.Equal(refs, want) {
			t.Errorf("%#x, want %#x", refs, want)
		}
	})
}

// seed adds the beginnings of real programs' code.
func seed(f *testing.F, add func(code []byte)) {
	for _, name := range []string{"../../../testdata/elf/c-basic-amd64", "../../../testdata/elf/rust-v0-arm64", "../../../testdata/elf/c-exec-arm64"} {
		file, err := elf.Open(name)
		if err != nil {
			f.Fatal(err)
		}
		code, err := file.Section(".text").Data()
		if err != nil {
			f.Fatal(err)
		}
		add(code[:min(len(code), 1<<10)])
		file.Close()
	}
}

func check(t *testing.T, refs []uint64, code []byte, data Range) {
	t.Helper()
	if len(refs) > len(code) {
		t.Errorf("%d references in %d bytes", len(refs), len(code))
	}
	for _, r := range refs {
		if !data.contains(r) {
			t.Errorf("%#x is not in the data", r)
		}
	}
}

func BenchmarkAMD64(b *testing.B) {
	f, text, code := realFile(b, "rust-std-lto-amd64")
	ro := f.Section(".rodata")
	b.SetBytes(int64(len(code)))
	var refs []uint64
	var decoder AMD64
	for b.Loop() {
		refs = decoder.Refs(refs[:0], code, text.Addr, Range{ro.Addr, ro.Addr + ro.Size}, false)
	}
}
