// Package refit moves the limits of a budgets.yaml to what was measured and a headroom.
// All else in the file stays as it is.
package refit
