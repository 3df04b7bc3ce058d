package budget

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// standIn gives each package a binary that stands for it where only a path, a
// name and an identity are asked for.
func (j *judging) standIn() {
	j.Binaries = slices.Clone(j.Binaries)
	for i := range j.Binaries {
		if m := &j.Binaries[i]; m.Package != nil {
			m.Binary = standFor(m.Package)
		}
	}
}

func standFor(p *snapshot.Package) *snapshot.Binary {
	return &snapshot.Binary{Name: p.Name, Path: p.Path, FileSize: p.Size}
}

// readOldPackages is what stands for the packages of the baseline.
func (j *judging) readOldPackages() *snapshot.Report {
	r := &snapshot.Report{}
	for i := range j.Baseline.Packages {
		r.Binaries = append(r.Binaries, *standFor(&j.Baseline.Packages[i]))
	}
	j.oldPacks = make(map[*snapshot.Binary]*snapshot.Package)
	for i := range r.Binaries {
		j.oldPacks[&r.Binaries[i]] = &j.Baseline.Packages[i]
	}
	return r
}

// noun is what a sentence calls what is measured.
func (s *subject) noun() string {
	if s.pack != nil {
		return "package"
	}
	return "binary"
}

// kind is noun with its article.
func (s *subject) kind() string {
	if s.pack != nil {
		return "a package"
	}
	return "an ELF file"
}

// value is a metric of what is measured.
func (s *subject) value(m Metric, level string) (uint64, error) {
	if s.pack != nil {
		return measuredPackage(s.pack, m)
	}
	return s.of(s.binary, m, level)
}

// of is a metric of a binary. With a preset a file by itself is a package of one:
// its zip, and what that unpacks to.
func (s *subject) of(b *snapshot.Binary, m Metric, level string) (uint64, error) {
	switch {
	case !m.ofPackage():
		return measured(b, m, level)
	case s.budget.Preset != "" && m == Zipped:
		return variantSize(b, Zip, "")
	case s.budget.Preset != "" && m == Unzipped:
		return b.FileSize, nil
	}
	return 0, &unfit{string(m) + " is a measure of packages, and this is an ELF file", "limit file or zip, or name the package"}
}

// has reports whether what is measured can have the metric at all.
func (s *subject) has(m Metric) bool {
	_, err := s.value(m, "")
	return !errors.As(err, new(*unfit))
}

func (s *subject) oldPackage(m Metric) *uint64 {
	if s.oldPack == nil {
		return nil
	}
	v, err := measuredPackage(s.oldPack, m)
	if err != nil {
		return nil
	}
	return &v
}

// parts are the ELF files that rules about packages are held against: the file
// itself, or each in a package.
func (s *subject) parts() []*subject {
	if s.pack == nil || len(s.budget.Packages) == 0 {
		return []*subject{s}
	}
	var parts []*subject
	for i := range s.pack.Binaries {
		member := s.pack.Binaries[i]
		part := &subject{judging: s.judging, budget: s.budget, incomparable: s.incomparable, failed: make(map[variantKey]bool)}
		if s.oldPack != nil {
			inside := func(b snapshot.Binary) bool { return b.Path == member.Path }
			if n := slices.IndexFunc(s.oldPack.Binaries, inside); n >= 0 {
				part.baseline = &s.oldPack.Binaries[n]
			}
		}
		member.Path = s.binary.Path + "/" + member.Path
		part.binary = &member
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		s.fail(s.budget.Packages[0].Position, "no ELF file in it could be analysed: rules about packages cannot be judged (remove them, or name another package)")
	}
	return parts
}

// packageArch holds all ELF files of a package against the architecture. With a
// preset it is the declared one, and what the preset finds says more.
func (s *subject) packageArch() {
	if s.budget.Preset != "" {
		return
	}
	r := s.result("arch", "", "", s.budget.Position)
	var others []string
	for i := range s.pack.Binaries {
		if b := &s.pack.Binaries[i]; b.Arch != s.budget.Arch {
			others = append(others, fmt.Sprintf("%s (%s)", quote(b.Path), b.Arch))
		}
	}
	if len(others) == 0 {
		r.Status, r.Message = Pass, fmt.Sprintf("no ELF file in the package is for another architecture than %s", s.budget.Arch)
	} else {
		r.Status = Fail
		r.Message = fmt.Sprintf("the budget is for %s, but not %s (build for %[1]s, or correct arch)", s.budget.Arch, someOf(others))
	}
	s.done(r)
}

// someOf names the first few of a list.
func someOf(names []string) string {
	if more := len(names) - shownOwners; more > 0 {
		names = append(slices.Clone(names[:shownOwners]), fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}
