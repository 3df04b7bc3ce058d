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

// TestPlain compares the quick way to lengths with shape, and the remembered
// verdicts with golang.org/x/arch, on every instruction that begins with an opcode
// and random bytes behind it.
func TestPlain(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	code := make([]byte, 16)
	var decoder AMD64
	easy, decoded := 0, 0
	for round := range 600000 {
		for i := range code {
			code[i] = byte(rng.Uint32())
		}
		escape := [][]byte{{}, {0x48}, {0x0f}, {0x48, 0x0f}, {0x66, 0x0f}, {0xf3, 0x0f}, {0xf2, 0x48, 0x0f}, {0x66}, {0x4c}}
		n := copy(code, escape[round%len(escape)])
		code[n] = byte(round / len(escape))
		ins := shape(code)
		for _, absolute := range []bool{false, true} {
			address := ins.rip || absolute && (ins.disp != 0 || ins.imm != 0)
			switch n := plain(code, 0, absolute); {
			case n == 0:
				continue
			case n != ins.length || address:
				t.Fatalf("% x, absolute %v: %d bytes without an address, want %+v", code, absolute, n, ins)
			}
			easy++
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
	if easy < 100000 || decoded < 50000 {
		t.Errorf("only %d were easy, and %d had an operand of four bytes", easy, decoded)
	}
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
	f, err := elf.Open("../../../testdata/elf/rust-std-lto-amd64")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	text, ro := f.Section(".text"), f.Section(".rodata")
	code, err := text.Data()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(code)))
	var refs []uint64
	var decoder AMD64
	for b.Loop() {
		refs = decoder.Refs(refs[:0], code, text.Addr, Range{ro.Addr, ro.Addr + ro.Size}, false)
	}
}
