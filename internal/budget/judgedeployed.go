package budget

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// standIn gives what is deployed a binary that stands for it.
func (j *judging) standIn() {
	j.Binaries = slices.Clone(j.Binaries)
	for i := range j.Binaries {
		if d := j.Binaries[i].deployed(); d != nil {
			j.Binaries[i].Binary = d.standIn()
		}
	}
}

// readDeployedBefore is what stands for those of a kind in the baseline.
func (j *judging) readDeployedBefore(k kind) *snapshot.Report {
	list := deployedBefore(j.Baseline, k)
	r := &snapshot.Report{Binaries: make([]snapshot.Binary, len(list))}
	for i, d := range list {
		r.Binaries[i] = *d.standIn()
		j.shippedBefore[&r.Binaries[i]] = d
	}
	return r
}

// kind is what is measured.
func (s *subject) kind() kind {
	if s.shipped != nil {
		return s.shipped.kind()
	}
	return elfKind
}

// kind is what was measured.
func (m *Measured) kind() kind {
	if d := m.deployed(); d != nil {
		return d.kind()
	}
	return elfKind
}

// value is a metric of what is measured.
func (s *subject) value(m Metric, level string) (uint64, error) {
	if s.shipped != nil {
		return s.shipped.measured(m)
	}
	return s.of(s.binary, m, level)
}

// of is a metric of a binary. With a preset a file by itself is a package of one:
// its zip, and what that unpacks to.
func (s *subject) of(b *snapshot.Binary, m Metric, level string) (uint64, error) {
	switch {
	case m.kinds()&elfKind != 0:
		return measured(b, m, level)
	case s.budget.Preset != "" && m == Zipped:
		return variantSize(b, Zip, "")
	case s.budget.Preset != "" && m == Unzipped:
		return b.FileSize, nil
	}
	return 0, misplaced(m, elfKind, elfKind.one())
}

// has reports whether what is measured can have the metric at all.
func (s *subject) has(m Metric) bool {
	_, err := s.value(m, "")
	return !errors.As(err, new(*unfit))
}

// oldDeployed is the value that a metric had, nil if it had none.
func (s *subject) oldDeployed(m Metric) *uint64 {
	if s.shippedBefore == nil {
		return nil
	}
	v, err := s.shippedBefore.measured(m)
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
		old := s.shippedBefore.members()
		for i := range old {
			before[old[i].Path] = &old[i]
		}
	}
	var parts []*subject
	for _, member := range s.shipped.members() {
		part := &subject{judging: s.judging, budget: s.budget, incomparable: s.incomparable, failed: make(map[variantKey]bool)}
		part.baseline = before[member.Path]
		member.Path = s.binary.Path + "/" + member.Path
		part.binary = &member
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		s.fail(s.budget.Packages[0].Position, fmt.Sprintf("no ELF file in it could be analysed: rules about packages cannot be judged (remove them, or name another %s)",
			s.kind().noun()))
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
		r.Status, r.Message = s.shipped.built(s.budget.Arch)
	case s.binary.Arch == s.budget.Arch:
		r.Status, r.Message = Pass, fmt.Sprintf("the file is for %s, as the budget says", s.binary.Arch)
	default:
		r.Status = Fail
		r.Message = fmt.Sprintf("the file is for %s, but the budget is for %s (build it for %[2]s, or correct arch)", s.binary.Arch, s.budget.Arch)
	}
	if r.Status == Skipped {
		s.fail(r.Position, r.Message)
		r.Message = "not checked: " + r.Message
	}
	s.done(r)
}

// deployed is what m is, nil for a binary.
func (m *Measured) deployed() deployed {
	switch {
	case m.Package != nil:
		return packageOf(m.Package)
	case m.Image != nil:
		return imageOf(m.Image)
	}
	return nil
}
