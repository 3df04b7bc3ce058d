package judge

import (
	"fmt"
	"time"

	"github.com/sizegate/sizegate/internal/budget"
)

// ceilingKey is what a waiver is for: all limits of a metric that a budget has,
// or all of its rules with a match. A name that is both has no waiver: see
// configfile.
type ceilingKey struct {
	budget string
	name   budget.Metric
}

// waiverUse is a waiver, and what became of it.
type waiverUse struct {
	*budget.Waiver
	expired bool
	needed  bool // a value was above a limit, and the waiver is higher than that limit
	higher  bool // than a limit
	open    bool // a limit could not be judged
}

func (j *judging) readWaivers() {
	j.waivers = make([]waiverUse, len(j.Config.Waivers))
	j.waiverOf = make(map[ceilingKey]*waiverUse)
	for i := range j.waivers {
		w := &j.Config.Waivers[i]
		j.waivers[i] = waiverUse{Waiver: w, expired: w.Expired(j.Today)}
		j.waiverOf[ceilingKey{w.Budget, w.Metric}] = &j.waivers[i]
	}
}

func (w *waiverUse) day() string { return w.Expires.Format(time.DateOnly) }

// waive lets a waiver raise the error limit that the value is held against.
// text is the size of .text.
func (s *subject) waive(r *budget.Result, name budget.Metric, limit *ceiling, text uint64) {
	w := s.waiverOf[ceilingKey{s.budget.Name, name}]
	if w == nil {
		return
	}
	c := limitCeiling(&w.Limit, text)
	if c.bytes <= limit.bytes {
		return
	}
	w.higher = true
	if r.Status != budget.Fail {
		return
	}
	if w.expired {
		r.Message = "; the waiver for it expired on " + w.day()
		return
	}
	w.needed = true
	if c.over(r.Value) {
		r.Limit = c.bytes
		r.Message = fmt.Sprintf("; that is also %s over what a waiver allows, %s", r.Metric.Amount(r.Value-c.bytes), c.text(r.Metric))
		return
	}
	r.Status = budget.Waived
	until := ""
	if !w.Expires.IsZero() {
		until = " until " + w.day()
	}
	r.Message = fmt.Sprintf("; waived up to %s%s: %s", c.text(r.Metric), until, w.Reason)
}

// keepWaiver remembers that a limit was not judged, so that nobody is told that
// its waiver is not needed.
func (s *subject) keepWaiver(name budget.Metric) {
	if w := s.waiverOf[ceilingKey{s.budget.Name, name}]; w != nil {
		w.open = true
	}
}

// reviewWaivers warns of those that have expired, and of those that can go.
func (j *judging) reviewWaivers() {
	whole := make(map[string]bool)        // the budgets of which everything was measured
	kinds := make(map[string]budget.Kind) // what was measured of each
	for i := range j.Binaries {
		m := &j.Binaries[i]
		whole[m.Budget.Name] = true
		kinds[m.Budget.Name] |= m.kind()
	}
	for i := range j.verdict.Failures {
		delete(whole, j.verdict.Failures[i].Budget)
	}
	for _, b := range j.Missing {
		delete(whole, b.Name)
	}
	for i := range j.waivers {
		w := &j.waivers[i]
		switch {
		case w.expired:
			j.warn(w.Position, "the waiver of %s for budget %s expired on %s and no longer counts (remove it, or agree on a new date): %s",
				w.Metric, w.Budget, w.day(), w.Reason)
		case !whole[w.Budget] || w.open || w.needed:
		case w.higher:
			j.warn(w.Position, "the waiver of %s for budget %s can be removed: no %s needs it", w.Metric, w.Budget, kinds[w.Budget].Noun())
		default:
			j.warn(w.Position, "the waiver of %s for budget %s can be removed: its limit of %s is not above the budget's own", w.Metric, w.Budget, boundName(w.Metric, &w.Limit))
		}
	}
}
