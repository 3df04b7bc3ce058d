package cost_test

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/lambda/cost"
)

// example is the well-known month: 1 GB, a million invocations, 10% of them
// cold with 2500 ms, the others with 150 ms.
func example() cost.Input {
	return cost.Input{
		Arch:        elfscan.AMD64,
		Invocations: claimed[uint64](1_000_000),
		MemoryMB:    claimed[uint64](1024),
		ColdShare:   claimed(cost.All / 10),
		Warm:        claimed(150 * time.Millisecond),
		Cold:        claimed(2500 * time.Millisecond),
	}
}

func claimed[T any](v T) cost.Figure[T] { return cost.Figure[T]{Value: v, Origin: cost.Claimed} }

// with changes the example.
func with(change func(in *cost.Input)) cost.Input {
	in := example()
	change(&in)
	return in
}

func mustCost(t *testing.T, in cost.Input) cost.Result {
	t.Helper()
	r, err := cost.Of(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// exact is a number as a fraction, for comparison without rounding.
func exact(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return r
}

// TestCost: the figures were worked out by hand; the products of each row are
// in its comment.
func TestCost(t *testing.T) {
	for _, tt := range []struct {
		name                               string
		in                                 cost.Input
		seconds, gbSeconds                 string // exact
		compute                            string // exact
		computeShown, requests, totalShown string // with two decimals
	}{
		// 900,000 * 0.150 + 100,000 * 2.5 = 135,000 + 250,000
		{"the example", example(), "385000", "385000", "6.4166795", "6.42", "0.20", "6.62"},
		// 135,000 + 100,000 * 0.7
		{"a faster cold start", with(func(in *cost.Input) { in.Cold.Value = 700 * time.Millisecond }),
			"205000", "205000", "3.4166735", "3.42", "0.20", "3.62"},
		{"on arm64", with(func(in *cost.Input) { in.Arch = elfscan.ARM64 }), "385000", "385000", "5.133359", "5.13", "0.20", "5.33"},
		// 385,000 / 8
		{"the least memory", with(func(in *cost.Input) { in.MemoryMB.Value = 128 }), "385000", "48125", "0.8020849375", "0.80", "0.20", "1.00"},
		{"the most memory", with(func(in *cost.Input) { in.MemoryMB.Value = 10240 }), "385000", "3850000", "64.166795", "64.17", "0.20", "64.37"},
		// 1,000,000 * 0.150
		{"no cold starts", with(func(in *cost.Input) { in.ColdShare.Value = 0 }), "150000", "150000", "2.500005", "2.50", "0.20", "2.70"},
		{"only cold starts", with(func(in *cost.Input) { in.ColdShare.Value = cost.All }), "2500000", "2500000", "41.66675", "41.67", "0.20", "41.87"},
		{"nothing is invoked", with(func(in *cost.Input) { in.Invocations.Value = 0 }), "0", "0", "0", "0.00", "0.00", "0.00"},
		{"INIT unbilled", with(func(in *cost.Input) { in.InitUnbilled = true }), "150000", "150000", "2.500005", "2.50", "0.20", "2.70"},
		// 12.0001 ms and 13.5 ms are billed as 13 and 14: 900,000 * 0.013 + 100,000 * 0.014
		{"parts of a millisecond", with(func(in *cost.Input) {
			in.Warm.Value, in.Cold.Value = 12_000_100*time.Nanosecond, 13_500*time.Microsecond
		}), "13100", "13100", "0.21833377", "0.22", "0.20", "0.42"},
		// A third of a cold invocation: 3 * 1/9 of them; 3 - 1/3 = 8/3 of 0.15 and 1/3 of 2.5 with the share 0.111111111
		{"not a whole number of cold starts", with(func(in *cost.Input) {
			in.Invocations.Value, in.ColdShare.Value = 3, 111_111_111
		}), "1.23333333255", "1.23333333255", "0.000020555596653611085", "0.00", "0.00", "0.00"},
		// $0.00002 * 385,000 and $0.0000003 * 1,000,000
		{"own prices", with(func(in *cost.Input) {
			in.Price, in.RequestPrice = claimed(cost.Price(20_000_000)), claimed(cost.Price(300_000))
		}), "385000", "385000", "7.7", "7.70", "0.30", "8.00"},
		{"as many invocations as there are", with(func(in *cost.Input) {
			in.Invocations.Value, in.ColdShare.Value = math.MaxUint64, 0
			in.Warm.Value, in.Cold.Value = time.Second, time.Second
		}), "18446744073709551615", "18446744073709551615", "307446349453294.9839017205", "307446349453294.98", "3689348814741.91", "311135698268036.89"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := mustCost(t, tt.in)
			for _, f := range []struct {
				what string
				got  cost.Quantity
				want string
			}{{"seconds", r.Seconds, tt.seconds}, {"GB-seconds", r.GBSeconds, tt.gbSeconds}, {"compute", r.Compute, tt.compute}} {
				if f.got.Rat().Cmp(exact(t, f.want)) != 0 {
					t.Errorf("%s %s, want %s", f.what, f.got.Rat().FloatString(20), f.want)
				}
			}
			if got := r.Compute.Rat().FloatString(2); got != tt.computeShown {
				t.Errorf("compute is shown as %s, want %s", got, tt.computeShown)
			}
			if got := r.Requests.Rat().FloatString(2); got != tt.requests {
				t.Errorf("requests are shown as %s, want %s", got, tt.requests)
			}
			if got := r.Total.Rat().FloatString(2); got != tt.totalShown {
				t.Errorf("total is shown as %s, want %s", got, tt.totalShown)
			}
		})
	}
}

func TestSave(t *testing.T) {
	for _, tt := range []struct {
		name           string
		to             cost.Input
		seconds, total string // exact
	}{
		{"the same", example(), "0", "0"},
		// 180,000 s at $0.0000166667
		{"a faster cold start", with(func(in *cost.Input) { in.Cold.Value = 700 * time.Millisecond }), "180000", "3.000006"},
		{"arm64", with(func(in *cost.Input) { in.Arch = elfscan.ARM64 }), "0", "1.2833205"},
		{"half the memory", with(func(in *cost.Input) { in.MemoryMB.Value = 512 }), "0", "3.20833975"},
		{"more memory costs more", with(func(in *cost.Input) { in.MemoryMB.Value = 2048 }), "0", "-6.4166795"},
		{"half the requests", with(func(in *cost.Input) { in.Invocations.Value = 500_000 }), "192500", "3.30833975"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := cost.Save(example(), tt.to)
			if err != nil {
				t.Fatal(err)
			}
			if s.Seconds.Rat().Cmp(exact(t, tt.seconds)) != 0 || s.Total.Rat().Cmp(exact(t, tt.total)) != 0 {
				t.Errorf("saves %s s and $%s, want %s and $%s", s.Seconds.Rat().FloatString(3), s.Total.Rat().FloatString(12), tt.seconds, tt.total)
			}
			if sum := new(big.Rat).Add(s.Compute.Rat(), s.Requests.Rat()); sum.Cmp(s.Total.Rat()) != 0 {
				t.Errorf("compute and requests are %s together, the total is %s", sum, s.Total.Rat())
			}
		})
	}
	bad := with(func(in *cost.Input) { in.MemoryMB.Value = 0 })
	if _, err := cost.Save(bad, example()); err == nil {
		t.Error("a month that cannot be, as the first: no error")
	}
	if _, err := cost.Save(example(), bad); err == nil {
		t.Error("a month that cannot be, as the second: no error")
	}
}

func TestOrigins(t *testing.T) {
	measured := with(func(in *cost.Input) { in.Cold.Origin = cost.Measured })
	own := with(func(in *cost.Input) {
		in.Price, in.RequestPrice = claimed(cost.Price(1)), claimed(cost.Price(1))
	})
	for _, tt := range []struct {
		name string
		in   cost.Input
		want []cost.Origin
		list bool // the notes name the price list
	}{
		{"claimed", example(), []cost.Origin{cost.Claimed, cost.PriceList}, true},
		{"measured", measured, []cost.Origin{cost.Measured, cost.Claimed, cost.PriceList}, true},
		{"own prices", own, []cost.Origin{cost.Claimed}, false},
	} {
		r := mustCost(t, tt.in)
		notes := strings.Join(r.Notes, "\n")
		if !slices.Equal(r.From, tt.want) || strings.Contains(notes, "us-east-1") != tt.list || !strings.Contains(notes, "free tier") {
			t.Errorf("%s: from %v, want %v; notes:\n%s", tt.name, r.From, tt.want, notes)
		}
	}
	// 6 billion GB-seconds are 40 billion warm invocations of the example.
	for invocations, beyond := range map[uint64]bool{40_000_000_000: false, 40_000_000_007: true} {
		r := mustCost(t, with(func(in *cost.Input) { in.Invocations.Value, in.ColdShare.Value = invocations, 0 }))
		if got := strings.Contains(strings.Join(r.Notes, "\n"), "first tier"); got != beyond {
			t.Errorf("%d invocations: the tier is noted: %v", invocations, got)
		}
	}
}

func TestCostRefused(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(in *cost.Input)
		problem string
	}{
		{"no architecture", func(in *cost.Input) { in.Arch = "" }, "no prices"},
		{"another one", func(in *cost.Input) { in.Arch = "riscv64" }, "no prices"},
		{"too little memory", func(in *cost.Input) { in.MemoryMB.Value = 127 }, "127 MB"},
		{"too much memory", func(in *cost.Input) { in.MemoryMB.Value = 10241 }, "10,241 MB"},
		{"more than all are cold", func(in *cost.Input) { in.ColdShare.Value = cost.All + 1 }, "more cold starts"},
		{"a negative duration", func(in *cost.Input) { in.Warm.Value = -1 }, "below zero"},
		{"the least duration", func(in *cost.Input) { in.Cold.Value = math.MinInt64 }, "below zero"},
		{"more than 15 minutes", func(in *cost.Input) { in.Warm.Value = 15*time.Minute + 1 }, "15m"},
		{"the longest duration", func(in *cost.Input) { in.Cold.Value = math.MaxInt64 }, "cold start"},
		{"cold is faster than warm", func(in *cost.Input) { in.Cold.Value = 149 * time.Millisecond }, "takes 149ms"},
		{"nobody said so", func(in *cost.Input) { in.Cold.Origin = "" }, "neither measured nor claimed"},
		{"a cold start of the price list", func(in *cost.Input) { in.Cold.Origin = cost.PriceList }, "neither measured nor claimed"},
		{"a measured price", func(in *cost.Input) { in.Price = cost.Figure[cost.Price]{Value: 1, Origin: cost.Measured} }, "a price"},
	} {
		r, err := cost.Of(with(tt.change))
		var known *lambda.Error
		if !errors.As(err, &known) || !strings.Contains(known.Problem, tt.problem) || known.Hint == "" {
			t.Errorf("%s: %v, error %v; want one with %q", tt.name, r.Total, err, tt.problem)
		}
	}
}

func TestParse(t *testing.T) {
	share := func(s string) (uint64, error) { v, err := cost.ParseShare(s); return uint64(v), err }
	ms := func(s string) (uint64, error) { v, err := cost.ParseMilliseconds(s); return uint64(v), err }
	price := func(s string) (uint64, error) { v, err := cost.ParsePrice(s); return uint64(v), err }
	const refused = math.MaxUint64
	for _, tt := range []struct {
		name  string
		parse func(string) (uint64, error)
		text  string
		want  uint64
	}{
		{"share", share, "10%", 100_000_000}, {"share", share, "0.1", 100_000_000}, {"share", share, "100%", 1_000_000_000},
		{"share", share, "1", 1_000_000_000}, {"share", share, "0%", 0}, {"share", share, "0.0000001%", 1},
		{"share", share, "0.5%", 5_000_000}, {"share", share, "0.000000001", 1},
		{"share", share, "100.0000001%", refused}, {"share", share, "1.1", refused}, {"share", share, "10", refused},
		{"share", share, "0.00000001%", refused}, {"share", share, "-1%", refused}, {"share", share, "%", refused},
		{"share", share, "NaN", refused}, {"share", share, "Inf%", refused}, {"share", share, "10%%", refused},
		{"share", share, "1e-1", refused}, {"share", share, "10 %", refused}, {"share", share, "٣%", refused},
		{"share", share, strings.Repeat("9", 400), refused},
		{"milliseconds", ms, "150", 150_000_000}, {"milliseconds", ms, "0.000001", 1}, {"milliseconds", ms, "12.5", 12_500_000},
		{"milliseconds", ms, "9223372036854.775807", math.MaxInt64}, {"milliseconds", ms, "9223372036854.775808", refused},
		{"milliseconds", ms, "", refused}, {"milliseconds", ms, ".5", refused}, {"milliseconds", ms, "5.", refused},
		{"milliseconds", ms, "1.0000001", refused}, {"milliseconds", ms, "-0", refused}, {"milliseconds", ms, "+1", refused},
		{"milliseconds", ms, "0x10", refused}, {"milliseconds", ms, "1_000", refused}, {"milliseconds", ms, "1,5", refused}, {"milliseconds", ms, "1.2.3", refused},
		{"price", price, "0.0000166667", 16_666_700}, {"price", price, "$0.0000133334", 13_333_400}, {"price", price, "0.20", 200_000_000_000},
		{"price", price, "0.0000000000001", refused}, {"price", price, "18446745", refused}, {"price", price, "$$1", refused}, {"price", price, "nan", refused},
	} {
		got, err := tt.parse(tt.text)
		if tt.want == refused {
			if err == nil || strings.ContainsAny(err.Error(), "\n\x1b") || len(err.Error()) > 300 {
				t.Errorf("%s %q: %d, error %v; want a short one", tt.name, tt.text, got, err)
			}
		} else if err != nil || got != tt.want {
			t.Errorf("%s %q: %d, %v; want %d", tt.name, tt.text, got, err, tt.want)
		}
	}
}
