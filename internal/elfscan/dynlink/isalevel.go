package dynlink

import (
	"debug/elf"
	"encoding/binary"
	"math/bits"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// ISALevel returns the x86-64 level that the file's GNU property note says it
// needs, as the dynamic loader checks it: 1 for the baseline up to 4 for
// x86-64-v4, 0 where nothing is said. Compilers say nothing unless they are asked
// to (-mneeded, -z x86-64-v3).
func ISALevel(b *elfscan.Binary) int {
	const (
		longest       = 1 << 16    // real ones have a few dozen bytes
		propertyType  = 5          // NT_GNU_PROPERTY_TYPE_0
		isaNeeded     = 0xc0008002 // GNU_PROPERTY_X86_ISA_1_NEEDED
		alignment     = 8          // of notes and properties in 64-bit files
		noteHeader    = 12
		gnuNameSize   = 4
		propertyStart = 8
	)
	if b.Arch != elfscan.AMD64 {
		return 0
	}
	le := binary.LittleEndian
	for _, p := range b.Segments {
		if p.Type != elf.PT_GNU_PROPERTY || p.Off > b.Size || p.Filesz > min(b.Size-p.Off, longest) {
			continue
		}
		data, err := b.BytesAt(p.Off, p.Filesz)
		if err != nil {
			return 0
		}
		if len(data) < noteHeader+gnuNameSize || le.Uint32(data) != gnuNameSize || le.Uint32(data[8:]) != propertyType ||
			string(data[noteHeader:noteHeader+gnuNameSize]) != "GNU\x00" {
			continue
		}
		size := uint64(le.Uint32(data[4:]))
		data = data[noteHeader+gnuNameSize:]
		data = data[:min(size, uint64(len(data)))]
		for len(data) >= propertyStart {
			kind, length := le.Uint32(data), uint64(le.Uint32(data[4:]))
			data = data[propertyStart:]
			if kind == isaNeeded && length == 4 && len(data) >= 4 {
				const levels = 1<<4 - 1
				return bits.Len32(le.Uint32(data) & levels)
			}
			data = data[min((length+alignment-1)&^(alignment-1), uint64(len(data))):]
		}
	}
	return 0
}
