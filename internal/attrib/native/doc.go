// Package native says who owns the machine code that no Go table describes: C, C++,
// assembly and Rust. It concludes that from names and paths which other tools wrote
// down, and reads no file.
//
//   - [FromUnit] and [FromFileSymbol] turn a compile unit's or a source file's path
//     into an [Origin]: a Rust crate, a Go package, a library, a source file.
//   - [SourceFiles] does so for the files that the code of a program was inlined
//     from, with what the compile units beside them say.
//   - [FromRustSource] says which crate the path in a panic location is of.
//   - [StartupSymbol], [ThunkSymbol] and [CPPStd] know the reserved names of C
//     start-up code, of linkers and of the C++ standard library.
//
// Libraries are named by what their paths say, never by a list of known
// libraries. Only the source trees of the toolchains themselves (GCC, LLVM,
// glibc, musl, Rust's and Go's standard library) are recognised by name.
package native
