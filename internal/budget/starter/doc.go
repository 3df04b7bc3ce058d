// Package starter writes a first budgets.yaml, with limits a little above what was
// measured and examples in comments.
package starter
