package judge

import (
	"math"
	"math/big"

	"github.com/sizegate/sizegate/internal/budget"
)

// ceiling is a bound as the largest number of bytes that it allows.
type ceiling struct {
	bytes uint64
	bound *budget.Bound
}

// over says whether a value is above the ceiling, if there is one.
func (c *ceiling) over(value uint64) bool { return c != nil && value > c.bytes }

// limitCeiling is the ceiling of an absolute bound, nil if there is none. whole
// is what shares are of.
func limitCeiling(b *budget.Bound, whole uint64) *ceiling {
	switch {
	case b == nil:
		return nil
	case b.Share:
		return &ceiling{b.Percent.Of(whole), b}
	}
	return &ceiling{uint64(b.Size), b}
}

// growthCeiling is the ceiling of a metric that was old, nil if there is no
// bound. Growth up to the floor is allowed whatever the bound says.
func growthCeiling(b, floor *budget.Bound, old uint64) *ceiling {
	if b == nil {
		return nil
	}
	allowed := uint64(b.Size)
	if b.Share {
		allowed = b.Percent.Of(old)
	}
	if floor != nil {
		allowed = max(allowed, uint64(floor.Size))
	}
	return &ceiling{budget.Add(old, allowed), b}
}

// pointsCeiling is the ceiling of a part of a whole, old parts of oldWhole,
// whose share may grow by percentage points, where the whole is now whole bytes.
// It is nil if there is no bound.
func pointsCeiling(b *budget.Bound, old, oldWhole, whole uint64) *ceiling {
	switch {
	case b == nil:
		return nil
	case oldWhole == 0: // a share of nothing is 0
		return limitCeiling(b, whole)
	}
	// (old/oldWhole + digits/unit) · whole, in one fraction
	unit := new(big.Int).SetUint64(b.Percent.Hundred())
	from := new(big.Int).SetUint64(oldWhole)
	sum := new(big.Int).Mul(new(big.Int).SetUint64(old), unit)
	sum.Add(sum, new(big.Int).Mul(new(big.Int).SetUint64(b.Percent.Digits), from))
	sum.Mul(sum, new(big.Int).SetUint64(whole))
	sum.Quo(sum, from.Mul(from, unit))
	if !sum.IsUint64() {
		return &ceiling{math.MaxUint64, b}
	}
	return &ceiling{sum.Uint64(), b}
}
