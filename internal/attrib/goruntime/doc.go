// Package goruntime finds and reads what Go's linker writes into a file for the
// runtime: the function table, the moduledata that leads to everything else, and the
// types.
//
// All of it is found without symbols, so that a stripped file says the same. What
// is read are facts; whom bytes are charged to is decided elsewhere.
package goruntime
