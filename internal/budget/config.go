package budget

import (
	"cmp"
	"time"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/lambda"
)

// Config is a budgets.yaml that was read and found right.
type Config struct {
	Text    []byte // the file as it was read
	Path    string // the file, as it was named
	Budgets []Budget
	Waivers []Waiver
}

// Position is a place in the configuration file, both counted from 1.
type Position struct {
	Line, Column int
}

// Budget is the limits of one program, or of each of several that are built
// alike.
type Budget struct {
	Name      string
	Paths     []string // relative to the folder of the configuration; globs, and excludes that begin with !
	Arch      string   // "amd64", "arm64" or ""
	Build     string   // the command that builds it, "" if none is given
	Limits    []Limit
	Increases []Increase // with those of the defaults that the budget does not have itself
	Packages  []Rule
	// Preset is a way to deploy, "" for none. Its limits are among Limits.
	Preset         lambda.Preset
	PresetPosition Position
	Runtime        string // of Lambda, with a preset; "" is its default
	AllowMissing   bool
	Message        string   // what the author wants to say when a limit is exceeded, in one line
	Position       Position // of the name
	PathPosition   Position
	BuildPosition  Position // of the command
}

// Limit is the ceiling of one metric. At least one of Warn and Error is there.
type Limit struct {
	Metric   Metric
	Level    string // of UPX: "default", "fast", "best" or "lzma"; "" for other metrics
	Warn     *Bound
	Error    *Bound
	Position Position // of the metric's name
	// Preset is nil for what the author wrote, else the limit of the budget's
	// preset. Warn is then where it is near, nil if the author has a limit for the
	// metric too.
	Preset *lambda.Limit
}

// Bound is a size, or a share for the metric Unattributed.
type Bound struct {
	Size     bytesize.Size // unless Share
	Percent  Percent       // if Share
	Share    bool
	Text     string   // as it stands in the file
	Position Position // of the value
}

// Increase is how much a metric may grow against the baseline: by a share of the
// baseline, or by bytes. For the metric Unattributed the bounds are percentage points.
type Increase struct {
	Metric   Metric
	Level    string
	Warn     *Bound
	Error    *Bound
	Floor    *Bound // growth up to this many bytes is always allowed, nil if there is none
	Position Position
	Default  bool // from the defaults: it counts where the metric can be measured
}

// Rule is a limit for the owners whose names match, together, or a ban.
type Rule struct {
	Match    string
	Deny     bool
	Metric   Metric // Text or Total
	Warn     *Bound
	Error    *Bound   // nil with Deny
	Position Position // of the match
}

// Waiver raises one ceiling for a time.
type Waiver struct {
	Budget   string
	Metric   Metric // or the Match of one of the budget's packages
	Limit    Bound
	Reason   string    // in one line
	Expires  time.Time // the last day on which it counts, at 00:00 UTC; zero if it never ends
	Position Position
}

// Expired reports whether the last day of the waiver is over, in UTC.
func (w *Waiver) Expired(today time.Time) bool {
	return !w.Expires.IsZero() && !today.Before(w.Expires.AddDate(0, 0, 1))
}

// Compare orders positions as they stand in the file.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}
