// Package lambda knows what AWS Lambda takes, starts and charges.
//
// Three things are apart and share no state:
//
//   - Preset: the documented limits of a zip, a layer and an image;
//   - Check and CheckImage: what deployment would refuse, what would not start,
//     and what should not be shipped, as findings;
//   - CostOf and Save: what a month costs, from what is known of the invocations.
//
// # What is certain
//
// An error is what Lambda documents to refuse, or what the kernel or the dynamic
// loader of the runtime certainly refuses. All else is a warning. What libraries
// a runtime has is documented nowhere: the lists here are of what was seen in its
// public image, and a layer can bring more, so a library that is not among them
// is never an error.
//
// # What is not computed
//
// A cold start is measured or claimed by the user. Nothing here makes one from a
// size: images load lazily, and what a program does before its first request
// weighs more than its bytes.
package lambda

// Error is what cannot be checked or computed: what is wrong with the question,
// and what to ask instead.
type Error struct{ Problem, Hint string }

func (e *Error) Error() string { return e.Problem + " (" + e.Hint + ")" }
