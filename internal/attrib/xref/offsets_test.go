package xref

import (
	"encoding/binary"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
	"golang.org/x/arch/x86/x86asm"
)

// TestOffsetsAMD64 has code as bytes; x/arch says what it is.
func TestOffsetsAMD64(t *testing.T) {
	for _, tt := range []struct {
		name, code, syntax string
		want               bool
	}{
		{"load and add", "\x48\x63\x04\xb9\x48\x01\xc8", "MOVSXD RAX, DWORD PTR [RCX+4*RDI]; ADD RAX, RCX", true},
		{"high registers", "\x4f\x63\x0c\x91\x4d\x03\xca", "MOVSXD R9, DWORD PTR [R9+4*R10]; ADD R9, R10", true},
		{"another between", "\x48\x63\x04\xb9\xba\x1e\x00\x00\x00\x48\x01\xc8", "MOVSXD RAX, DWORD PTR [RCX+4*RDI]; MOV EDX, 0x1e; ADD RAX, RCX", true},
		{"no add", "\x48\x63\x04\xb9\xc3", "MOVSXD RAX, DWORD PTR [RCX+4*RDI]; RET", false},
		{"add of a number", "\x48\x63\x04\xb9\x48\x83\xc0\x08", "MOVSXD RAX, DWORD PTR [RCX+4*RDI]; ADD RAX, 0x8", false},
		{"elements of 8 bytes", "\x48\x63\x04\xf9\x48\x01\xc8", "MOVSXD RAX, DWORD PTR [RCX+8*RDI]; ADD RAX, RCX", false},
		{"no index", "\x48\x63\x01\x48\x01\xc8", "MOVSXD RAX, DWORD PTR [RCX]; ADD RAX, RCX", false},
		{"no sign", "\x8b\x04\xb9\x48\x01\xc8", "MOV EAX, DWORD PTR [RCX+4*RDI]; ADD RAX, RCX", false},
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
		if got := OffsetsAMD64([]byte(tt.code)); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
		if got := OffsetsAMD64([]byte("\x63" + tt.code + "\x63")); got != tt.want {
			t.Errorf("%s: %v among others", tt.name, got)
		}
		OffsetsAMD64([]byte(tt.code[:3])) // ends anywhere
	}
}

// normal leaves out how x/arch writes the size of an operand.
func normal(syntax string) string {
	return strings.ToUpper(strings.NewReplacer("DWORD PTR ", "", "dword ptr ", "", "0x1*", "").Replace(syntax))
}

func TestOffsetsARM64(t *testing.T) {
	for _, tt := range []struct {
		name   string
		code   []uint32
		syntax string
		want   bool
	}{
		{"load and add", []uint32{0xb8a07909, 0x8b090100}, "LDRSW X9, [X8,X0,LSL #2]; ADD X0, X8, X9", true},
		{"index of 32 bits", []uint32{0xb8a05909, 0x8b080120}, "LDRSW X9, [X8,W0,UXTW #2]; ADD X0, X9, X8", true},
		{"another register", []uint32{0xb8a07909, 0x8b0a0100}, "LDRSW X9, [X8,X0,LSL #2]; ADD X0, X8, X10", false},
		{"no sign", []uint32{0xb8607909, 0x8b090100}, "LDR W9, [X8,X0,LSL #2]; ADD X0, X8, X9", false},
		{"no index", []uint32{0xb9800109, 0x8b090100}, "LDRSW X9, [X8]; ADD X0, X8, X9", false},
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
		if got := OffsetsARM64(code); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
		OffsetsARM64(code[:7]) // ends anywhere
	}
}
