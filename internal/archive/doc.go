// Package archive computes how many bytes a file becomes in a zip, a gzip and
// a zstd file, without running a program or keeping what was compressed.
//
// Zip and Gzip give the size of Info-ZIP's zip 3.0 and of GNU gzip 1.x at
// level 9 to the byte. Both tools descend from one deflate encoder, which
// decides more than the format (RFC 1951) does: which matches are tried,
// when a block ends, which of the three block types it becomes. Go's encoders
// decide otherwise and are 1 to 6 percent larger on executables, so that
// encoder's decisions are made here again. A size needs no bits: it follows
// from how often each symbol occurs in a block.
//
// The data flow of these two is:
//
//  1. window keeps the last 64 KiB and the hash chains over it, and finds matches;
//  2. parse chooses between a match and a literal, one byte of lookahead behind;
//  3. block counts the symbols, decides when a block ends, and sums its bits.
//
// Zstd follows zstd's level 19 in what it searches for and how it chooses, though
// not to the byte. Its encoder writes each block (RFC 8878) and keeps only how
// long that is:
//
//  1. section takes a part of the input and the window in front of it;
//  2. finder looks for matches in binary trees;
//  3. parser chooses the cheapest sequences, by prices that follow what was chosen;
//  4. blockWriter splits a block, chooses the entropy codes, and writes it.
package archive
