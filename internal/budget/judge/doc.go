// Package judge holds what was measured against the limits of budgets.yaml, and says in
// a sentence for each how it was met.
package judge
