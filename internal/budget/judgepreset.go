package budget

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/lambda"
)

// unpacked skips the preset's limit of a zip for a directory, which is not zipped
// yet, and says whether it did.
func (s *subject) unpacked(r *Result) bool {
	if s.pack == nil || r.Metric != Zipped || s.pack.Format != string(bundle.FormatDirectory) {
		return false
	}
	r.Status, r.Message = Skipped, "not checked: a directory has no zip"
	s.warn(r.Position, "%s: the limit of %s for a zip was not checked: this is a directory (name the zip that is made of it)", s.binary.Path, s.budget.Preset)
	s.keepWaiver(r.Metric)
	s.done(r)
	return true
}

// PresetMetric is the Metric of what a preset finds, besides sizes.
const PresetMetric Metric = "preset"

// findings makes a result of all findings of one code and severity: there can be
// one for each file of a package. Limits are results already.
func (s *subject) findings(list []lambda.Finding) {
	type key struct {
		lambda.Code
		lambda.Severity
	}
	var order []key
	groups := make(map[key][]*lambda.Finding)
	for i := range list {
		f := &list[i]
		switch {
		case f.Code == lambda.OverLimit, f.Code == lambda.NearLimit:
			continue
		case f.Code == lambda.WrongArchitecture && s.pack == nil:
			continue // the result "arch" says it
		}
		k := key{f.Code, f.Severity}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], f)
	}
	for _, k := range order {
		group := groups[k]
		r := s.result(PresetMetric, "", string(k.Code), s.budget.PresetPosition)
		r.Status = Warn
		if k.Severity == lambda.Failure {
			r.Status = Fail
		}
		r.Message = group[0].Message
		if s.pack != nil && group[0].Subject != "" {
			r.Message = quote(group[0].Subject) + ": " + r.Message
		}
		var others []string
		for _, f := range group {
			r.Value = add(r.Value, f.Value)
			others = append(others, quote(f.Subject))
		}
		if len(group) > 1 {
			r.Message += "; and " + someOf(others[1:])
		}
		s.done(r)
	}
	if len(order) == 0 {
		r := s.result(PresetMetric, "", "", s.budget.PresetPosition)
		r.Status, r.Message = Pass, fmt.Sprintf("nothing is wrong for %s", s.budget.Preset)
		s.done(r)
	}
}
