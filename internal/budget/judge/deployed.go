package judge

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/measure"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// standIn gives what is deployed a binary that stands for it.
func (j *judging) standIn() {
	j.Binaries = slices.Clone(j.Binaries)
	for i := range j.Binaries {
		if d := j.Binaries[i].deployed(); d != nil {
			j.Binaries[i].Binary = d.StandIn()
		}
	}
}

// readDeployedBefore is what stands for those of a kind in the baseline.
func (j *judging) readDeployedBefore(k budget.Kind) *snapshot.Report {
	list := measure.DeployedIn(j.Baseline, k)
	r := &snapshot.Report{Binaries: make([]snapshot.Binary, len(list))}
	for i, d := range list {
		r.Binaries[i] = *d.StandIn()
		j.shippedBefore[&r.Binaries[i]] = d
	}
	return r
}

// kind is what is measured.
func (s *subject) kind() budget.Kind {
	if s.shipped != nil {
		return s.shipped.Kind()
	}
	return budget.ELFKind
}

// kind is what was measured.
func (m *Measured) kind() budget.Kind {
	if d := m.deployed(); d != nil {
		return d.Kind()
	}
	return budget.ELFKind
}

// value is a metric of what is measured.
func (s *subject) value(m budget.Metric, level string) (uint64, error) {
	if s.shipped != nil {
		return s.shipped.Value(m)
	}
	return s.of(s.binary, m, level)
}

// of is a metric of a binary. With a preset a file by itself is a package of one:
// its zip, and what that unpacks to.
func (s *subject) of(b *snapshot.Binary, m budget.Metric, level string) (uint64, error) {
	switch {
	case m.Kinds()&budget.ELFKind != 0:
		return measure.Binary(b, m, level)
	case s.budget.Preset != "" && m == budget.Zipped:
		return measure.VariantSize(b, budget.Zip, "")
	case s.budget.Preset != "" && m == budget.Unzipped:
		return b.FileSize, nil
	}
	return 0, measure.Misplaced(m, budget.ELFKind, budget.ELFKind.One())
}

// has reports whether what is measured can have the metric at all.
func (s *subject) has(m budget.Metric) bool {
	_, err := s.value(m, "")
	return !errors.As(err, new(*measure.Unfit))
}

// oldDeployed is the value that a metric had, nil if it had none.
func (s *subject) oldDeployed(m budget.Metric) *uint64 {
	if s.shippedBefore == nil {
		return nil
	}
	v, err := s.shippedBefore.Value(m)
	if err != nil {
		return nil
	}
	return &v
}

// parts are the ELF files that rules about packages are held against: the file
// itself, or each in what is deployed.
func (s *subject) parts() []*subject {
	if s.shipped == nil || len(s.budget.Packages) == 0 {
		return []*subject{s}
	}
	before := make(map[string]*snapshot.Binary)
	if s.shippedBefore != nil {
		old := s.shippedBefore.Members()
		for i := range old {
			before[old[i].Path] = &old[i]
		}
	}
	var parts []*subject
	for _, member := range s.shipped.Members() {
		part := &subject{judging: s.judging, budget: s.budget, incomparable: s.incomparable, failed: make(map[variantKey]bool)}
		part.baseline = before[member.Path]
		member.Path = s.binary.Path + "/" + member.Path
		part.binary = &member
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		s.fail(s.budget.Packages[0].Position, fmt.Sprintf("no ELF file in it could be analysed: rules about packages cannot be judged (remove them, or name another %s)",
			s.kind().Noun()))
	}
	return parts
}

// arch holds the architecture that something was built for against the budget's.
// With a preset it is the one that is declared, and what the preset finds says
// more.
func (s *subject) arch() {
	if s.shipped != nil && s.budget.Preset != "" {
		return
	}
	r := s.result("arch", "", "", s.budget.Position)
	switch {
	case s.shipped != nil:
		r.Status, r.Message = s.shipped.Built(s.budget.Arch)
	case s.binary.Arch == s.budget.Arch:
		r.Status, r.Message = budget.Pass, fmt.Sprintf("the file is for %s, as the budget says", s.binary.Arch)
	default:
		r.Status = budget.Fail
		r.Message = fmt.Sprintf("the file is for %s, but the budget is for %s (build it for %[2]s, or correct arch)", s.binary.Arch, s.budget.Arch)
	}
	if r.Status == budget.Skipped {
		s.fail(r.Position, r.Message)
		r.Message = "not checked: " + r.Message
	}
	s.done(r)
}

// deployed is what m is, nil for a binary.
func (m *Measured) deployed() measure.Deployed {
	switch {
	case m.Package != nil:
		return measure.Package(m.Package)
	case m.Image != nil:
		return measure.Image(m.Image)
	}
	return nil
}
