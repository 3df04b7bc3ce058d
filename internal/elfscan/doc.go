// Package elfscan reads the facts of one ELF file and holds no opinions about
// them: headers, sections, segments, symbols and relative relocations. It accepts
// 64-bit little-endian executables, position-independent executables and shared
// objects for amd64 and arm64, and says in one line what anything else is.
//
// The format is the System V ABI's ELF object file format with the x86-64 and
// AArch64 supplements. The headers are parsed by debug/elf; what a size report
// depends on (which bytes of the file belong to which section, symbols without
// a copy of each name) is this package's own.
//
// Files are hostile input. Nothing is allocated for a count or a size that the
// file does not have the bytes for.
package elfscan
