package serverless

import (
	"fmt"
	"io"
	"slices"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/texttable"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Table writes, for people, a program against the limits of AWS Lambda,
// what a month costs, and what each change saves.
func Table(w io.Writer, l *snapshot.Lambda, m display.Medium) error {
	name, facts := heading(l)
	if _, err := fmt.Fprintf(w, "%s\n%s\n", display.Clean(name), display.Clean(facts)); err != nil {
		return err
	}
	for _, p := range partsOf(l) {
		fmt.Fprintln(w)
		if len(p.rows) > 0 {
			t := texttable.New(w, m, p.header, p.left)
			t.Paths = p.paths
			for _, row := range p.rows {
				t.Add(row...)
			}
			if err := t.Render(); err != nil {
				return err
			}
		}
		for _, line := range slices.Concat(p.quotes, p.lines) {
			if _, err := fmt.Fprintln(w, display.Clean(line)); err != nil {
				return err
			}
		}
	}
	return nil
}
