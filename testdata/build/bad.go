package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// writeBad writes the inputs that are refused, or read in part, by design.
func writeBad(dir string) error {
	little, big := binary.ByteOrder(binary.LittleEndian), binary.ByteOrder(binary.BigEndian)
	files := map[string][]byte{
		"elf32-i386":       elfHeader(elf.ELFCLASS32, little, elf.ET_EXEC, elf.EM_386),
		"elf32-arm":        elfHeader(elf.ELFCLASS32, little, elf.ET_EXEC, elf.EM_ARM),
		"elf32-x32":        elfHeader(elf.ELFCLASS32, little, elf.ET_EXEC, elf.EM_X86_64),
		"elf64-s390x":      elfHeader(elf.ELFCLASS64, big, elf.ET_EXEC, elf.EM_S390),
		"elf64-aarch64_be": elfHeader(elf.ELFCLASS64, big, elf.ET_EXEC, elf.EM_AARCH64),
		"elf64-riscv64":    elfHeader(elf.ELFCLASS64, little, elf.ET_DYN, elf.EM_RISCV),
		"elf64-core":       elfHeader(elf.ELFCLASS64, little, elf.ET_CORE, elf.EM_X86_64),
		"elf64-truncated":  elfHeader(elf.ELFCLASS64, little, elf.ET_EXEC, elf.EM_X86_64)[:20],
		"relocatable.o":    relocatable(),
		"empty":            nil,
		"script.sh":        []byte("#!/bin/sh\necho not an ELF file\n"),
		// A 64-bit header for arm64, an executable with no load commands.
		"macho64": little32(0xfeedfacf, 0x0100000c, 0, 2, 0, 0, 0, 0),
		// One slice, for amd64: 32 bytes at offset 64, which hold such a header.
		"macho-fat": append(append(big32(0xcafebabe, 1, 0x01000007, 3, 64, 32, 3), make([]byte, 36)...),
			little32(0xfeedfacf, 0x01000007, 3, 2, 0, 0, 0, 0)...),
		"pe.exe": pe(),
		"wasm":   append([]byte("\x00asm"), 1, 0, 0, 0),
		"ar.a":   []byte("!<arch>\n" + fmt.Sprintf("%-16s%-12d%-6d%-6d%-8s%-10d`\n", "note.txt/", 0, 0, 0, "644", 6) + "hello\n"),
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := io.WriteString(z, "hello\n"); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	files["gzip.gz"] = packed.Bytes()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	entry, err := w.CreateHeader(&zip.FileHeader{Name: "note.txt", Method: zip.Store})
	if err != nil {
		return err
	}
	if _, err := io.WriteString(entry, "hello\n"); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	files["zip.zip"] = archive.Bytes()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// elfHeader makes an ELF header with nothing behind it.
func elfHeader(class elf.Class, order binary.ByteOrder, kind elf.Type, machine elf.Machine) []byte {
	data := elf.ELFDATA2LSB
	if order == binary.BigEndian {
		data = elf.ELFDATA2MSB
	}
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(class), byte(data), byte(elf.EV_CURRENT)}
	var b bytes.Buffer
	// Writing fixed-size values to a buffer cannot fail.
	if class == elf.ELFCLASS32 {
		binary.Write(&b, order, elf.Header32{Ident: ident, Type: uint16(kind), Machine: uint16(machine), Version: 1, Ehsize: 52, Phentsize: 32, Shentsize: 40})
	} else {
		binary.Write(&b, order, elf.Header64{Ident: ident, Type: uint16(kind), Machine: uint16(machine), Version: 1, Ehsize: 64, Phentsize: 56, Shentsize: 64})
	}
	return b.Bytes()
}

// relocatable makes an object file for amd64: one return instruction in .text.
func relocatable() []byte {
	const names = "\x00.text\x00.shstrtab\x00"
	order := binary.LittleEndian
	header := elfHeader(elf.ELFCLASS64, order, elf.ET_REL, elf.EM_X86_64)
	code := []byte{0xc3}
	textAt := uint64(len(header))
	namesAt := textAt + uint64(len(code))
	sectionsAt := (namesAt + uint64(len(names)) + 7) &^ 7
	order.PutUint16(header[52+2:], 0) // no program headers, so no entry size
	order.PutUint64(header[40:], sectionsAt)
	order.PutUint16(header[60:], 3)
	order.PutUint16(header[62:], 2)
	b := bytes.NewBuffer(header)
	b.Write(code)
	b.WriteString(names)
	b.Write(make([]byte, sectionsAt-uint64(b.Len())))
	// Writing fixed-size values to a buffer cannot fail.
	binary.Write(b, order, []elf.Section64{
		{},
		{Name: 1, Type: uint32(elf.SHT_PROGBITS), Flags: uint64(elf.SHF_ALLOC | elf.SHF_EXECINSTR), Off: textAt, Size: uint64(len(code)), Addralign: 1},
		{Name: 7, Type: uint32(elf.SHT_STRTAB), Off: namesAt, Size: uint64(len(names)), Addralign: 1},
	})
	return b.Bytes()
}

// pe makes the two headers that identify a Windows program for amd64.
func pe() []byte {
	b := make([]byte, 64, 96)
	copy(b, "MZ")
	binary.LittleEndian.PutUint32(b[60:], 64)
	b = append(b, "PE\x00\x00\x64\x86"...)
	return append(b, make([]byte, 18)...)
}

func little32(words ...uint32) []byte { return words32(binary.LittleEndian, words) }
func big32(words ...uint32) []byte    { return words32(binary.BigEndian, words) }

func words32(order binary.AppendByteOrder, words []uint32) []byte {
	var b []byte
	for _, w := range words {
		b = order.AppendUint32(b, w)
	}
	return b
}
