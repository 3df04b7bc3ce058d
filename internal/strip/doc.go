// Package strip makes the stripped copy of an ELF file that GNU strip
// (binutils 2.40) makes of it, byte for byte wherever that is possible, and
// says how many bytes it has without making it.
//
// What strip does to a program or shared object:
//
//  1. It drops the symbol table with its strings, the section name table and
//     the debugging sections, which it knows by name (see keep.go).
//  2. It lays the rest out anew: the segments in the order of their addresses,
//     each at the next offset congruent to its address, the sections in them
//     at the distances of their addresses (see layout.go). For what a linker
//     wrote that usually gives the offsets there were. Bytes of a segment that
//     are in no section become zero.
//  3. The other sections follow in the order of their headers, then a new
//     symbol table if symbols are kept, then a new section name table, then
//     the section headers.
//
// The formats are those of the System V ABI's ELF specification with its GNU
// extensions. A file that GNU strip refuses is an error here too, and so are
// two kinds that it accepts but that no linker writes: sections of one segment
// that overlap in memory, and segments that cover a section which is dropped.
package strip
