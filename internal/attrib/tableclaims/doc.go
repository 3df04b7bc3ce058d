// Package tableclaims charges each record of the tables that linkers write to whom it is
// about: unwind tables, relocations, symbol and string tables, pointer tables.
//
// Who that is was decided before: these are the tables about code and data that are
// divided already.
package tableclaims
