package xref

import (
	"encoding/binary"
	"slices"
	"testing"
)

// The bytes are what GNU as makes of the instructions in the names.
func TestFlowAMD64(t *testing.T) {
	data := Range{Lo: 0x500000, Hi: 0x600000}
	tests := []struct {
		name        string
		code        []byte // at 0x4ffff0
		absolute    bool
		data, calls []uint64
	}{
		{"call of what is behind", []byte{0xe8, 0x10, 0, 0, 0}, false, nil, []uint64{0x500005}},
		{"call of what is before", []byte{0xe8, 0xe0, 0xff, 0xff, 0xff}, false, nil, []uint64{0x4fffd5}},
		{"addr32 call, as linkers relax one through the offset table", []byte{0x67, 0xe8, 0x10, 0, 0, 0}, false, nil, []uint64{0x500006}},
		{"jmp", []byte{0xe9, 0x10, 0, 0, 0}, false, nil, []uint64{0x500005}},
		{"jne", []byte{0x0f, 0x85, 0x10, 0, 0, 0}, false, nil, []uint64{0x500006}},
		{"a jump inside", []byte{0xe9, 0, 0, 0, 0, 0xc3}, false, nil, nil},
		{"a call of itself", []byte{0xe8, 0xfb, 0xff, 0xff, 0xff}, false, nil, nil},
		{"lea 0x10(%rip),%rax; call", []byte{0x48, 0x8d, 0x05, 0x10, 0, 0, 0, 0xe8, 0x10, 0, 0, 0}, false, []uint64{0x500007}, []uint64{0x50000c}},
		{"lea -0x20(%rip),%rax: not in the data", []byte{0x48, 0x8d, 0x05, 0xe0, 0xff, 0xff, 0xff}, false, nil, nil},
		{"mov $0x500010,%edi at fixed addresses", []byte{0xbf, 0x10, 0, 0x50, 0}, true, []uint64{0x500010}, nil},
		{"mov $0x500010,%edi elsewhere", []byte{0xbf, 0x10, 0, 0x50, 0}, false, nil, nil},
		{"mov 0x500010,%eax at fixed addresses", []byte{0x8b, 0x04, 0x25, 0x10, 0, 0x50, 0}, true, []uint64{0x500010}, nil},
		{"cut short", []byte{0xe8, 0x10, 0}, false, nil, nil},
		{"no instruction", []byte{0x06, 0xe8, 0x10, 0, 0, 0}, false, nil, []uint64{0x500006}},
	}
	for _, tt := range tests {
		var f Flow
		f.AMD64(tt.code, 0x4ffff0, data, tt.absolute)
		if !slices.Equal(f.Data, tt.data) || !slices.Equal(f.Calls, tt.calls) {
			t.Errorf("%s: data %#x, calls %#x, want %#x and %#x", tt.name, f.Data, f.Calls, tt.data, tt.calls)
		}
	}
}

func TestFlowARM64(t *testing.T) {
	tests := []struct {
		name        string
		code        []uint32 // at 0x10000
		data, calls []uint64
	}{
		{"bl forward", []uint32{0x94000004}, nil, []uint64{0x10010}},
		{"bl back", []uint32{0x97fffffc}, nil, []uint64{0xfff0}},
		{"b out of the function", []uint32{0x14000002}, nil, []uint64{0x10008}},
		{"b inside", []uint32{0x14000001, 0xd65f03c0}, nil, nil},
		{"adrp x0, 0x12000; add x0, x0, #0x10; bl", []uint32{0xd0000000, 0x91004000, 0x94000004}, []uint64{0x12010}, []uint64{0x10018}},
		{"ret", []uint32{0xd65f03c0}, nil, nil},
	}
	for _, tt := range tests {
		var code []byte
		for _, w := range tt.code {
			code = binary.LittleEndian.AppendUint32(code, w)
		}
		var f Flow
		f.ARM64(code, 0x10000, Range{Lo: 0x12000, Hi: 0x13000})
		if !slices.Equal(f.Data, tt.data) || !slices.Equal(f.Calls, tt.calls) {
			t.Errorf("%s: data %#x, calls %#x, want %#x and %#x", tt.name, f.Data, f.Calls, tt.data, tt.calls)
		}
	}
}
