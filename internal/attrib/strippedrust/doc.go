// Package strippedrust claims the functions of a Rust program without symbols.
//
// The unwind tables say where functions are, panic locations in the data of which
// crate some of them are, and the code which other functions these call and refer
// to. Package rustinfer concludes the rest.
package strippedrust
