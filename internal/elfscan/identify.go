package elfscan

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"
)

const supported = "sizegate reads 64-bit ELF programs and shared objects for Linux on amd64 and arm64"

// magics are the first bytes of what people give instead of an ELF file.
var magics = []struct{ prefix, what, hint string }{
	{"\xcf\xfa\xed\xfe", "a Mach-O file for macOS", "build for Linux: GOOS=linux, or cargo build --target …-unknown-linux-gnu"},
	{"\xce\xfa\xed\xfe", "a 32-bit Mach-O file for macOS", "build for Linux"},
	{"\xfe\xed\xfa", "a big-endian Mach-O file", "build for Linux"},
	{"\xca\xfe\xba\xbe", "a universal Mach-O file or a Java class", "build for Linux"},
	{"MZ", "a PE file for Windows", "build for Linux: GOOS=linux, or cargo build --target …-unknown-linux-gnu"},
	{"\x00asm", "a WebAssembly module", supported},
	{"!<arch>\n", "an archive of object files", "name the program that was linked from it"},
	{"!<thin>\n", "a thin archive of object files", "name the program that was linked from it"},
	{"#!", "a script", "name the program that it starts"},
	{"PK\x03\x04", "a zip file", "name the program inside it"},
	{"\x1f\x8b", "a gzip file", "name the program inside it"},
	{"\x28\xb5\x2f\xfd", "a zstd file", "name the program inside it"},
	{"\xfd7zXZ\x00", "an xz file", "name the program inside it"},
	{"BC\xc0\xde", "LLVM bitcode", "name the program that is linked from it"},
}

// identify says in an *Error what a file that is not a supported ELF file is;
// head is its first bytes.
func identify(head []byte) error {
	if len(head) == 0 {
		return &Error{Problem: "an empty file", Hint: "did the build fail, or the disk fill up?"}
	}
	if !bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		for _, m := range magics {
			if bytes.HasPrefix(head, []byte(m.prefix)) {
				return &Error{Problem: m.what + ", not an ELF file", Hint: m.hint}
			}
		}
		return &Error{Problem: "not an ELF file", Hint: supported}
	}
	if len(head) < 20 {
		return &Error{Problem: fmt.Sprintf("an ELF file cut off after %d bytes", len(head)), Hint: "copy or build it again"}
	}
	class, data := elf.Class(head[elf.EI_CLASS]), elf.Data(head[elf.EI_DATA])
	order := binary.ByteOrder(binary.LittleEndian)
	if data == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	kind, machine := elf.Type(order.Uint16(head[16:])), elf.Machine(order.Uint16(head[18:]))
	switch {
	case class == elf.ELFCLASS32:
		return &Error{Problem: "a 32-bit ELF file for " + machineName(machine), Hint: supported}
	case class != elf.ELFCLASS64:
		return &Error{Problem: fmt.Sprintf("an ELF file of unknown class %d", class), Hint: supported}
	case data == elf.ELFDATA2MSB:
		return &Error{Problem: "a big-endian ELF file for " + machineName(machine), Hint: supported}
	case data != elf.ELFDATA2LSB:
		return &Error{Problem: fmt.Sprintf("an ELF file of unknown byte order %d", data), Hint: supported}
	case machine != elf.EM_X86_64 && machine != elf.EM_AARCH64:
		return &Error{Problem: "an ELF file for " + machineName(machine), Hint: supported}
	case len(head) < headerSize:
		return &Error{Problem: fmt.Sprintf("an ELF file cut off after %d bytes", len(head)), Hint: "copy or build it again"}
	}
	switch kind {
	case elf.ET_EXEC, elf.ET_DYN:
		return nil
	case elf.ET_REL:
		return &Error{Problem: "an object file, not yet linked", Hint: "name the program that is linked from it"}
	case elf.ET_CORE:
		return &Error{Problem: "a core dump", Hint: "name the program that left it"}
	}
	return &Error{Problem: fmt.Sprintf("an ELF file of unknown type %d", kind), Hint: supported}
}

// machineName turns EM_RISCV into "riscv".
func machineName(m elf.Machine) string {
	name, ok := strings.CutPrefix(m.String(), "EM_")
	if !ok || strings.Contains(name, "+") { // "EM_ALPHA_STD+9958" is how debug/elf says that it does not know
		return fmt.Sprintf("unknown machine %d", m)
	}
	return strings.ToLower(name)
}
