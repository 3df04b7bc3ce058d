// Package budget has what budgets.yaml says, as values with their positions, and
// what a check makes of it.
//
// Its subpackages go from one to the other:
//
//   - configfile reads budgets.yaml into a Config, with all that is wrong in it as
//     Errors; strictyaml is the YAML below it;
//   - pattern finds the files that a budget's paths mean, and the owners that a rule
//     about packages means;
//   - measure has the value of each Metric of a binary, a package or an image;
//   - judge holds what was measured against a Config: a Verdict, with the culprits of
//     each breach from culprit;
//   - starter writes a first budgets.yaml, refit moves the limits of one, with what
//     headroom says of how far above today's sizes they are;
//   - wording is how names and numbers stand in their messages.
package budget
