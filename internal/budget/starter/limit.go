package starter

import (
	"fmt"
	"math/big"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/headroom"
	"github.com/sizegate/sizegate/internal/budget/measure"
	"github.com/sizegate/sizegate/internal/bundle"
)

// line is one line of a starter configuration.
type line struct {
	key, limit, comment string
}

// limits are the limits of one program: those metrics that it has and that
// can be measured wherever sizegate runs. UPX is an example in a comment: a check
// of it fails where UPX is not installed.
func limits(p *Program, percent budget.Percent) []line {
	switch {
	case p.Package != nil:
		return deployedLimits(measure.Package(p.Package), percent, budget.Zipped, budget.Unzipped, budget.CategoryPrefix+budget.Metric(bundle.Native), budget.CategoryPrefix+budget.Metric(bundle.Dependency))
	case p.Image != nil:
		return deployedLimits(measure.Image(p.Image), percent, budget.ImageSize, budget.ImageUnpacked, budget.Layers, budget.Wasted)
	}
	var limits []line
	b := p.Binary
	for _, m := range []budget.Metric{budget.File, budget.Stripped, budget.Text, budget.Zip} {
		value, err := measure.Binary(b, m, "")
		if err != nil || value == 0 {
			continue
		}
		limits = append(limits, line{string(m), headroom.Limit(percent, value), headroom.Comment(m, value)})
	}
	if text, _ := measure.Binary(b, budget.Text, ""); text > 0 {
		value, _ := measure.Binary(b, budget.Unattributed, "")
		// No figure: update does not move shares, so that it would not stay true.
		limits = append(limits, line{string(budget.Unattributed), readableShare(headroom.Above(percent, value), text), "the part of .text without an owner"})
	}
	return limits
}

// deployedLimits are the limits of a package or an image. There is always one:
// what it unpacks to.
func deployedLimits(d measure.Deployed, percent budget.Percent, metrics ...budget.Metric) []line {
	var limits []line
	for _, m := range metrics {
		value, err := d.Value(m)
		if err != nil || value == 0 && m != budget.Unzipped && m != budget.ImageUnpacked {
			continue
		}
		limit := headroom.Limit(percent, value)
		if m.Counted() {
			limit = fmt.Sprint(headroom.Above(percent, value))
		}
		limits = append(limits, line{string(m), limit, headroom.Comment(m, value)})
	}
	return limits
}

// readableShare is a whole percentage that part of whole is not above, at least
// 1% and at most 100%.
func readableShare(part, whole uint64) string {
	share := new(big.Int).SetUint64(part)
	share.Mul(share, big.NewInt(100))
	share.Add(share, new(big.Int).SetUint64(whole-1)).Quo(share, new(big.Int).SetUint64(whole))
	if !share.IsUint64() {
		return "100%"
	}
	return fmt.Sprintf("%d%%", min(max(share.Uint64(), 1), 100))
}
