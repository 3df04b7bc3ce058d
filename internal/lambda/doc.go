// Package lambda knows what AWS Lambda takes and starts. What it charges is told by
// package cost.
//
// Two things are apart and share no state:
//
//   - Preset: the documented limits of a zip, a layer and an image;
//   - Check and CheckImage: what deployment would refuse, what would not start,
//     and what should not be shipped, as findings.
//
// # What is certain
//
// An error is
//
//   - what Lambda documents to refuse, or what the kernel or the dynamic loader of
//     the runtime certainly refuses;
//   - of an image, which is its own runtime, what the kernel or the loader in it
//     certainly refuses;
//   - a library that is neither in the package nor in the runtime, and bootstrap
//     itself: that a layer of the function brings them is not seen here. What
//     libraries a runtime has is documented nowhere: the lists here are of what was
//     seen in its public image on every date. A function that needs another one
//     fails at its first invocation, and putting the library into the package is
//     right in any case, so that a false alarm costs less than silence;
//   - debug information, and symbols in a Go program, in what Lambda starts and what
//     that loads from the package, or in the program that an image names: they work,
//     but who asks for the preset asks that they be left out;
//   - an ELF file for another architecture, if the package has none for the right one.
//
// All else is a warning: what may not work, what is near a limit or only takes
// another way to be uploaded, and what a package need not have. Packages of other
// publishers have libraries for several platforms, and with debug information, so
// that neither is a mistake of who deploys them.
package lambda

// Error is what cannot be checked or computed: what is wrong with the question,
// and what to ask instead.
type Error struct{ Problem, Hint string }

func (e *Error) Error() string { return e.Problem + " (" + e.Hint + ")" }
