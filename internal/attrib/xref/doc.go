// Package xref finds the addresses of data that machine code refers to.
//
// On amd64 these are the RIP-relative operands and, in code that is linked at
// fixed addresses, 32-bit addresses in operands. Instructions have no fixed
// length: a small table walks from one to the next, but only before bytes that may
// be such an operand, and golang.org/x/arch decodes those whose operand may be an
// address of interest. On arm64 an address comes from ADRP with an immediate in a
// later instruction, from ADR, or out of a literal pool.
//
// The encodings are in the Intel 64 and IA-32 Architectures Software Developer's
// Manual, volume 2 (opcode maps in appendix A), and in the Arm Architecture
// Reference Manual for A-profile (C4, A64 instruction set encoding).
//
// Code is hostile input: any bytes are walked, in linear time.
package xref

// Range is addresses of interest: Lo ≤ address < Hi.
type Range struct{ Lo, Hi uint64 }

func (r Range) contains(addr uint64) bool { return addr-r.Lo < r.Hi-r.Lo }
