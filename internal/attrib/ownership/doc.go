// Package ownership says who can own bytes of a file: Go packages, Rust crates,
// native libraries and source files, and the linker.
//
// A List grows while a file is read. An owner is known by its position in the list,
// so that an entry for it has four bytes and no pointer, and by its Key, which is
// what makes two claims have the same owner. GoModules and Crates tell the module,
// the version and the origin of owners, which names do not.
package ownership
