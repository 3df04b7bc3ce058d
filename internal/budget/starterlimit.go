package budget

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/sizegate/sizegate/internal/bundle"
)

// starterLimit is one line of a starter configuration.
type starterLimit struct {
	key, limit, comment string
}

// starterLimits are the limits of one program: those metrics that it has and that
// can be measured wherever sizegate runs. UPX is an example in a comment: a check
// of it fails where UPX is not installed.
func starterLimits(p *Program, headroom Percent) []starterLimit {
	switch d := p.measured(nil); {
	case p.Package != nil:
		return deployedLimits(d.deployed(), headroom, Zipped, Unzipped, categoryPrefix+Metric(bundle.Native), categoryPrefix+Metric(bundle.Dependency))
	case p.Image != nil:
		return deployedLimits(d.deployed(), headroom, ImageSize, ImageUnpacked, Layers, Wasted)
	}
	var limits []starterLimit
	b := p.Binary
	for _, m := range []Metric{File, Stripped, Text, Zip} {
		value, err := measured(b, m, "")
		if err != nil || value == 0 {
			continue
		}
		limits = append(limits, starterLimit{string(m), headroom.readable(value), nowComment(m, value)})
	}
	if text, _ := measured(b, Text, ""); text > 0 {
		value, _ := measured(b, Unattributed, "")
		// No figure: update does not move shares, so that it would not stay true.
		limits = append(limits, starterLimit{string(Unattributed), readableShare(headroom.above(value), text), "the part of .text without an owner"})
	}
	return limits
}

// deployedLimits are the limits of a package or an image. There is always one:
// what it unpacks to.
func deployedLimits(d deployed, headroom Percent, metrics ...Metric) []starterLimit {
	var limits []starterLimit
	for _, m := range metrics {
		value, err := d.measured(m)
		if err != nil || value == 0 && m != Unzipped && m != ImageUnpacked {
			continue
		}
		limit := headroom.readable(value)
		if m.Counted() {
			limit = fmt.Sprint(headroom.above(value))
		}
		limits = append(limits, starterLimit{string(m), limit, nowComment(m, value)})
	}
	return limits
}

// readable is n and p of it, rounded up to three significant digits, or to more
// where rounding would add more than p did.
func (p Percent) readable(n uint64) string {
	to := p.above(n)
	return readable(to, grain(to, to-n))
}

// readable is n rounded up to a multiple of step, a power of ten, in the largest
// unit of 1000 in which it has no more than three digits before the point:
// "13 MB", "1.24 MB", "832 B".
func readable(n, step uint64) string {
	if n > math.MaxUint64-step {
		return fmt.Sprint(n) // larger than any file
	}
	n = (n + step - 1) / step * step
	units := [...]string{"B", "kB", "MB", "GB"}
	unit, scale := 0, uint64(1)
	for unit < len(units)-1 && n/scale >= 1000 {
		unit, scale = unit+1, scale*1000
	}
	text := fmt.Sprint(n / scale)
	if rest := n % scale; rest > 0 {
		text += "." + strings.TrimRight(fmt.Sprintf("%0*d", 3*unit, rest), "0")
	}
	return text + " " + units[unit]
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
