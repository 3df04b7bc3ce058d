// Package goclaims says whose the bytes are that Go's linker wrote: functions, the
// function table itself, types and what else the runtime reads, and in the source view
// what was inlined.
//
// All of it follows from what package goruntime reads. Symbols are not asked, so that
// a stripped file has the same owners as the unstripped one.
package goclaims
