// Package scratch makes temporary folders and files of which nothing stays for
// ever: each carries a lock (flock) for as long as its process lives, and the next
// run removes those that nobody holds. So a process may be killed at any moment,
// and two runs at once leave each other alone.
package scratch
