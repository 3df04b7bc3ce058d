package refit

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/configfile"
	"github.com/sizegate/sizegate/internal/budget/headroom"
	"github.com/sizegate/sizegate/internal/budget/measure"
	"github.com/sizegate/sizegate/internal/budget/strictyaml"
	"github.com/sizegate/sizegate/internal/bytesize"
)

// Move is one limit that goes to another size.
type Move struct {
	Budget  string
	Metric  budget.Metric
	Level   string // of UPX
	Subject string // the match of a rule about packages, "" for a limit of the whole binary
	Bound   string // "error" or "warn"
	Value   uint64 // the largest of the binaries; bytes, or what the metric counts
	From    bytesize.Size
	To      bytesize.Size
	Tied    bool // a warning limit that follows its error limit
	Rounded bool // up, from what was measured and the headroom
	Edit    strictyaml.Edit
}

// Refit is the limits of a configuration and where they go.
type Refit struct {
	Moves []Move // in the order of the configuration's limits

	// Limits are counted as a verdict counts its results, those of the several
	// binaries of a budget once. What stays fits, is no size, is a limit of 0, has
	// no binary, or is in Absent.
	Changed, Kept int

	// Comments are how many of the form that starter writes did not say what was
	// measured. Rewrite counts them.
	Comments int

	// Absent are limits that stay although there is a binary, because it has
	// nothing that they are about: in the order of the configuration.
	Absent []absence

	values map[ceilingOf]uint64
	bans   map[ceilingOf]bool // limits of 0 of what was measured
	notes  []note
}

// absence is a limit of what no binary of the budget has.
type absence struct {
	Budget   string
	Metric   budget.Metric
	Subject  string // the match of a rule about packages, "" for a section, files or a layer
	Why      string // "there is no section .foo", "no package or crate matches foo", "bss is 0 B, …"
	Position budget.Position
}

// ceilingOf is what a limit is about.
type ceilingOf struct {
	budget  string
	metric  budget.Metric
	level   string
	subject string
}

// New moves each limit that is a size to what was measured and percent of
// it, rounded up as in a starter configuration, in the unit and with at least the decimals that
// it has. Where a budget has several binaries the largest value counts; one that
// has nothing that the limit is about does not. A warning limit keeps its share of
// its error limit, but is never below what was measured. A limit of 0 is a ban: it
// stays, and none becomes one. Limits of growth stay.
func New(c *budget.Config, results []budget.Result, percent budget.Percent) *Refit {
	r := &Refit{values: make(map[ceilingOf]uint64), bans: make(map[ceilingOf]bool)}
	absent := make(map[ceilingOf]bool)
	for i := range results {
		result := &results[i]
		// The share is of another number of bytes in each binary.
		if result.Status == budget.Skipped || result.Growth || result.Deny || result.Metric == budget.Unattributed {
			continue
		}
		key := ceilingOf{result.Budget, result.Metric, result.Level, result.Subject}
		if result.Absent {
			absent[key] = true
			continue
		}
		r.values[key] = max(r.values[key], result.Value)
	}
	eachLimit(c, func(of ceilingOf, warn, fail *budget.Bound) {
		value, ok := r.values[of]
		if !ok {
			if absent[of] {
				r.Absent = append(r.Absent, newAbsence(of, cmp.Or(fail, warn)))
			}
			return
		}
		r.notes = append(r.notes, newNote(of.metric, value, warn, fail))
		moves := len(r.Moves)
		r.fit(of, warn, fail, value, percent)
		if len(r.Moves) > moves {
			r.Changed++
		}
	})
	r.Kept = countLimits(results) - r.Changed
	return r
}

// fit moves the bounds of one limit.
func (r *Refit) fit(of ceilingOf, warn, fail *budget.Bound, value uint64, percent budget.Percent) {
	if value == 0 {
		if b := cmp.Or(fail, warn); b.Size > 0 {
			why := fmt.Sprintf("%s is %s, and a limit of 0 would be a ban", cmp.Or(of.subject, string(of.metric)), of.metric.Amount(0))
			r.Absent = append(r.Absent, absence{Budget: of.budget, Metric: of.metric, Subject: of.subject, Why: why, Position: b.Position})
		}
		return
	}
	to := headroom.Above(percent, value)
	move := func(b *budget.Bound, name, text string, tied bool) bytesize.Size {
		size, err := bytesize.Parse(text)
		if err != nil || size == b.Size {
			return b.Size
		}
		r.Moves = append(r.Moves, Move{Budget: of.budget, Metric: of.metric, Level: of.level, Subject: of.subject, Bound: name, Value: value,
			From: b.Size, To: size, Tied: tied, Rounded: headroom.Rounds(percent, value, uint64(size)), Edit: strictyaml.Edit{Position: b.Position, Old: b.Text, New: text}})
		return size
	}
	whole := func(b *budget.Bound, name string) bytesize.Size {
		if b.Size == 0 {
			r.bans[of] = true
			return 0
		}
		highest := budget.Add(to, headroom.Grain(to, to-value)-1)
		return move(b, name, headroom.RestyleUpTo(b.Text, bytesize.Size(to), bytesize.Size(highest)), false)
	}
	switch {
	case fail == nil:
		whole(warn, "warn")
	case warn == nil:
		whole(fail, "error")
	default:
		size := whole(fail, "error")
		if warn.Size == 0 {
			r.bans[of] = true
			return
		}
		low := headroom.Follow(warn.Size, fail.Size, size, value)
		highest := min(size, bytesize.Size(budget.Add(uint64(low), headroom.Grain(uint64(low), math.MaxUint64)-1)))
		move(warn, "warn", headroom.RestyleUpTo(warn.Text, low, highest), true)
	}
}

// IsBan reports whether the result is of a limit of 0, which stays.
func (r *Refit) IsBan(result *budget.Result) bool {
	return r.bans[ceilingOf{result.Budget, result.Metric, result.Level, result.Subject}] && !result.Growth && !result.Deny && result.Limit == 0
}

// countLimits is how many limits the results are of. The binaries of a budget have
// the same.
func countLimits(results []budget.Result) int {
	type limit struct {
		ceilingOf
		growth, deny bool
		at           budget.Position // a match can stand twice
	}
	limits := make(map[limit]bool)
	for i := range results {
		r := &results[i]
		limits[limit{ceilingOf{r.Budget, r.Metric, r.Level, r.Subject}, r.Growth, r.Deny, r.Position}] = true
	}
	return len(limits)
}

func newAbsence(of ceilingOf, b *budget.Bound) absence {
	why := fmt.Sprintf("there is no section %s", measure.SectionOf(of.metric))
	if glob := of.metric.Glob(); glob != "" {
		why = "no file in it matches " + glob
	}
	if n := of.metric.Layer(); n > 0 {
		why = fmt.Sprintf("there is no layer %d", n)
	}
	if of.subject != "" {
		why = "no package or crate matches " + of.subject
	}
	return absence{Budget: of.budget, Metric: of.metric, Subject: of.subject, Why: why, Position: b.Position}
}

// eachLimit visits what has a limit in bytes or as a share: the limits, then the
// packages of each budget. At least one of the bounds is there.
func eachLimit(c *budget.Config, visit func(of ceilingOf, warn, fail *budget.Bound)) {
	for i := range c.Budgets {
		b := &c.Budgets[i]
		for _, l := range b.Limits {
			if l.Preset != nil {
				continue // it is not in the file
			}
			visit(ceilingOf{b.Name, l.Metric, l.Level, ""}, l.Warn, l.Error)
		}
		for _, p := range b.Packages {
			if !p.Deny {
				visit(ceilingOf{b.Name, p.Metric, "", p.Match}, p.Warn, p.Error)
			}
		}
	}
}

// Rewrite carries the moves out in the bytes of the configuration file, corrects
// the comments that starter wrote behind what was measured, and reads the result.
// All else stays as it is, byte for byte.
func (r *Refit) Rewrite(path string, data []byte) ([]byte, *budget.Config, error) {
	edits := make([]strictyaml.Edit, len(r.Moves))
	for i := range r.Moves {
		edits[i] = r.Moves[i].Edit
	}
	// The comments come first: they stand behind the bounds of their lines, whose
	// positions stay.
	data, err := r.correctComments(path, data)
	if err != nil {
		return nil, nil, err
	}
	out, err := configfile.Rewrite(path, data, edits)
	if err != nil {
		return nil, nil, err
	}
	c, err := configfile.Parse(path, out)
	if err != nil {
		return nil, nil, err
	}
	holds := true
	eachLimit(c, func(of ceilingOf, warn, fail *budget.Bound) {
		value, ok := r.values[of]
		for _, b := range []*budget.Bound{warn, fail} {
			holds = holds && (!ok || b == nil || b.Size == 0 || uint64(b.Size) >= value)
		}
	})
	if !holds {
		return nil, nil, errors.New("internal error: a new limit is below what was measured (please report this with " + path + ")")
	}
	return out, c, nil
}
