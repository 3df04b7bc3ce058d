package judge

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/bytesize"
)

// fraction is a percentage as an exact fraction.
func fraction(p budget.Percent) *big.Rat {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(p.Scale+2)), nil)
	return new(big.Rat).SetFrac(new(big.Int).SetUint64(p.Digits), unit)
}

func whole(n uint64) *big.Rat { return new(big.Rat).SetInt(new(big.Int).SetUint64(n)) }

// TestCeilings holds the ceilings against fractions: a ceiling is allowed, and
// one byte more is not, unless no size is more.
func TestCeilings(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	size := func() uint64 { return random.Uint64() >> random.IntN(64) }
	check := func(what string, got uint64, allowed *big.Rat, in ...any) {
		t.Helper()
		if whole(got).Cmp(allowed) > 0 {
			t.Fatalf("%s%v: %d is above %s", what, in, got, allowed.FloatString(3))
		}
		if got < math.MaxUint64 && whole(got+1).Cmp(allowed) <= 0 {
			t.Fatalf("%s%v: %d is not the largest up to %s", what, in, got, allowed.FloatString(3))
		}
	}
	for range 20000 {
		p := budget.Percent{Digits: size(), Scale: random.IntN(7)}
		n, part, before := size(), size(), size()
		b := &budget.Bound{Percent: p, Share: true}
		share := new(big.Rat).Mul(fraction(p), whole(n))
		check("share", limitCeiling(b, n).bytes, share, p, n)

		grown := new(big.Rat).Add(whole(n), share)
		check("growth", growthCeiling(b, nil, n).bytes, grown, p, n)

		floor := size()
		atLeast := new(big.Rat).Add(whole(n), whole(floor))
		if grown.Cmp(atLeast) > 0 {
			atLeast = grown
		}
		check("floor", growthCeiling(b, &budget.Bound{Size: bytesize.Size(floor)}, n).bytes, atLeast, p, n, floor)

		check("bytes", growthCeiling(&budget.Bound{Size: bytesize.Size(floor)}, nil, n).bytes, new(big.Rat).Add(whole(n), whole(floor)), n, floor)

		points := fraction(p)
		if before > 0 {
			points.Add(points, new(big.Rat).SetFrac(new(big.Int).SetUint64(part), new(big.Int).SetUint64(before)))
		}
		points.Mul(points, whole(n))
		check("points", pointsCeiling(b, part, before, n).bytes, points, p, part, before, n)
	}
	if limitCeiling(nil, 1) != nil || growthCeiling(nil, nil, 1) != nil || pointsCeiling(nil, 1, 1, 1) != nil {
		t.Error("no bound has a ceiling")
	}
	var none *ceiling
	if none.over(math.MaxUint64) {
		t.Error("a ceiling that is not there is exceeded")
	}
}
