// Package references finds who owns data by who refers to it: it decodes code for
// the addresses that it uses, and follows the pointers in data from there.
//
// Whose the data is that nothing else claims is concluded, so owners are Inferred.
package references
