// Package debugclaims charges debug information to whom it describes, and says what it
// tells of inlined code.
package debugclaims
