// Package symbolclaims claims what symbols name, and finds out whose each symbol is:
// by its name, and where that tells nothing by compile units, by the source file that
// the symbol table names, and by the functions around it.
package symbolclaims
