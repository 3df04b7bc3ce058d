package outcome

import (
	"io"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/difference"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// schema is the value of "schema" of a verdict in JSON.
const schema = "sizegate.check/v1"

// The JSON of a verdict. Its field names are a contract with users.
type (
	jsonCheck struct {
		Schema   string        `json:"schema"`
		Sizegate string        `json:"sizegate"`
		Config   string        `json:"config"`
		Passed   bool          `json:"passed"`
		Exit     int           `json:"exit"`
		Results  []jsonResult  `json:"results"`
		Failures []jsonFailure `json:"failures"`
		Warnings []jsonWarning `json:"warnings"`
	}
	jsonResult struct {
		Budget   string        `json:"budget"`
		Path     string        `json:"path"`
		Metric   string        `json:"metric"`
		Level    string        `json:"level"`
		Subject  string        `json:"subject"`
		Value    *uint64       `json:"value"`
		Limit    *uint64       `json:"limit"`
		Baseline *uint64       `json:"baseline"`
		Delta    *int64        `json:"delta"`
		Status   string        `json:"status"`
		Line     int           `json:"line"`
		Column   int           `json:"column"`
		Message  string        `json:"message"`
		Note     string        `json:"note"`
		Culprits *jsonCulprits `json:"culprits,omitempty"`
	}
	jsonCulprits struct {
		Heaviest  []jsonHeavy          `json:"heaviest"`
		Owners    []difference.JSONRow `json:"owners"`
		Functions []difference.JSONRow `json:"functions"`
		Sections  []difference.JSONRow `json:"sections"`
		Layers    []difference.JSONRow `json:"layers,omitempty"` // of images alone
	}
	jsonHeavy struct {
		Name string `json:"name"`
		Kind string `json:"kind"`
		ID   string `json:"id"`
		Size uint64 `json:"size"`
	}
	jsonFailure struct {
		Budget  string `json:"budget"`
		Path    string `json:"path"`
		Message string `json:"message"`
		Line    int    `json:"line"`
		Column  int    `json:"column"`
	}
	jsonWarning struct {
		Message string `json:"message"`
		Line    int    `json:"line"`
		Column  int    `json:"column"`
	}
)

// JSON writes a verdict as "sizegate.check/v1": whole, in the order of the
// configuration. Baseline and delta are null where there is no baseline, value and
// limit where there is no number: an architecture has neither, what a preset finds
// has no limit and a value only if it is about bytes.
func JSON(w io.Writer, v *budget.Verdict, sizegateVersion string) error {
	out := jsonCheck{
		Schema: schema, Sizegate: sizegateVersion, Config: v.Config,
		Passed: v.Exit() == budget.ExitPassed, Exit: v.Exit(),
		Results:  make([]jsonResult, 0, len(v.Results)),
		Failures: make([]jsonFailure, 0, len(v.Failures)),
		Warnings: make([]jsonWarning, 0, len(v.Warnings)),
	}
	for i := range v.Results {
		r := &v.Results[i]
		result := jsonResult{
			Budget: r.Budget, Path: r.Path, Metric: string(r.Metric), Level: r.Level, Subject: r.Subject,
			Baseline: r.Baseline, Status: string(r.Status),
			Line: r.Position.Line, Column: r.Position.Column, Message: r.Message, Note: r.Note,
			Culprits: newJSONCulprits(&r.Culprits),
		}
		result.Value, result.Limit = numbersOf(r)
		if r.Baseline != nil {
			delta := r.Delta()
			result.Delta = &delta
		}
		out.Results = append(out.Results, result)
	}
	for _, f := range v.Failures {
		out.Failures = append(out.Failures, jsonFailure{Budget: f.Budget, Path: f.Path, Message: f.Problem,
			Line: f.Position.Line, Column: f.Position.Column})
	}
	for _, warning := range v.Warnings {
		out.Warnings = append(out.Warnings, jsonWarning{Message: warning.Text,
			Line: warning.Position.Line, Column: warning.Position.Column})
	}
	return snapshot.Encode(w, &out)
}

// newJSONCulprits is nil where there are none.
func newJSONCulprits(c *budget.Culprits) *jsonCulprits {
	if len(c.Heaviest)+len(c.Owners)+len(c.Functions)+len(c.Sections)+len(c.Layers) == 0 {
		return nil
	}
	out := &jsonCulprits{Heaviest: make([]jsonHeavy, 0, len(c.Heaviest)), Owners: difference.JSONRows(c.Owners),
		Functions: difference.JSONRows(c.Functions), Sections: difference.JSONRows(c.Sections), Layers: difference.JSONRows(c.Layers)}
	for i := range c.Heaviest {
		r := &c.Heaviest[i]
		out.Heaviest = append(out.Heaviest, jsonHeavy{Name: r.Name, Kind: r.Kind, ID: r.ID, Size: r.New})
	}
	for i := range out.Functions {
		out.Functions[i].Name = display.Demangle(out.Functions[i].Name)
	}
	return out
}
