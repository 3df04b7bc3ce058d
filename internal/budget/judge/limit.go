package judge

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/measure"
	"github.com/sizegate/sizegate/internal/budget/wording"
	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// size is the value of a metric. If there is none, r becomes Skipped, and a
// metric that fails is one Failure, however many limits it has.
func (s *subject) size(r *budget.Result) (ok bool) {
	v, err := s.value(r.Metric, r.Level)
	if err == nil {
		r.Value = v
		return true
	}
	problem := fmt.Sprintf("%s could not be measured: %v", metricName(r), err)
	if errors.As(err, new(*measure.Unfit)) {
		problem = err.Error()
	}
	if errors.Is(err, measure.ErrHeaderless) {
		problem = fmt.Sprintf("has no section headers: %s cannot be measured (keep the headers, or limit file instead)", r.Metric)
	}
	r.Status, r.Message = budget.Skipped, "not checked: "+problem
	if key := (variantKey{r.Metric, r.Level}); !s.failed[key] {
		s.failed[key] = true
		s.fail(r.Position, problem)
	}
	return false
}

// old is the value of a metric in the baseline, nil if it has none.
func (s *subject) old(m budget.Metric, level string) *uint64 {
	if s.shipped != nil {
		return s.oldDeployed(m)
	}
	if s.baseline == nil || m == budget.Unattributed && !attributed(s.baseline, budget.Text) && attributed(s.binary, budget.Text) {
		return nil
	}
	v, err := s.of(s.baseline, m, level)
	if err != nil {
		return nil
	}
	return &v
}

// attributed says whether a binary's bytes were given to owners: those of .text,
// or also those of what is no code if m is Total. Where nobody owns anything a
// report does not tell whether it was asked for.
func attributed(b *snapshot.Binary, m budget.Metric) bool {
	for i := range b.Sections {
		s := &b.Sections[i]
		if s.Attributed+s.Padding > 0 && (m == budget.Total && s.Kind != "code" || m != budget.Total && snapshot.BaseName(s.Name) == ".text") {
			return true
		}
	}
	return false
}

// limit judges an absolute limit.
func (s *subject) limit(l *budget.Limit) {
	r := s.result(l.Metric, l.Level, "", l.Position)
	if l.Preset != nil && s.unpacked(r) {
		return
	}
	if !s.size(r) {
		s.keepWaiver(l.Metric)
		s.done(r)
		return
	}
	r.Baseline = s.old(l.Metric, l.Level)
	text, _ := measure.Binary(s.binary, budget.Text, "")
	fact := fmt.Sprintf("%s is %s", metricName(r), r.Metric.AmountAndShort(r.Value))
	if r.Metric.Counted() {
		fact = "the image has " + r.Metric.Amount(r.Value)
	}
	if l.Metric == budget.Unattributed && text > 0 {
		fact += fmt.Sprintf(", %s of .text", wording.Percentage(r.Value, text, 2))
	}
	if why := s.seekMetric(r); why != "" {
		fact += " (" + why + ")"
	}
	warn, fail := limitCeiling(l.Warn, text), limitCeiling(l.Error, text)
	s.hold(r, l.Metric, warn, fail, fail.over(r.Value))
	advice := ""
	if p := l.Preset; p != nil {
		if r.Status == budget.Fail && p.Severity == lambda.Warning {
			r.Status = budget.Warn
		}
		advice = fmt.Sprintf("; the limit is %s's: %s, read %s", s.budget.Preset, p.Source, p.Date)
	}
	s.blame(r, nil)
	r.Message = fact + headroom(r.Metric, r.Value, warn, fail) + r.Message + advice
	s.done(r)
}

// increase judges a limit of growth.
func (s *subject) increase(l *budget.Increase) {
	r := s.result(l.Metric, l.Level, budget.MaxIncrease, l.Position)
	r.Growth = true
	ok := s.size(r)
	if ok {
		s.seekMetric(r)
		r.Baseline = s.old(l.Metric, l.Level)
	}
	if r.Baseline == nil {
		switch {
		case !ok:
		case s.Baseline == nil:
			r.Status, r.Message = budget.Skipped, "not checked: no baseline"
		case s.baseline == nil:
			r.Status, r.Message = budget.Skipped, "not checked: the baseline has no such "+s.kind().Noun()
		default:
			r.Status, r.Message = budget.Skipped, fmt.Sprintf("not checked: the baseline was measured without %s", metricName(r))
			s.warn(l.Position, "the growth of %s of budget %s, path %s, was not checked: the baseline was measured without it (save a new one with --save-baseline)",
				metricName(r), s.budget.Name, s.binary.Path)
		}
		s.keepWaiver(l.Metric)
		s.done(r)
		return
	}
	old := *r.Baseline
	var warn, fail *ceiling
	fact := ""
	if l.Metric == budget.Unattributed {
		text, _ := measure.Binary(s.binary, budget.Text, "")
		oldText, _ := measure.Binary(s.baseline, budget.Text, "")
		warn, fail = pointsCeiling(l.Warn, old, oldText, text), pointsCeiling(l.Error, old, oldText, text)
		fact = fmt.Sprintf("%s is %s of .text (%s), in the baseline %s (%s)%s", metricName(r), wording.Percentage(r.Value, text, 2), wording.Exact(r.Value),
			wording.Percentage(old, oldText, 2), wording.Exact(old), allowance(r.Metric, r.Value, warn, fail, pointsName))
	} else {
		warn, fail = growthCeiling(l.Warn, l.Floor, old), growthCeiling(l.Error, l.Floor, old)
		fact = growth(r, old) + allowance(r.Metric, r.Value, warn, fail, withFloor(r.Metric, l.Floor))
	}
	s.hold(r, l.Metric, warn, fail, fail.over(r.Value))
	if r.Status == budget.Fail && len(s.incomparable) > 0 {
		r.Status = budget.Warn
		r.Message += "; only a warning, since the baseline cannot be compared: " + strings.Join(s.incomparable, "; ")
	}
	s.blame(r, nil)
	r.Message = fact + r.Message
	s.done(r)
}

// hold compares the value of r with its ceilings, and with the waivers of
// name. It sets Status, Limit and Position, and Message to what the waivers add
// to the sentence. breached says whether the error limit is exceeded.
func (s *subject) hold(r *budget.Result, name budget.Metric, warn, fail *ceiling, breached bool) {
	r.Status, r.Message = budget.Pass, ""
	switch {
	case fail != nil:
		r.Limit = fail.bytes
	case warn != nil:
		r.Limit = warn.bytes
	}
	if breached {
		r.Status = budget.Fail
		if fail.bound != nil {
			r.Position = fail.bound.Position
		}
	} else if warn.over(r.Value) {
		r.Status, r.Limit, r.Position = budget.Warn, warn.bytes, warn.bound.Position
	}
	if fail != nil {
		text, _ := measure.Binary(s.binary, budget.Text, "")
		s.waive(r, name, fail, text)
	}
}
