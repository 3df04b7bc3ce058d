// Package moved has the renderers of what sizegate update changed, one a format.
package moved

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/sizegate/sizegate/internal/budget/refit"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
)

// Update is what became of a configuration.
type Update struct {
	*refit.Refit
	Path     string // of the configuration
	Headroom string // as it was asked for, "5%"
	Written  bool
}

// Table lists each change on a line of its own, and says at the end how many limits
// were changed. After a dryRun nothing was written.
func (u *Update) Table(w io.Writer, dryRun bool) {
	for i := range u.Moves {
		m := &u.Moves[i]
		direction := "lowered"
		if m.To > m.From {
			direction = "raised"
		}
		measured := bytesize.Size(m.Value).Grouped() + " B measured"
		if m.Metric.Counted() {
			measured = bytesize.Size(m.Value).Grouped() + " measured"
		}
		why := measured + " + " + u.Headroom
		if m.Tied {
			why = "with its error limit; " + measured
		} else if m.Rounded {
			why += ", rounded up"
		}
		fmt.Fprintln(w, display.Clean(fmt.Sprintf("%s:%d: %s: %s %s: %s -> %s (%s; %s)",
			u.Path, m.Edit.Position.Line, m.Budget, limitName(m), m.Bound, m.Edit.Old, m.Edit.New, direction, why)))
	}
	for _, absent := range u.Absent {
		fmt.Fprintln(w, display.Clean(fmt.Sprintf("%s:%d: %s: %s: kept", u.Path, absent.Position.Line, absent.Budget, absent.Why)))
	}
	end := ""
	if u.Comments > 0 {
		end = fmt.Sprintf(", %s corrected", display.Counted(u.Comments, "comment"))
	}
	if dryRun {
		end += "; nothing was written"
	}
	fmt.Fprintf(w, "%s changed, %s as they were%s\n", display.Counted(u.Changed, "limit"), display.Number(u.Kept), end)
}

// limitName is what a line calls the limit.
func limitName(m *refit.Move) string {
	switch {
	case m.Subject != "":
		return m.Subject + " " + string(m.Metric)
	case m.Level != "":
		return fmt.Sprintf("%s (%s)", m.Metric, m.Level)
	}
	return string(m.Metric)
}

// JSON writes the schema sizegate.update/v1.
func (u *Update) JSON(w io.Writer) error {
	type change struct {
		Budget  string `json:"budget"`
		Metric  string `json:"metric"`
		Subject string `json:"subject"`
		Bound   string `json:"bound"`
		Line    int    `json:"line"`
		Old     string `json:"old"`
		New     string `json:"new"`
		Value   uint64 `json:"value"`
	}
	changes := []change{}
	for _, m := range u.Moves {
		changes = append(changes, change{m.Budget, string(m.Metric), m.Subject, m.Bound, m.Edit.Position.Line, m.Edit.Old, m.Edit.New, m.Value})
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", " ")
	return encoder.Encode(struct {
		Schema  string   `json:"schema"`
		Written bool     `json:"written"`
		Changes []change `json:"changes"`
	}{"sizegate.update/v1", u.Written, changes})
}
