package xref

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
	"golang.org/x/arch/x86/x86asm"
)

// TestOffsetTablesAMD64 has code as bytes; x/arch says what it is.
func TestOffsetTablesAMD64(t *testing.T) {
	const (
		lea       = "\x48\x8d\x0d\x00\x10\x00\x00" // LEA RCX, [RIP+0x1000]
		leaSyntax = "LEA RCX, [RIP+0x1000]; "
		table     = 7 + 0x1000 // where it leads to
	)
	for _, tt := range []struct {
		name, code, syntax string
		want               []uint64
	}{
		{"load and add", lea + "\x48\x63\x04\xb9\x48\x01\xc8", leaSyntax + "MOVSXD RAX, DWORD PTR [RCX+4*RDI]; ADD RAX, RCX", []uint64{table}},
		{"the other way", lea + "\x48\x63\x04\xb9\x48\x03\xc1", leaSyntax + "MOVSXD RAX, DWORD PTR [RCX+4*RDI]; ADD RAX, RCX", []uint64{table}},
		{"high registers", "\x4c\x8d\x15\x00\x10\x00\x00\x4f\x63\x0c\x8a\x4d\x03\xca", "LEA R10, [RIP+0x1000]; MOVSXD R9, DWORD PTR [R10+4*R9]; ADD R9, R10", []uint64{table}},
		{"another between", lea + "\x48\x63\x04\xb9\xba\x1e\x00\x00\x00\x48\x01\xc8", leaSyntax + "MOVSXD RAX, DWORD PTR [RCX+4*RDI]; MOV EDX, 0x1e; ADD RAX, RCX", []uint64{table}},
		{"without the first case", lea + "\x48\x63\x54\x81\xf8\x48\x01\xca", leaSyntax + "MOVSXD RDX, DWORD PTR [RCX+4*RAX-0x8]; ADD RDX, RCX", []uint64{table}},
		{"without many", lea + "\x48\x63\x94\x81\x00\xff\xff\xff\x48\x01\xca", leaSyntax + "MOVSXD RDX, DWORD PTR [RCX+4*RAX+0xffffff00]; ADD RDX, RCX", []uint64{table}},
		{"an index of bytes", lea + "\x48\x63\x14\x0a\x48\x01\xca", leaSyntax + "MOVSXD RDX, DWORD PTR [RDX+RCX]; ADD RDX, RCX", []uint64{table}},
		{"an index of bytes behind it", lea + "\x48\x63\x14\x11\x48\x01\xca", leaSyntax + "MOVSXD RDX, DWORD PTR [RCX+RDX]; ADD RDX, RCX", []uint64{table}},
		{"two loads", lea + "\x48\x63\x04\xb9\x48\x01\xc8\x48\x63\x04\xb9\x48\x01\xc8",
			leaSyntax + "MOVSXD RAX, DWORD PTR [RCX+4*RDI]; ADD RAX, RCX; MOVSXD RAX, DWORD PTR [RCX+4*RDI]; ADD RAX, RCX", []uint64{table, table}},
		{"of two addresses the last", lea + "\x48\x8d\x0d\x00\x20\x00\x00\x48\x63\x04\xb9\x48\x01\xc8",
			leaSyntax + "LEA RCX, [RIP+0x2000]; MOVSXD RAX, DWORD PTR [RCX+4*RDI]; ADD RAX, RCX", []uint64{14 + 0x2000}},
		{"data that a vector is loaded with", lea + "\x66\x0f\x6f\x05\x00\x20\x00\x00\x48\x63\x04\xb9\x48\x01\xc8",
			leaSyntax + "MOVDQA X0, [RIP+0x2000]; MOVSXD RAX, DWORD PTR [RCX+4*RDI]; ADD RAX, RCX", []uint64{table}},
		{"the address of something else", "\x48\x8d\x15\x00\x10\x00\x00\x48\x63\x04\xb9\x48\x01\xc8", "LEA RDX, [RIP+0x1000]; MOVSXD RAX, DWORD PTR [RCX+4*RDI]; ADD RAX, RCX", nil},
		{"the address is behind it", "\x48\x63\x04\xb9\x48\x01\xc8" + lea, "MOVSXD RAX, DWORD PTR [RCX+4*RDI]; ADD RAX, RCX; LEA RCX, [RIP+0x1000]", nil},
		{"an addition of others", lea + "\x48\x63\x04\xb9\x48\x01\xd0", leaSyntax + "MOVSXD RAX, DWORD PTR [RCX+4*RDI]; ADD RAX, RDX", nil},
		{"an addition of the table to another", lea + "\x48\x63\x04\xb9\x48\x01\xca", leaSyntax + "MOVSXD RAX, DWORD PTR [RCX+4*RDI]; ADD RDX, RCX", nil},
		{"no add", lea + "\x48\x63\x04\xb9\xc3", leaSyntax + "MOVSXD RAX, DWORD PTR [RCX+4*RDI]; RET", nil},
		{"add of a number", lea + "\x48\x63\x04\xb9\x48\x83\xc0\x08", leaSyntax + "MOVSXD RAX, DWORD PTR [RCX+4*RDI]; ADD RAX, 0x8", nil},
		{"elements of 8 bytes", lea + "\x48\x63\x04\xf9\x48\x01\xc8", leaSyntax + "MOVSXD RAX, DWORD PTR [RCX+8*RDI]; ADD RAX, RCX", nil},
		{"no index", lea + "\x48\x63\x01\x48\x01\xc8", leaSyntax + "MOVSXD RAX, DWORD PTR [RCX]; ADD RAX, RCX", nil},
		{"no sign", lea + "\x8b\x04\xb9\x48\x01\xc8", leaSyntax + "MOV EAX, DWORD PTR [RCX+4*RDI]; ADD RAX, RCX", nil},
	} {
		var syntax []string
		for rest := []byte(tt.code); len(rest) > 0; {
			inst, err := x86asm.Decode(rest, 64)
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			syntax = append(syntax, inst.String())
			rest = rest[inst.Len:]
		}
		if got := strings.Join(syntax, "; "); normal(got) != normal(tt.syntax) {
			t.Errorf("%s: the bytes are %q, want %q", tt.name, got, tt.syntax)
		}
		const addr = 0x400000
		want := slices.Clone(tt.want)
		for i := range want {
			want[i] += addr
		}
		if got := OffsetTablesAMD64(nil, []byte(tt.code), addr); !slices.Equal(got, want) {
			t.Errorf("%s: %#x, want %#x", tt.name, got, want)
		}
		if got := OffsetTablesAMD64(nil, []byte("\x63"+tt.code+"\x63"), addr-1); !slices.Equal(got, want) {
			t.Errorf("%s: %#x among others, want %#x", tt.name, got, want)
		}
		for n := range tt.code {
			OffsetTablesAMD64(nil, []byte(tt.code[:n]), addr) // ends anywhere
		}
	}
}

// normal leaves out how x/arch writes the size of an operand.
func normal(syntax string) string {
	return strings.ToUpper(strings.NewReplacer("DWORD PTR ", "", "dword ptr ", "", "0x1*", "").Replace(syntax))
}

func TestOffsetTablesARM64(t *testing.T) {
	const adrp, add = 0xb0000008, 0x91008108 // of x8: the next page, and 0x20
	const address = "ADRP X8, .+0x1000; ADD X8, X8, #0x20; "
	for _, tt := range []struct {
		name   string
		code   []uint32
		syntax string
		want   []uint64
	}{
		{"load and add", []uint32{adrp, add, 0xb8a07909, 0x8b090100}, address + "LDRSW X9, [X8,X0,LSL #2]; ADD X0, X8, X9", []uint64{0x401020}},
		{"index of 32 bits", []uint32{adrp, add, 0xb8a05909, 0x8b080120}, address + "LDRSW X9, [X8,W0,UXTW #2]; ADD X0, X9, X8", []uint64{0x401020}},
		{"ADR", []uint32{0x10000108, 0xb8a07909, 0x8b090100}, "ADR X8, .+0x20; LDRSW X9, [X8,X0,LSL #2]; ADD X0, X8, X9", []uint64{0x400020}},
		{"two loads", []uint32{adrp, add, 0xb8a07909, 0x8b090100, 0xb8a07909, 0x8b090100},
			address + "LDRSW X9, [X8,X0,LSL #2]; ADD X0, X8, X9; LDRSW X9, [X8,X0,LSL #2]; ADD X0, X8, X9", []uint64{0x401020, 0x401020}},
		{"data that is loaded", []uint32{adrp, 0x3dc00900, 0xb8a07909, 0x8b090100}, "ADRP X8, .+0x1000; LDR Q0, [X8,#32]; LDRSW X9, [X8,X0,LSL #2]; ADD X0, X8, X9", nil},
		{"the address of something else", []uint32{0xb000000a, 0x9100814a, 0xb8a07909, 0x8b090100}, "ADRP X10, .+0x1000; ADD X10, X10, #0x20; LDRSW X9, [X8,X0,LSL #2]; ADD X0, X8, X9", nil},
		{"another register", []uint32{adrp, add, 0xb8a07909, 0x8b0a0100}, address + "LDRSW X9, [X8,X0,LSL #2]; ADD X0, X8, X10", nil},
		{"without the table", []uint32{adrp, add, 0xb8a07909, 0x8b090140}, address + "LDRSW X9, [X8,X0,LSL #2]; ADD X0, X10, X9", nil},
		{"no sign", []uint32{adrp, add, 0xb8607909, 0x8b090100}, address + "LDR W9, [X8,X0,LSL #2]; ADD X0, X8, X9", nil},
		{"no index", []uint32{adrp, add, 0xb9800109, 0x8b090100}, address + "LDRSW X9, [X8]; ADD X0, X8, X9", nil},
	} {
		var code []byte
		var syntax []string
		for _, w := range tt.code {
			code = binary.LittleEndian.AppendUint32(code, w)
			inst, err := arm64asm.Decode(code[len(code)-4:])
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			syntax = append(syntax, inst.String())
		}
		if got := strings.ReplaceAll(strings.Join(syntax, "; "), ", ", ","); got != strings.ReplaceAll(tt.syntax, ", ", ",") {
			t.Errorf("%s: the words are %q, want %q", tt.name, got, tt.syntax)
		}
		const addr = 0x400000
		if got := OffsetTablesARM64(nil, code, addr); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %#x, want %#x", tt.name, got, tt.want)
		}
		for n := range code {
			OffsetTablesARM64(nil, code[:n], addr) // ends anywhere
		}
	}
}
