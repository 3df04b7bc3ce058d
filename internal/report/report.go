// Package report renders reports of ELF files, one file a format. Renderers format what
// they are given and decide nothing about it. Those of other subjects are below it.
package report

import (
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/breakdown"
)

// Options choose what is shown of a report, and how.
type Options struct {
	breakdown.Choice
	display.Medium
	// Continued says that the files follow others that were written before: what a
	// format has only once, above all files, is there already.
	Continued bool
}
