package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/measure"
	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/lambda"
)

// unpacked skips the preset's limit of a zip for a directory, which is not zipped
// yet, and says whether it did.
func (s *subject) unpacked(r *budget.Result) bool {
	if r.Metric != budget.Zipped || !measure.IsDirectory(s.shipped) {
		return false
	}
	r.Status, r.Message = budget.Skipped, "not checked: a directory has no zip"
	s.warn(r.Position, "%s: the limit of %s for a zip was not checked: this is a directory (name the zip that is made of it)", s.binary.Path, s.budget.Preset)
	s.keepWaiver(r.Metric)
	s.done(r)
	return true
}

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
		case f.Code == lambda.WrongArchitecture && s.shipped == nil:
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
		r := s.result(budget.PresetMetric, "", string(k.Code), s.budget.PresetPosition)
		r.Status = budget.Warn
		if k.Severity == lambda.Failure {
			r.Status = budget.Fail
		}
		for _, f := range group {
			r.Value = budget.Add(r.Value, f.Value)
		}
		r.Message = s.tell(group, r.Value)
		s.done(r)
	}
	if len(order) == 0 {
		r := s.result(budget.PresetMetric, "", "", s.budget.PresetPosition)
		r.Status, r.Message = budget.Pass, fmt.Sprintf("nothing is wrong for %s", s.budget.Preset)
		s.done(r)
	}
}

// tell is what findings of one code and severity say: of bytes their sum and the
// files that have most of it, of the rest what is wrong, with the files. sum is of
// their values.
func (s *subject) tell(group []*lambda.Finding, sum uint64) string {
	if len(group) > 1 && !slices.ContainsFunc(group, func(f *lambda.Finding) bool { return f.About == "" }) {
		return tellBytes(group, sum)
	}
	var order []string // messages
	files := make(map[string][]string)
	for _, f := range group {
		if files[f.Message] == nil {
			order = append(order, f.Message)
		}
		file := ""
		if s.shipped != nil && f.Subject != "" {
			file = wording.QuotePath(f.Subject)
		}
		files[f.Message] = append(files[f.Message], file)
	}
	var parts []string
	left := 0
	for i, message := range order {
		switch list := files[message]; {
		case i >= shownFindings:
			left += len(list)
		case list[0] == "": // of all, or of the one file that there is
			parts = append(parts, message)
		case len(list) == 1:
			parts = append(parts, list[0]+": "+message)
		default:
			parts = append(parts, fmt.Sprintf("%s files (%s): %s", wording.Grouped(len(list)), wording.SomeOf(list), message))
		}
	}
	text := strings.Join(parts, "; ")
	if len(order) > 1 {
		text = wording.Grouped(len(group)) + " findings: " + text
	}
	if left > 0 {
		text += fmt.Sprintf("; and %s more", wording.Grouped(left))
	}
	return text
}

// shownFindings is how many of the findings of one code a message tells.
const shownFindings = 3

// tellBytes names the files with most bytes first; of equal ones the first in the
// package.
func tellBytes(group []*lambda.Finding, sum uint64) string {
	group = slices.Clone(group)
	slices.SortStableFunc(group, func(a, b *lambda.Finding) int { return cmp.Compare(b.Value, a.Value) })
	var largest []string
	for _, f := range group {
		largest = append(largest, fmt.Sprintf("%s %s", wording.QuotePath(f.Subject), bytesize.Size(f.Value).Grouped()))
	}
	return fmt.Sprintf("%s files, together %s bytes %s; the largest: %s", wording.Grouped(len(group)), bytesize.Size(sum).Grouped(), group[0].About, wording.SomeOf(largest))
}
