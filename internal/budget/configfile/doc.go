// Package configfile reads budgets.yaml into a budget.Config, and changes numbers in
// the file and nothing else.
//
// Everything read keeps its position, so that an error, and later a breach, can name
// the line of the file that it is about. All mistakes of a file are found at once.
package configfile
