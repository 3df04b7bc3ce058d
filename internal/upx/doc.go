// Package upx finds the UPX packer, runs it on a copy of a program, and
// remembers what came out.
//
// The steps of [Runner.Pack], each finished before the next begins:
//
//  1. Write the input into a private directory, hashing it on the way.
//  2. Look the hash up in the cache; a hit ends here.
//  3. Run UPX on the copy, then `upx -t` on what it wrote, both in a process
//     group that is killed as a whole.
//  4. Classify the end: packed, declined, or failed.
//  5. Remember sizes and declines. A failure may pass, so it is not remembered.
//
// UPX itself is the only source of sizes: nothing here estimates.
package upx
