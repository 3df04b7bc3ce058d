// Package synthetic writes programs of any size that are the same everywhere, to
// see how time and memory grow.
package synthetic

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

const (
	functionSize = 64      // bytes of code
	codeAddress  = 0x10000 // of the first function
	pageSize     = 0x1000
	headerSize   = 64
	symbolSize   = 24
)

// Symbols writes a program for amd64 with n functions of Rust to path: 64 bytes
// each, with v0 names (RFC 2603) in 50 crates of 40 modules. The code itself is a
// hole in the file.
func Symbols(path string, n int) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	code := uint64(n) * functionSize
	symbols := pageSize + code
	names := symbols + uint64(n+1)*symbolSize
	if _, err := f.Seek(int64(symbols), io.SeekStart); err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	w.Write(make([]byte, symbolSize))
	offset := uint32(1)
	var name, symbol []byte
	for i := range n {
		name = appendName(name[:0], i)
		symbol = binary.LittleEndian.AppendUint32(symbol[:0], offset)
		symbol = append(symbol, 0x12, 0, 1, 0) // STB_GLOBAL STT_FUNC, the first section
		symbol = binary.LittleEndian.AppendUint64(symbol, codeAddress+uint64(i)*functionSize)
		symbol = binary.LittleEndian.AppendUint64(symbol, functionSize)
		w.Write(symbol)
		offset += uint32(len(name)) + 1
	}
	w.WriteByte(0)
	for i := range n {
		name = append(appendName(name[:0], i), 0)
		w.Write(name)
	}
	sectionNames := names + uint64(offset)
	const table = "\x00.text\x00.symtab\x00.strtab\x00.shstrtab\x00"
	w.WriteString(table)
	sections := (sectionNames + uint64(len(table)) + 7) &^ 7
	w.Write(make([]byte, sections-sectionNames-uint64(len(table))))
	for _, s := range [][10]uint64{
		{},
		{1, 1, 6, codeAddress, pageSize, code, 0, 0, 16, 0}, // SHT_PROGBITS, SHF_ALLOC and SHF_EXECINSTR
		{7, 2, 0, 0, symbols, uint64(n+1) * symbolSize, 3, 1, 8, symbolSize},
		{15, 3, 0, 0, names, uint64(offset), 0, 0, 1, 0},
		{23, 3, 0, 0, sectionNames, uint64(len(table)), 0, 0, 1, 0},
	} {
		var h []byte
		for i, v := range s {
			if i == 0 || i == 1 || i == 6 || i == 7 {
				h = binary.LittleEndian.AppendUint32(h, uint32(v))
			} else {
				h = binary.LittleEndian.AppendUint64(h, v)
			}
		}
		w.Write(h)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	header := []byte("\x7fELF\x02\x01\x01")
	header = append(header, make([]byte, 9)...)
	for _, v := range []uint16{2, 62} { // ET_EXEC, EM_X86_64
		header = binary.LittleEndian.AppendUint16(header, v)
	}
	header = binary.LittleEndian.AppendUint32(header, 1)
	for _, v := range []uint64{codeAddress, headerSize, sections} {
		header = binary.LittleEndian.AppendUint64(header, v)
	}
	header = binary.LittleEndian.AppendUint32(header, 0)
	for _, v := range []uint16{headerSize, 56, 1, 64, 5, 4} {
		header = binary.LittleEndian.AppendUint16(header, v)
	}
	for _, v := range []uint32{1, 5} { // PT_LOAD, readable and executable
		header = binary.LittleEndian.AppendUint32(header, v)
	}
	for _, v := range []uint64{pageSize, codeAddress, codeAddress, code, code, pageSize} {
		header = binary.LittleEndian.AppendUint64(header, v)
	}
	_, err = f.WriteAt(header, 0)
	return err
}

// appendName appends the v0 name of crateC::moduleM::functionI.
func appendName(b []byte, i int) []byte {
	crate := fmt.Sprintf("crate_%02d", i/16%50)
	module := fmt.Sprintf("module%02d", i%40)
	function := fmt.Sprintf("function%08d", i)
	return fmt.Appendf(b, "_RNvNtCs%s_%d%s%d%s%d%s", disambiguator(crate), len(crate), crate, len(module), module, len(function), function)
}

// disambiguator is some base-62 number that depends on the crate.
func disambiguator(crate string) string { return "4f" + crate[6:] + "kQz" }
