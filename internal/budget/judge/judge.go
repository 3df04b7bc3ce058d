package judge

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/culprit"
	"github.com/sizegate/sizegate/internal/budget/measure"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Measured is what a budget's path matched: a binary, a package or an image, of
// which one is not nil.
type Measured struct {
	Budget   *budget.Budget // one of the configuration's
	Binary   *snapshot.Binary
	Package  *snapshot.Package
	Image    *snapshot.Image
	Findings []lambda.Finding // with a preset, what it finds
}

// Input is what a verdict is made from.
type Input struct {
	Config     *budget.Config
	Binaries   []Measured       // and packages and images; those of one budget in the order of their paths
	Missing    []*budget.Budget // those that allow it and whose path matches nothing
	Failures   []budget.Failure // what could not be measured
	Baseline   *snapshot.Report
	FromBase   bool      // Baseline was built and measured from the base commit
	NoBaseline string    // why there is no baseline although one was asked for, "" if none was
	Today      time.Time // for waivers
	WarnOnly   bool      // breaches become warnings
	Sizegate   string    // version of the program
	// Known are the names of all budgets in the configuration file, where
	// Config has only some of them.
	Known []string
}

// Budgets holds every limit of the configuration against every binary of its
// budget. It measures nothing: a limit whose value is not in the binary is a
// Failure.
func Budgets(in Input) *budget.Verdict {
	j := &judging{Input: in, verdict: &budget.Verdict{Config: in.Config.Path, Failures: in.Failures[:len(in.Failures):len(in.Failures)]},
		questOf: make(map[questKey]*quest)}
	j.standIn()
	j.readWaivers()
	j.readBaseline()
	binaries := make(map[string][]*Measured)
	for i := range j.Binaries {
		m := &j.Binaries[i]
		binaries[m.Budget.Name] = append(binaries[m.Budget.Name], m)
	}
	missing := make(map[string]bool)
	for _, b := range in.Missing {
		missing[b.Name] = true
	}
	for i := range in.Config.Budgets {
		b := &in.Config.Budgets[i]
		if missing[b.Name] {
			j.verdict.Results = append(j.verdict.Results, budget.Result{Budget: b.Name, Metric: "path", Status: budget.Skipped, Position: b.PathPosition,
				Message: fmt.Sprintf("not checked: no file matches %s, which allow-missing permits", strings.Join(b.Paths, ", "))})
		}
		for _, m := range binaries[b.Name] {
			j.one(b, m)
		}
		j.tellAbsent(b)
	}
	j.reviewWaivers()
	if in.WarnOnly {
		for i := range j.verdict.Results {
			if r := &j.verdict.Results[i]; r.Status == budget.Fail {
				r.Status, r.Exceeded = budget.Warn, true
			}
		}
	}
	return j.verdict
}

// judging is the work in progress.
type judging struct {
	Input
	verdict *budget.Verdict
	waivers []waiverUse // those of the configuration, in its order

	waiverOf  map[ceilingKey]*waiverUse
	quests    []*quest // of the budget that is judged, in the order in which they began
	questOf   map[questKey]*quest
	baselines map[*snapshot.Binary]*snapshot.Binary // what each binary was
	told      bool                                  // the warning that there is no baseline at all

	shippedBefore map[*snapshot.Binary]measure.Deployed // of the baseline, by what stands for them
}

// subject is one binary that is held against its budget.
type subject struct {
	*judging
	budget   *budget.Budget
	binary   *snapshot.Binary
	baseline *snapshot.Binary // nil if there is none for this binary
	// Of what is deployed the binaries above stand for it, and these are it; nil for
	// a binary.
	shipped, shippedBefore measure.Deployed
	// Why limits of growth are no more than warnings.
	incomparable []string
	failed       map[variantKey]bool // the variants whose failure is in the verdict
	pair         *culprit.Pair       // of baseline and binary, nil until there is a breach
	uncovered    string              // why rules about packages cannot be judged, "" if they can
}

type variantKey struct {
	metric budget.Metric
	level  string
}

// readBaseline finds what each binary was. Of several that could have been one
// and the same, only the one at its path was.
func (j *judging) readBaseline() {
	if j.Baseline == nil {
		return
	}
	j.shippedBefore = make(map[*snapshot.Binary]measure.Deployed)
	before := map[budget.Kind]*snapshot.Report{budget.ELFKind: j.Baseline, budget.PackageKind: j.readDeployedBefore(budget.PackageKind), budget.ImageKind: j.readDeployedBefore(budget.ImageKind)}
	// A single file is the same program under any name; one of several is not,
	// even if the others could not be measured, nor is what another budget is
	// about.
	only := len(j.Binaries) == 1 && len(j.Failures) == 0 && len(j.Missing) == 0 && !j.ofAnotherBudget()
	j.baselines = make(map[*snapshot.Binary]*snapshot.Binary)
	count := make(map[*snapshot.Binary]int)
	for i := range j.Binaries {
		m, among := &j.Binaries[i], before[budget.ELFKind]
		if d := m.deployed(); d != nil {
			among = before[d.Kind()]
		}
		if was := compare.Match(among, m.Budget.Name, m.Binary.Path, only); was != nil {
			j.baselines[m.Binary] = was
			count[was]++
		}
	}
	for _, m := range j.Binaries {
		if was := j.baselines[m.Binary]; was != nil && count[was] > 1 && path.Clean(was.Path) != path.Clean(m.Binary.Path) {
			delete(j.baselines, m.Binary)
		}
	}
}

// ofAnotherBudget says whether all that the baseline has is one, with the name of a
// budget. It is another one: what has the name of its own budget is found by it.
func (j *judging) ofAnotherBudget() bool {
	var names []string
	for i := range j.Baseline.Binaries {
		names = append(names, j.Baseline.Binaries[i].Name)
	}
	for _, d := range j.shippedBefore {
		names = append(names, d.StandIn().Name)
	}
	if len(names) != 1 {
		return false
	}
	name := names[0]
	return slices.Contains(j.Known, name) || slices.ContainsFunc(j.Config.Budgets, func(b budget.Budget) bool { return b.Name == name })
}

// one holds one of what was measured against its budget.
func (j *judging) one(b *budget.Budget, m *Measured) {
	binary := m.Binary
	s := &subject{judging: j, budget: b, binary: binary, shipped: m.deployed(), failed: make(map[variantKey]bool)}
	before := len(j.verdict.Results)
	if s.baseline = j.baselines[binary]; s.baseline != nil {
		s.shippedBefore = j.shippedBefore[s.baseline]
		s.incomparable = compare.Comparable(s.baseline, binary, j.Baseline.Sizegate, j.Sizegate)
	}
	if len(s.incomparable) > 0 {
		s.warn(b.Position, "the baseline of budget %s, path %s, cannot be compared, so growth is no error: %s", b.Name, binary.Path, strings.Join(s.incomparable, "; "))
	}
	if b.Arch != "" {
		s.arch()
	}
	for i := range b.Limits {
		s.limit(&b.Limits[i])
	}
	told := false
	for i := range b.Increases {
		if l := &b.Increases[i]; !l.Default || s.has(l.Metric) {
			if !told {
				s.tellBaseline(l.Position)
			}
			told = true
			s.increase(l)
		}
	}
	if b.Preset != "" {
		s.findings(m.Findings)
	}
	for _, part := range s.parts() {
		part.coverage()
		for i := range b.Packages {
			part.packages(&b.Packages[i])
		}
	}
	if len(j.verdict.Results) == before && len(j.verdict.Failures) == 0 {
		s.fail(b.Position, "the budget checks nothing of "+s.kind().One()+" (add limits: for it)")
	}
}

// tellBaseline warns if there is no baseline, once, or none for this binary.
func (s *subject) tellBaseline(at budget.Position) {
	switch {
	case s.baseline != nil || s.told:
	case s.FromBase:
		s.warn(at, "the base commit has no %s of budget %s, path %s: its increase limits were not checked (its budgets.yaml has no such budget, or its build: makes no such file)",
			s.kind().Noun(), s.budget.Name, s.binary.Path)
	case s.Baseline != nil:
		s.warn(at, "the baseline has no %s of budget %s, path %s: its increase limits were not checked (save a new baseline with --save-baseline)",
			s.kind().Noun(), s.budget.Name, s.binary.Path)
	default:
		s.told = true
		why := s.NoBaseline
		if why == "" {
			why = "no baseline was given (use --baseline FILE or --base REF)"
		}
		s.warn(at, "increase limits were not checked: %s", why)
	}
}

func (j *judging) warn(at budget.Position, format string, args ...any) {
	j.verdict.Warnings = append(j.verdict.Warnings, budget.Warning{Text: fmt.Sprintf(format, args...), Position: at})
}

// fail adds what could not be measured of the binary.
func (s *subject) fail(at budget.Position, problem string) {
	s.verdict.Failures = append(s.verdict.Failures, budget.Failure{Budget: s.budget.Name, Path: s.binary.Path, Problem: problem, Position: at})
}

// result begins the result of one limit.
func (s *subject) result(m budget.Metric, level, subject string, at budget.Position) *budget.Result {
	return &budget.Result{Budget: s.budget.Name, Path: s.binary.Path, Metric: m, Level: level, Subject: subject, Position: at}
}

// done adds a result to the verdict.
func (s *subject) done(r *budget.Result) {
	if r.Status == budget.Fail || r.Status == budget.Warn {
		r.Note = s.budget.Message
	}
	s.verdict.Results = append(s.verdict.Results, *r)
}
