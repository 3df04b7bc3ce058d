// Package measure has the value of each metric of what was measured: of a binary, of a
// package or of an image. It also says what the value is made of, and what there is
// nothing of. It measures nothing itself: all is in the snapshots.
package measure
