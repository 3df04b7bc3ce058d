package budget

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// starterLimit is one line of a starter configuration.
type starterLimit struct {
	key, limit, comment string
}

// starterLimits are the limits of one program: those metrics that it has and that
// were measured.
func starterLimits(p *Program, headroom Percent) []starterLimit {
	if p.Package != nil {
		return packageLimits(p.Package, headroom)
	}
	var limits []starterLimit
	b := p.Binary
	for _, m := range []Metric{File, Stripped, Text, Zip, UPX} {
		value, err := measured(b, m, "")
		if err != nil || value == 0 {
			continue
		}
		limits = append(limits, starterLimit{string(m), readable(headroom.above(value)), exact(value) + " now"})
	}
	if text, _ := measured(b, Text, ""); text > 0 {
		value, _ := measured(b, Unattributed, "")
		limits = append(limits, starterLimit{string(Unattributed), readableShare(headroom.above(value), text),
			fmt.Sprintf("of .text; %s now (%s)", percentage(value, text, 2), exact(value))})
	}
	return limits
}

// packageLimits are the limits of a package. There is always one: what it unpacks
// to.
func packageLimits(p *snapshot.Package, headroom Percent) []starterLimit {
	var limits []starterLimit
	for _, m := range []Metric{Zipped, Unzipped, categoryPrefix + Metric(bundle.Native), categoryPrefix + Metric(bundle.Dependency)} {
		value, err := measuredPackage(p, m)
		if err != nil || value == 0 && m != Unzipped {
			continue
		}
		limits = append(limits, starterLimit{string(m), readable(headroom.above(value)), exact(value) + " now"})
	}
	return limits
}

// readable is a size of at most three significant digits that is at least n, in
// the largest unit of 1000 in which it has no more than three digits before the
// point: "13 MB", "1.24 MB", "832 B".
func readable(n uint64) string {
	step := uint64(1)
	for n/step >= 1000 {
		step *= 10
	}
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
