package cost

import "math/big"

// Quantity is an exact number of seconds, GB-seconds or dollars; it can be
// negative. The zero value is 0. It does not change.
type Quantity struct{ r *big.Rat }

func (q Quantity) rat() *big.Rat {
	if q.r == nil {
		return new(big.Rat)
	}
	return q.r
}

func (q Quantity) plus(p Quantity) Quantity  { return Quantity{new(big.Rat).Add(q.rat(), p.rat())} }
func (q Quantity) minus(p Quantity) Quantity { return Quantity{new(big.Rat).Sub(q.rat(), p.rat())} }
func (q Quantity) times(p Quantity) Quantity { return Quantity{new(big.Rat).Mul(q.rat(), p.rat())} }

// cmp is -1, 0 or 1 as the quantity is less than p, equal or more.
func (q Quantity) cmp(p Quantity) int { return q.rat().Cmp(p.rat()) }

// Rat is a copy of the exact value.
func (q Quantity) Rat() *big.Rat { return new(big.Rat).Set(q.rat()) }

// fraction is n/d.
func fraction(n, d uint64) Quantity {
	return Quantity{new(big.Rat).SetFrac(new(big.Int).SetUint64(n), new(big.Int).SetUint64(d))}
}
