package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/culprit"
	"github.com/sizegate/sizegate/internal/budget/measure"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// packages judges a rule about the owners that match, together.
func (s *subject) packages(rule *budget.Rule) {
	m := rule.Metric
	if m == "" {
		m = budget.Text
	}
	r := s.result(m, "", rule.Match, rule.Position)
	r.Deny = rule.Deny
	p := pattern.NewOwners(rule.Match)
	owners := measure.Matching(s.binary, p)
	if s.notCovered(r, rule, owners) {
		s.done(r)
		return
	}
	weight := measure.WeightOf(s.binary, m)
	for _, o := range owners {
		r.Value = budget.Add(r.Value, weight(o))
	}
	var old []*snapshot.Owner
	if s.baseline != nil {
		old = measure.Matching(s.baseline, p)
		if measure.Headerless(s.baseline) == measure.Headerless(s.binary) && (attributed(s.baseline, m) || !attributed(s.binary, m)) {
			sum, weight := uint64(0), measure.WeightOf(s.baseline, m)
			for _, o := range old {
				sum = budget.Add(sum, weight(o))
			}
			r.Baseline = &sum
		}
	}
	fact := ""
	if rule.Deny {
		fact = s.deny(r, weight, owners)
	} else {
		var lack *measure.Absence
		if len(owners) == 0 {
			lack = &measure.Absence{Why: "no package or crate matches " + rule.Match}
		}
		s.seek(r, lack, true)
		fact = s.together(r, rule, weight, owners)
	}
	s.blame(r, culprit.NamesOf(slices.Concat(owners, old)))
	r.Message = fact + r.Message
	s.done(r)
}

// together holds the sum of the owners against the rule.
func (s *subject) together(r *budget.Result, rule *budget.Rule, weight func(*snapshot.Owner) uint64, owners []*snapshot.Owner) (fact string) {
	warn, fail := limitCeiling(rule.Warn, 0), limitCeiling(rule.Error, 0)
	s.hold(r, budget.Metric(rule.Match), warn, fail, fail.over(r.Value))
	of := "of .text"
	if r.Metric == budget.Total {
		of = "of all sections"
	}
	fact = fmt.Sprintf("%s is %s %s%s", rule.Match, wording.ExactAndShort(r.Value), of, headroom(r.Metric, r.Value, warn, fail))
	switch n := len(culprit.Heaviest(owners, weight)); n {
	case 0:
		fact += "; no owner matches"
	case 1:
		fact += "; 1 owner matches"
	default:
		fact += fmt.Sprintf("; %s owners match", wording.Grouped(n))
	}
	if nobody, outside := unowned(s.binary); r.Metric == budget.Total && outside {
		fact += fmt.Sprintf("; it may be more, since %s of the file have no owner", wording.Exact(nobody))
	}
	return fact
}

// unowned is how many bytes of sections nobody owns, and whether some of them
// are outside .text.
func unowned(b *snapshot.Binary) (sum uint64, outside bool) {
	for i := range b.Sections {
		s := &b.Sections[i]
		sum = budget.Add(sum, s.Unattributed)
		outside = outside || s.Unattributed > 0 && snapshot.BaseName(s.Name) != ".text"
	}
	return sum, outside
}

// deny judges a ban: an owner without a byte in .text is in the binary too.
func (s *subject) deny(r *budget.Result, weight func(*snapshot.Owner) uint64, owners []*snapshot.Owner) (fact string) {
	s.hold(r, budget.Metric(r.Subject), nil, &ceiling{}, len(owners) > 0)
	if len(owners) == 0 {
		return r.Subject + " is not in the binary"
	}
	rows := culprit.Heaviest(owners, weight)
	var names []string
	for i := range rows[:min(len(rows), wording.ShownNames)] {
		names = append(names, fmt.Sprintf("%s (%s)", rows[i].Name, wording.Exact(rows[i].New)))
	}
	if more := len(rows) - len(names); more > 0 {
		names = append(names, wording.Grouped(more)+" more")
	}
	verb := "match"
	if len(rows) == 1 {
		verb = "matches"
	}
	return fmt.Sprintf("%s must not be in the binary, but %s %s", r.Subject, strings.Join(names, ", "), verb)
}
