// Package native says who owns the machine code that no Go table describes:
// C, C++, assembly and Rust. It reads what other tools wrote down and draws no
// byte map of its own.
//
//   - [ReadUnits] lists the compile units of a file's DWARF with their address
//     ranges, reading only the root entry of each.
//   - [Divide] says how many bytes of each debug section are of each unit,
//     streaming through all entries. The formats are those of DWARF 2 to 5, with
//     GNU's extensions for split units.
//   - [ReadInlined] says which code was inlined from which functions, streaming
//     through all entries, with the line tables where entries do not tell the
//     source; [SourceFiles] turns the path of that into an [Origin].
//   - [FromUnit] and [FromFileSymbol] turn a unit's or a source file's path into
//     an [Origin]: a Rust crate, a Go package, a library, a source file.
//   - [FromRustSource] says which crate the path in a panic location is of.
//   - [StartupSymbol], [ThunkSymbol] and [CPPStd] know the reserved names of C
//     start-up code, of linkers and of the C++ standard library.
//
// Libraries are named by what their paths say, never by a list of known
// libraries. Only the source trees of the toolchains themselves (GCC, LLVM,
// glibc, musl, Rust's and Go's standard library) are recognised by name.
package native
