package budget

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// size is the value of a metric. If there is none, r becomes Skipped, and a
// metric that fails is one Failure, however many limits it has.
func (s *subject) size(r *Result) (ok bool) {
	v, err := s.value(r.Metric, r.Level)
	if err == nil {
		r.Value = v
		return true
	}
	problem := fmt.Sprintf("%s could not be measured: %v", metricName(r), err)
	if errors.As(err, new(*unfit)) {
		problem = err.Error()
	}
	if errors.Is(err, errHeaderless) {
		problem = fmt.Sprintf("has no section headers: %s cannot be measured (keep the headers, or limit file instead)", r.Metric)
	}
	r.Status, r.Message = Skipped, "not checked: "+problem
	if key := (variantKey{r.Metric, r.Level}); !s.failed[key] {
		s.failed[key] = true
		s.fail(r.Position, problem)
	}
	return false
}

// old is the value of a metric in the baseline, nil if it has none.
func (s *subject) old(m Metric, level string) *uint64 {
	if s.shipped != nil {
		return s.oldDeployed(m)
	}
	if s.baseline == nil || m == Unattributed && !attributed(s.baseline, Text) && attributed(s.binary, Text) {
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
func attributed(b *snapshot.Binary, m Metric) bool {
	for i := range b.Sections {
		s := &b.Sections[i]
		if s.Attributed+s.Padding > 0 && (m == Total && s.Kind != "code" || m != Total && snapshot.BaseName(s.Name) == ".text") {
			return true
		}
	}
	return false
}

// limit judges an absolute limit.
func (s *subject) limit(l *Limit) {
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
	text, _ := measured(s.binary, Text, "")
	fact := fmt.Sprintf("%s is %s", metricName(r), r.Metric.rounded(r.Value))
	if r.Metric.Counted() {
		fact = "the image has " + r.Metric.amount(r.Value)
	}
	if l.Metric == Unattributed && text > 0 {
		fact += fmt.Sprintf(", %s of .text", percentage(r.Value, text, 2))
	}
	if why := s.seekMetric(r); why != "" {
		fact += " (" + why + ")"
	}
	warn, fail := limitCeiling(l.Warn, text), limitCeiling(l.Error, text)
	s.hold(r, l.Metric, warn, fail, fail.over(r.Value))
	advice := ""
	if p := l.Preset; p != nil {
		if r.Status == Fail && p.Severity == lambda.Warning {
			r.Status = Warn
		}
		advice = fmt.Sprintf("; the limit is %s's: %s, read %s", s.budget.Preset, p.Source, p.Date)
	}
	s.blame(r, nil)
	r.Message = fact + headroom(r.Metric, r.Value, warn, fail) + r.Message + advice
	s.done(r)
}

// increase judges a limit of growth.
func (s *subject) increase(l *Increase) {
	r := s.result(l.Metric, l.Level, MaxIncrease, l.Position)
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
			r.Status, r.Message = Skipped, "not checked: no baseline"
		case s.baseline == nil:
			r.Status, r.Message = Skipped, "not checked: the baseline has no such "+s.kind().noun()
		default:
			r.Status, r.Message = Skipped, fmt.Sprintf("not checked: the baseline was measured without %s", metricName(r))
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
	if l.Metric == Unattributed {
		text, _ := measured(s.binary, Text, "")
		oldText, _ := measured(s.baseline, Text, "")
		warn, fail = pointsCeiling(l.Warn, old, oldText, text), pointsCeiling(l.Error, old, oldText, text)
		fact = fmt.Sprintf("%s is %s of .text (%s), in the baseline %s (%s)%s", metricName(r), percentage(r.Value, text, 2), exact(r.Value),
			percentage(old, oldText, 2), exact(old), allowance(r.Metric, r.Value, warn, fail, pointsName))
	} else {
		warn, fail = growthCeiling(l.Warn, l.Floor, old), growthCeiling(l.Error, l.Floor, old)
		fact = growth(r, old) + allowance(r.Metric, r.Value, warn, fail, withFloor(r.Metric, l.Floor))
	}
	s.hold(r, l.Metric, warn, fail, fail.over(r.Value))
	if r.Status == Fail && len(s.incomparable) > 0 {
		r.Status = Warn
		r.Message += "; only a warning, since the baseline cannot be compared: " + strings.Join(s.incomparable, "; ")
	}
	s.blame(r, nil)
	r.Message = fact + r.Message
	s.done(r)
}

// hold compares the value of r with its ceilings, and with the waivers of
// name. It sets Status, Limit and Position, and Message to what the waivers add
// to the sentence. breached says whether the error limit is exceeded.
func (s *subject) hold(r *Result, name Metric, warn, fail *ceiling, breached bool) {
	r.Status, r.Message = Pass, ""
	switch {
	case fail != nil:
		r.Limit = fail.bytes
	case warn != nil:
		r.Limit = warn.bytes
	}
	if breached {
		r.Status = Fail
		if fail.bound != nil {
			r.Position = fail.bound.Position
		}
	} else if warn.over(r.Value) {
		r.Status, r.Limit, r.Position = Warn, warn.bytes, warn.bound.Position
	}
	if fail != nil {
		text, _ := measured(s.binary, Text, "")
		s.waive(r, name, fail, text)
	}
}
