package judge

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/measure"
	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// quest is the search for what a limit is about, in all binaries of a budget. A
// limit of a name that nothing has holds for ever, so somebody must be told.
type quest struct {
	rule       bool        // about packages: one of the binaries that has them is enough
	kind       budget.Kind // of what is searched
	at         budget.Position
	last       *snapshot.Binary // a metric can have two limits in one binary
	path       string           // of the first binary without it
	lack       measure.Absence  // in that one
	of, absent int              // binaries
}

// questKey is what a limit is about.
type questKey struct {
	budget  string
	metric  budget.Metric
	subject string // the match of a rule about packages, else ""
}

// seek counts one binary that the limit of r was held against. lack is nil if
// it has what the limit is about.
func (s *subject) seek(r *budget.Result, lack *measure.Absence, rule bool) {
	r.Absent = lack != nil
	key := questKey{budget: r.Budget, metric: r.Metric}
	if rule {
		key.subject = r.Subject
	}
	q := s.questOf[key]
	if q == nil {
		q = &quest{rule: rule, kind: s.kind(), at: r.Position}
		s.questOf[key] = q
		s.quests = append(s.quests, q)
	}
	if q.last == s.binary {
		return
	}
	q.last = s.binary
	q.of++
	if r.Absent {
		if q.absent == 0 {
			q.path, q.lack = r.Path, *lack
		}
		q.absent++
	}
}

// seekMetric says that a metric is about something that is not there, "" if it is
// there, or if the metric is about all.
func (s *subject) seekMetric(r *budget.Result) (why string) {
	var lack *measure.Absence
	switch section := measure.SectionOf(r.Metric); {
	case s.shipped != nil && (r.Metric.Glob() != "" || r.Metric.Layer() > 0):
		lack = s.shipped.Lacks(r.Metric)
	case s.shipped == nil && section != "":
		if measure.LacksSection(s.binary, section) {
			lack = &measure.Absence{Why: fmt.Sprintf("the file has no section %s", section), Thing: fmt.Sprintf("section %s", section)}
		}
	default:
		return ""
	}
	s.seek(r, lack, false)
	if lack == nil {
		return ""
	}
	return lack.Why
}

// tellAbsent warns of what was not found in the binaries of a budget, in the
// order in which it was looked for.
func (j *judging) tellAbsent(b *budget.Budget) {
	for _, q := range j.quests {
		const hint = "(correct the name, or remove the limit)"
		things := q.kind.Several()
		if q.kind == budget.ELFKind {
			things = "files"
		}
		switch {
		case q.absent == 0 || q.rule && q.absent < q.of:
		case q.rule && q.of > 1:
			j.warn(q.at, "%s in any of the %s files of budget %s %s", q.lack.Why, wording.Grouped(q.of), b.Name, hint)
		case q.of > 1 && !q.rule:
			j.warn(q.at, "%s of the %s %s of budget %s have no %s, %s for one %s", wording.Grouped(q.absent), wording.Grouped(q.of), things, b.Name, q.lack.Thing, q.path, hint)
		default:
			j.warn(q.at, "%s: %s %s", q.path, q.lack.Why, hint)
		}
	}
	j.quests, j.questOf = nil, make(map[questKey]*quest)
}

// coverage finds out whether enough of the code has an owner for rules about
// packages to mean anything: a ban would hold wherever nobody owns anything.
func (s *subject) coverage() {
	if len(s.budget.Packages) == 0 {
		return
	}
	const hint = "(build with symbols, or measure before stripping)"
	at := s.budget.Packages[0].Position
	all, nobody := uint64(0), uint64(0)
	for i := range s.binary.Sections {
		if p := &s.binary.Sections[i]; p.Kind == "code" {
			all, nobody = budget.Add(all, p.FileSize), budget.Add(nobody, p.Unattributed)
		}
	}
	guessed := inferredCode(s.binary)
	switch {
	case all == 0 || nobody > all/2:
		s.uncovered = "most of the code of the file has no owner: rules about packages cannot be judged " + hint
	case nobody+guessed > all/2:
		s.uncovered = "the file has no symbols, and who owns its code is inferred: a rule about packages that seems to hold proves nothing " + hint
	case nobody > all/100:
		s.warn(at, "%s: rules about packages cannot see %s (%s) of its code, which have no owner %s", s.binary.Path, wording.Exact(nobody), wording.Percentage(nobody, all, 1), hint)
	}
	if s.uncovered != "" {
		s.fail(at, s.uncovered)
	}
}

// inferredCode is how many bytes of code have an inferred owner in a file without
// symbols: 0 in others, where that is about a few functions. More than that what was
// seen there cannot say: a crate that is not in the report may be in the file.
func inferredCode(b *snapshot.Binary) (sum uint64) {
	if b.Symbols != "none" && b.Symbols != "dynsym" {
		return 0
	}
	code := make(map[string]bool)
	for i := range b.Sections {
		code[b.Sections[i].Name] = b.Sections[i].Kind == "code"
	}
	for i := range b.Owners {
		if o := &b.Owners[i]; o.Confidence == "inferred" {
			for name, size := range o.Sections {
				if code[name] {
					sum = budget.Add(sum, size)
				}
			}
		}
	}
	return sum
}

// broken says whether a rule does not hold for the owners that were seen. Those that
// were not could only make it worse.
func (s *subject) broken(rule *budget.Rule, owners []*snapshot.Owner) bool {
	if rule.Deny {
		return len(owners) > 0
	}
	metric := rule.Metric
	if metric == "" {
		metric = budget.Text
	}
	sum, weight := uint64(0), measure.WeightOf(s.binary, metric)
	for _, o := range owners {
		sum = budget.Add(sum, weight(o))
	}
	return limitCeiling(rule.Error, 0).over(sum)
}

// notCovered skips a rule that cannot be judged, and says whether it did.
func (s *subject) notCovered(r *budget.Result, rule *budget.Rule, owners []*snapshot.Owner) bool {
	switch {
	case s.uncovered != "" && !s.broken(rule, owners):
		r.Status, r.Message = budget.Skipped, fmt.Sprintf("not checked: %s", s.uncovered)
	case r.Metric == budget.Text && !rule.Deny && measure.Headerless(s.binary):
		s.size(r)
	default:
		return false
	}
	s.keepWaiver(budget.Metric(rule.Match))
	return true
}
