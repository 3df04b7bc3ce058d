package budget

import "github.com/sizegate/sizegate/internal/compare"

// Status is how one limit was met. From bad to good.
type Status string

const (
	Fail    Status = "fail"    // above the error limit
	Warn    Status = "warn"    // above the warning limit, or above an error limit that cannot be held against this baseline
	Waived  Status = "waived"  // above the error limit, and a waiver allows it
	Skipped Status = "skipped" // not judged: no file, no baseline
	Pass    Status = "pass"
)

// Verdict is the judgement of every limit, in the order of the configuration.
type Verdict struct {
	Config   string // the configuration file, as annotations and messages name it
	Results  []Result
	Failures []Failure // what could not be measured: then nothing passed, and nothing was exceeded
	Warnings []Warning // about the configuration or the baseline, not about a size
}

// Exit codes of a check.
const (
	ExitPassed   = 0
	ExitExceeded = 1
	ExitFailed   = 3
)

// Exit is the exit code that the verdict comes to.
func (v *Verdict) Exit() int {
	if len(v.Failures) > 0 {
		return ExitFailed
	}
	for i := range v.Results {
		if v.Results[i].Status == Fail {
			return ExitExceeded
		}
	}
	return ExitPassed
}

// Failure is a file that could not be analysed, or a tool that is missing or
// failed where a limit needs it.
type Failure struct {
	Budget, Path string
	Problem      string // one line, with what to do
	Position     Position
}

// Warning is a remark with its place in the configuration.
type Warning struct {
	Text     string
	Position Position
}

// Result is one limit held against one binary.
type Result struct {
	Budget string
	Path   string // of the binary; "" where there is none
	// Metric is also "arch" for the architecture, and "path" for a budget whose
	// path matches nothing.
	Metric Metric
	Level  string // of UPX
	// Subject is "" for a limit of the whole binary, MaxIncrease for a limit of
	// growth, and the match of a rule about packages, which can be any text.
	Subject string
	Growth  bool // a limit of growth
	// Value and Limit are bytes, or what the metric counts. Limit is the ceiling that was crossed, else the
	// error limit, else the warning limit. For a limit of growth it is the
	// largest size that is allowed.
	Value, Limit uint64
	Baseline     *uint64 // as Value, nil without a baseline
	Status       Status
	Deny         bool // the rule about packages is a ban
	Absent       bool // there is nothing that the limit is about: no such section, file or layer, or no owner that matches
	Exceeded     bool // the error limit is, though the status is only a warning: see Input.WarnOnly
	// Message is one plain sentence for a person, without the file and line:
	// exact bytes beside rounded ones.
	Message  string
	Note     string // the budget's own message, on a breach
	Position Position
	Culprits Culprits
}

// MaxIncrease is the Subject of limits of growth.
const MaxIncrease = "max-increase"

// Delta is how much the value grew against the baseline, 0 without one.
func (r *Result) Delta() int64 {
	if r.Baseline == nil {
		return 0
	}
	return int64(r.Value - *r.Baseline)
}

// Culprits are what a breach is made of, empty for a limit that holds.
type Culprits struct {
	Heaviest  []compare.Row // owners, files or layers that weigh most: Old is 0 and New the size
	Owners    []compare.Row // owners, or files of what is deployed, that grew most, against the baseline
	Functions []compare.Row // functions that grew most, where both sides have them
	Layers    []compare.Row // of an image: layers that grew most, and new ones
	Sections  []compare.Row // sections that grew most, with the rows of bytes outside them; for metrics of the whole file

	// OfCode says that Heaviest, Owners and Functions count code, and the metric is of
	// more than that: of the whole file, or of what it becomes.
	OfCode bool
}
