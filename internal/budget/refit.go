package budget

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
)

// ParseHeadroom reads how much larger than what was measured a limit is to be:
// "5%", "2.5%", at most 1000%.
func ParseHeadroom(text string) (Percent, error) {
	const example = "write a percentage such as 5%"
	if !strings.HasSuffix(text, "%") {
		return Percent{}, fmt.Errorf("%s is not a percentage (%s)", quote(text), example)
	}
	p, problem, hint := parsePercent(text)
	if problem == "" && p.compare(Percent{Digits: 1000}) > 0 {
		problem, hint = quote(text)+" is more than 1000%", example
	}
	if problem != "" {
		return Percent{}, fmt.Errorf("%s (%s)", problem, hint)
	}
	return p, nil
}

// above is n and p of it, rounded up. It saturates.
func (p Percent) above(n uint64) uint64 {
	unit := hundred(p)
	return ceilMul(n, unit+p.Digits, unit)
}

// ceilMul is n·times/by, rounded up. It saturates.
func ceilMul(n, times, by uint64) uint64 {
	divisor := new(big.Int).SetUint64(by)
	product := new(big.Int).SetUint64(n)
	product.Mul(product, new(big.Int).SetUint64(times))
	product.Add(product, divisor).Sub(product, big.NewInt(1)).Quo(product, divisor)
	if !product.IsUint64() {
		return math.MaxUint64
	}
	return product.Uint64()
}

// Move is one limit that goes to another size.
type Move struct {
	Budget  string
	Metric  Metric
	Level   string // of UPX
	Subject string // the match of a rule about packages, "" for a limit of the whole binary
	Bound   string // "error" or "warn"
	Value   uint64 // bytes, the largest of the binaries
	From    bytesize.Size
	To      bytesize.Size
	Tied    bool // a warning limit that follows its error limit
	Edit    Edit
}

// Refit is the limits of a configuration and where they go.
type Refit struct {
	Moves []Move // in the order of the configuration's limits
	Kept  int    // limits that stay: they fit, are shares, have no binary, or are in Absent

	// Absent are limits that stay although there is a binary, because it has
	// nothing that they are about: in the order of the configuration.
	Absent []Absence

	values map[ceilingOf]uint64
}

// Absence is a limit of what no binary of the budget has.
type Absence struct {
	Budget   string
	Metric   Metric
	Subject  string // the match of a rule about packages, "" for a section
	Why      string // "there is no section .foo", "no package or crate matches foo"
	Position Position
}

// ceilingOf is what a limit is about.
type ceilingOf struct {
	budget  string
	metric  Metric
	level   string
	subject string
}

// NewRefit moves each limit that is a size to what was measured and a headroom,
// in the unit and with the decimals that it has. Where a budget has several
// binaries the largest value counts; one that has nothing that the limit is
// about does not. A warning limit keeps its share of its
// error limit, but is never below what was measured. Limits of growth are not
// counted: they stay.
func NewRefit(c *Config, results []Result, headroom Percent) *Refit {
	r := &Refit{values: make(map[ceilingOf]uint64)}
	absent := make(map[ceilingOf]bool)
	for i := range results {
		result := &results[i]
		// The share is of another number of bytes in each binary.
		if result.Status == Skipped || result.Growth || result.Deny || result.Metric == Unattributed {
			continue
		}
		key := ceilingOf{result.Budget, result.Metric, result.Level, result.Subject}
		if result.Absent {
			absent[key] = true
			continue
		}
		r.values[key] = max(r.values[key], result.Value)
	}
	c.eachLimit(func(of ceilingOf, warn, fail *Bound) {
		value, ok := r.values[of]
		if !ok {
			r.Kept += count(warn, fail)
			if absent[of] {
				r.Absent = append(r.Absent, newAbsence(of, cmp.Or(fail, warn)))
			}
			return
		}
		to := headroom.above(value)
		move := func(b *Bound, name, text string, tied bool) bytesize.Size {
			size, err := bytesize.Parse(text)
			if err != nil || size == b.Size {
				r.Kept++
				return b.Size
			}
			r.Moves = append(r.Moves, Move{Budget: of.budget, Metric: of.metric, Level: of.level, Subject: of.subject, Bound: name, Value: value,
				From: b.Size, To: size, Tied: tied, Edit: Edit{Position: b.Position, Old: b.Text, New: text}})
			return size
		}
		switch {
		case fail == nil:
			move(warn, "warn", bytesize.Restyle(warn.Text, bytesize.Size(to)), false)
		case warn == nil:
			move(fail, "error", bytesize.Restyle(fail.Text, bytesize.Size(to)), false)
		default:
			size := move(fail, "error", bytesize.Restyle(fail.Text, bytesize.Size(to)), false)
			move(warn, "warn", restyleUpTo(warn.Text, follow(warn.Size, fail.Size, size, value), size), true)
		}
	})
	return r
}

func newAbsence(of ceilingOf, b *Bound) Absence {
	why := fmt.Sprintf("there is no section %s", sectionOf(of.metric))
	if glob := of.metric.glob(); glob != "" {
		why = "no file in the package matches " + glob
	}
	if of.subject != "" {
		why = "no package or crate matches " + of.subject
	}
	return Absence{Budget: of.budget, Metric: of.metric, Subject: of.subject, Why: why, Position: b.Position}
}

// eachLimit visits what has a limit in bytes or as a share: the limits, then the
// packages of each budget. At least one of the bounds is there.
func (c *Config) eachLimit(visit func(of ceilingOf, warn, fail *Bound)) {
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

func count(bounds ...*Bound) int {
	n := 0
	for _, b := range bounds {
		if b != nil {
			n++
		}
	}
	return n
}

// follow is where a warning limit goes with its error limit: to the same share
// of it, rounded up, but not below the value, which would warn at once.
func follow(warn, fail, to bytesize.Size, value uint64) bytesize.Size {
	if fail == 0 {
		return to
	}
	return min(to, max(bytesize.Size(value), bytesize.Size(ceilMul(uint64(to), uint64(warn), uint64(fail)))))
}

// restyleUpTo prints a size in the style of old, with as many more decimals as it
// takes not to be rounded up above a limit.
func restyleUpTo(old string, size, limit bytesize.Size) string {
	// A GiB has 30 decimals, with which every size is exact.
	const mostDecimals = 30
	style := old
	for range mostDecimals + 1 {
		text := bytesize.Restyle(style, size)
		if got, err := bytesize.Parse(text); err == nil && got <= limit {
			return text
		}
		style = withDecimal(style)
	}
	return old
}

// withDecimal adds a decimal to a size: "14 MB" becomes "14.0 MB".
func withDecimal(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end < 0 {
		return text
	}
	zero := "0"
	if !strings.Contains(text[:end], ".") {
		zero = ".0"
	}
	return text[:end] + zero + text[end:]
}

// Rewrite carries the moves out in the bytes of the configuration file, and
// reads the result. All else stays as it is, byte for byte.
func (r *Refit) Rewrite(path string, data []byte) ([]byte, *Config, error) {
	edits := make([]Edit, len(r.Moves))
	for i := range r.Moves {
		edits[i] = r.Moves[i].Edit
	}
	out, err := Rewrite(path, data, edits)
	if err != nil {
		return nil, nil, err
	}
	c, err := Parse(path, out)
	if err != nil {
		return nil, nil, err
	}
	holds := true
	c.eachLimit(func(of ceilingOf, warn, fail *Bound) {
		value, ok := r.values[of]
		for _, b := range []*Bound{warn, fail} {
			holds = holds && (!ok || b == nil || uint64(b.Size) >= value)
		}
	})
	if !holds {
		return nil, nil, errors.New("internal error: a new limit is below what was measured (please report this with " + path + ")")
	}
	return out, c, nil
}
