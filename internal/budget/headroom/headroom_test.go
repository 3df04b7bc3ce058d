package headroom

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/bytesize"
)

func TestReadable(t *testing.T) {
	for _, tt := range []struct {
		size uint64
		want string
	}{
		{0, "0 B"}, {1, "1 B"}, {832, "832 B"}, {999, "999 B"}, {1000, "1 kB"}, {1001, "1.01 kB"}, {1010, "1.01 kB"}, {1011, "1.02 kB"},
		{12_962_962, "13 MB"}, {479_850, "480 kB"}, {999_000, "999 kB"}, {999_001, "1 MB"}, {1_234_567, "1.24 MB"}, {10_050_000, "10.1 MB"},
		{100_000_001, "101 MB"}, {1_000_000_000, "1 GB"}, {1_020_000_000, "1.02 GB"}, {999_000_000_001, "1000 GB"}, {1_234_567_000_000, "1240 GB"},
		{math.MaxUint64, "18446744073709551615"},
	} {
		if got := readable(tt.size, Grain(tt.size, math.MaxUint64)); got != tt.want {
			t.Errorf("readable(%d) = %q, want %q", tt.size, got, tt.want)
		}
	}
}

// TestHeadroomReadable: rounding adds less than the headroom does.
func TestHeadroomReadable(t *testing.T) {
	for _, tt := range []struct {
		size     uint64
		headroom string
		want     string
	}{
		{14_490_529, "5%", "15.3 MB"}, {14_490_529, "0%", "14.490529 MB"},
		{1_000_000, "1%", "1.01 MB"},
		{1_001_000, "0.1%", "1.003 MB"}, // 1,002,001: to 1.01 MB would be 0.8% more
		{2_000_000, "0.001%", "2.00002 MB"}, {100, "0.5%", "101 B"}, {0, "5%", "0 B"},
	} {
		p, err := Parse(tt.headroom)
		if err != nil || Limit(p, tt.size) != tt.want {
			t.Errorf("%s above %d: %s, %v, want %s", tt.headroom, tt.size, Limit(p, tt.size), err, tt.want)
		}
	}
}

// FuzzReadable checks that the limit is what its comment promises: never below
// the size, and at most a hundredth above it.
func FuzzReadable(f *testing.F) {
	f.Add(uint64(12_962_962))
	f.Add(uint64(math.MaxUint64 - 1))
	f.Fuzz(func(t *testing.T, n uint64) {
		text := readable(n, Grain(n, math.MaxUint64))
		got, err := bytesize.Parse(text)
		if err != nil || uint64(got) < n || uint64(got)-n > n/100 {
			t.Fatalf("readable(%d) = %q, which is %d, %v", n, text, uint64(got), err)
		}
	})
}

func TestParseHeadroom(t *testing.T) {
	for text, want := range map[string]uint64{"0%": 1000, "5%": 1050, "2.5%": 1025, "2.51 %": 1026, "0.000001%": 1001, "1000%": 11000} {
		p, err := Parse(text)
		if err != nil || Above(p, 1000) != want {
			t.Errorf("%s above 1000: %d, %v, want %d", text, Above(p, 1000), err, want)
		}
	}
	for _, text := range []string{"", "%", "5", "5 %%", "-5%", "+5%", "5,5%", "1e1%", "1000.1%", "1001%", "99999999999999999999%", "five%", "5%\n"} {
		if p, err := Parse(text); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, %v", text, p, err)
		}
	}
}

// FuzzAbove holds the headroom against exact fractions.
func FuzzAbove(f *testing.F) {
	f.Add(uint64(math.MaxUint64), uint64(5), 0)
	f.Add(uint64(12_345_678), uint64(2_500_001), 6)
	f.Fuzz(func(t *testing.T, n, digits uint64, scale int) {
		if digits > 999_999_999_999 || scale < 0 || scale > 6 {
			return
		}
		share := new(big.Rat).SetFrac(new(big.Int).SetUint64(digits), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale+2)), nil))
		exact := new(big.Rat).SetInt(new(big.Int).SetUint64(n))
		exact.Add(exact, share.Mul(share, exact))
		want := new(big.Int).Quo(exact.Num(), exact.Denom())
		if !exact.IsInt() {
			want.Add(want, big.NewInt(1))
		}
		if !want.IsUint64() {
			want.SetUint64(math.MaxUint64)
		}
		if got := Above(budget.Percent{Digits: digits, Scale: scale}, n); got != want.Uint64() {
			t.Fatalf("%d and %d with %d decimals percent: %d, want %v", n, digits, scale, got, want)
		}
	})
}
