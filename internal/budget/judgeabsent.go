package budget

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// quest is the search for what a limit is about, in all binaries of a budget. A
// limit of a name that nothing has holds for ever, so somebody must be told.
type quest struct {
	what       string
	rule       bool // about packages: one of the binaries that has them is enough
	files      bool // about files of a package
	at         Position
	last       *snapshot.Binary // a metric can have two limits in one binary
	path       string           // of the first binary without it
	of, absent int              // binaries
}

// seek counts one binary that the limit of r was held against.
func (s *subject) seek(r *Result, what string, rule bool) {
	key := ceilingOf{budget: r.Budget, metric: r.Metric}
	if rule {
		key.subject = r.Subject
	}
	q := s.questOf[key]
	if q == nil {
		q = &quest{what: what, rule: rule, files: !rule && s.pack != nil, at: r.Position}
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
			q.path = r.Path
		}
		q.absent++
	}
}

// seekSection says which section, or which files of a package, a limit of a
// metric is about, if there are none: "" otherwise.
func (s *subject) seekSection(r *Result) string {
	name := sectionOf(r.Metric)
	if s.pack != nil {
		name = Metric(r.Metric.glob())
	}
	if name == "" {
		return ""
	}
	r.Absent = s.pack == nil && lacks(s.binary, name) || s.pack != nil && lacksFiles(s.pack, r.Metric)
	s.seek(r, string(name), false)
	if !r.Absent {
		return ""
	}
	return string(name)
}

// tellAbsent warns of what was not found in the binaries of a budget, in the
// order in which it was looked for.
func (j *judging) tellAbsent(b *Budget) {
	for _, q := range j.quests {
		const hint = "(correct the name, or remove the limit)"
		switch {
		case q.absent == 0 || q.rule && q.absent < q.of:
		case q.rule && q.of > 1:
			j.warn(q.at, "no package or crate matches %s in any of the %d files of budget %s %s", q.what, q.of, b.Name, hint)
		case q.rule:
			j.warn(q.at, "%s: no package or crate matches %s %s", q.path, q.what, hint)
		case q.files && q.of > 1:
			j.warn(q.at, "%d of the %d packages of budget %s have no file that matches %s, %s for one %s", q.absent, q.of, b.Name, q.what, q.path, hint)
		case q.files:
			j.warn(q.at, "%s: no file in the package matches %s %s", q.path, q.what, hint)
		case q.of > 1:
			j.warn(q.at, "%d of the %d files of budget %s have no section %s, %s for one %s", q.absent, q.of, b.Name, q.what, q.path, hint)
		default:
			j.warn(q.at, "%s: the file has no section %s %s", q.path, q.what, hint)
		}
	}
	j.quests, j.questOf = nil, make(map[ceilingOf]*quest)
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
			all, nobody = add(all, p.FileSize), add(nobody, p.Unattributed)
		}
	}
	guessed := inferredCode(s.binary)
	switch {
	case all == 0 || nobody > all/2:
		s.uncovered = "most of the code of the file has no owner: rules about packages cannot be judged " + hint
	case nobody+guessed > all/2:
		s.uncovered = "the file has no symbols, and who owns its code is inferred: a rule about packages that seems to hold proves nothing " + hint
	case nobody > all/100:
		s.warn(at, "%s: rules about packages cannot see %s (%s) of its code, which have no owner %s", s.binary.Path, exact(nobody), percentage(nobody, all, 1), hint)
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
					sum = add(sum, size)
				}
			}
		}
	}
	return sum
}

// broken says whether a rule does not hold for the owners that were seen. Those that
// were not could only make it worse.
func (s *subject) broken(rule *Rule, owners []*snapshot.Owner) bool {
	if rule.Deny {
		return len(owners) > 0
	}
	metric := rule.Metric
	if metric == "" {
		metric = Text
	}
	sum, weight := uint64(0), weightOf(s.binary, metric)
	for _, o := range owners {
		sum = add(sum, weight(o))
	}
	return limitCeiling(rule.Error, 0).over(sum)
}

// notCovered skips a rule that cannot be judged, and says whether it did.
func (s *subject) notCovered(r *Result, rule *Rule, owners []*snapshot.Owner) bool {
	switch {
	case s.uncovered != "" && !s.broken(rule, owners):
		r.Status, r.Message = Skipped, fmt.Sprintf("not checked: %s", s.uncovered)
	case r.Metric == Text && !rule.Deny && headerless(s.binary):
		s.size(r)
	default:
		return false
	}
	s.keepWaiver(Metric(rule.Match))
	return true
}
