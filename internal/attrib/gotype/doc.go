// Package gotype reads the type descriptors that the Go linker leaves in a
// program for its runtime: which bytes describe types, their names, their
// method tables, interface tables and pointer masks, and the package that each
// type is of. Nothing of it needs a symbol: strip leaves it all, as the runtime
// needs it.
//
// The format is that of internal/abi (type.go, iface.go, map.go; in older
// versions runtime/type.go) and of the code that writes it,
// cmd/compile/internal/reflectdata. It has no specification besides. Go 1.16 to
// 1.26 are read, of 64-bit programs:
//
//   - names have a length of two bytes in 1.16, a varint since;
//   - a map's descriptor ends behind its flags at 88 bytes up to 1.23, at 112 in
//     the implementation that is the default since 1.24;
//   - large types have a program instead of a pointer mask up to 1.23, and a
//     word for a mask that is made when it is needed since 1.24.
//
// The steps of [Read]:
//
//  1. Walk. Descriptors are found through the moduledata's list of types and its
//     interface tables, and from each through its pointers to others. What lies
//     between and can only be a descriptor is walked too: not all are listed.
//  2. Packages. A type that is declared names its package; a type without a name
//     is of the packages of what it is made of.
//  3. Records. What each descriptor refers to is a range of bytes with the
//     packages of the types that share it.
//
// Input is hostile: every offset is checked, nothing recurses, and the arrays
// of all descriptors together are at most as large as the data.
package gotype
