// Package advise says how a file could be made smaller, from what the file
// itself shows.
//
//  1. A check looks at one subject (symbols, relocations, unwind tables …). What
//     it finds is evidence: names, addresses and bytes that are in the file.
//  2. Where what would go away can be counted in the file, or tried with its
//     content, the advice has a Saving. A linker pads segments to pages, so that
//     is worked out too (see package facts).
//  3. Else the advice has no number, but says how to find out.
//
// A file that already does what an advice asks for does not get it.
//
// What cannot be told from a file is left out:
//
//   - whether it was linked with --gc-sections: the names of input sections are
//     gone. There is only what the lack of it leaves in a program of C or Rust:
//     functions that nothing refers to, if there are symbols;
//   - the optimization level of Rust and of clang, but for Rust's level 0: neither
//     writes it down;
//   - anything that needs names, in a stripped file: which panic runtime there is
//     where libgcc is linked in, codegen units, duplicate generics of Rust.
package advise
