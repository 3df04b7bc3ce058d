package budget

import (
	"fmt"
	"math/big"

	"github.com/sizegate/sizegate/internal/bundle"
)

// starterLimit is one line of a starter configuration.
type starterLimit struct {
	key, limit, comment string
}

// starterLimits are the limits of one program: those metrics that it has and that
// can be measured wherever sizegate runs. UPX is an example in a comment: a check
// of it fails where UPX is not installed.
func starterLimits(p *Program, percent Percent) []starterLimit {
	switch {
	case p.Package != nil:
		return deployedLimits(packageOf(p.Package), percent, Zipped, Unzipped, categoryPrefix+Metric(bundle.Native), categoryPrefix+Metric(bundle.Dependency))
	case p.Image != nil:
		return deployedLimits(imageOf(p.Image), percent, ImageSize, ImageUnpacked, Layers, Wasted)
	}
	var limits []starterLimit
	b := p.Binary
	for _, m := range []Metric{File, Stripped, Text, Zip} {
		value, err := measured(b, m, "")
		if err != nil || value == 0 {
			continue
		}
		limits = append(limits, starterLimit{string(m), readableAbove(percent, value), nowComment(m, value)})
	}
	if text, _ := measured(b, Text, ""); text > 0 {
		value, _ := measured(b, Unattributed, "")
		// No figure: update does not move shares, so that it would not stay true.
		limits = append(limits, starterLimit{string(Unattributed), readableShare(above(percent, value), text), "the part of .text without an owner"})
	}
	return limits
}

// deployedLimits are the limits of a package or an image. There is always one:
// what it unpacks to.
func deployedLimits(d deployed, percent Percent, metrics ...Metric) []starterLimit {
	var limits []starterLimit
	for _, m := range metrics {
		value, err := d.measured(m)
		if err != nil || value == 0 && m != Unzipped && m != ImageUnpacked {
			continue
		}
		limit := readableAbove(percent, value)
		if m.Counted() {
			limit = fmt.Sprint(above(percent, value))
		}
		limits = append(limits, starterLimit{string(m), limit, nowComment(m, value)})
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
