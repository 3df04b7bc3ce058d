// Package cost computes what a month of a function costs on AWS Lambda, exactly, from
// what is known of its invocations.
//
// A cold start is measured or claimed by the user. Nothing here makes one from a
// size: images load lazily, and what a program does before its first request
// weighs more than its bytes.
package cost

import (
	"fmt"
	"slices"
	"time"

	"github.com/sizegate/sizegate/internal/lambda"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// Origin is how a figure is known.
type Origin string

const (
	Measured  Origin = "measured"   // here, by running the program
	Claimed   Origin = "claimed"    // by the user, who is believed
	PriceList Origin = "price list" // the built-in prices
)

// Figure is a value and how it is known.
type Figure[T any] struct {
	Value  T
	Origin Origin
}

// Input is a month of one function.
type Input struct {
	Arch        elfscan.Arch
	Invocations Figure[uint64]
	MemoryMB    Figure[uint64] // 1024 is the GB of a GB-second
	ColdShare   Figure[Share]  // of the invocations
	Warm        Figure[time.Duration]
	// Cold is the whole duration of an invocation with a cold start, the INIT
	// phase included. It is no less than Warm.
	Cold Figure[time.Duration]
	// InitUnbilled says that the INIT phase is free, as it was for managed
	// runtimes in a zip until 2025-07-31. What a cold invocation takes longer than a
	// warm one is the INIT phase, so it is then billed like a warm one.
	// https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
	InitUnbilled bool
	// Price is of a GB-second, RequestPrice of one request. Without an origin
	// they are the built-in ones.
	Price, RequestPrice Figure[Price]
}

// Result is what a month costs. All figures are exact: only the durations
// are rounded, each invocation's up to a whole millisecond, as AWS bills
// them. The number of cold invocations is not rounded.
type Result struct {
	WarmBilled, ColdBilled time.Duration // of one invocation
	Seconds                Quantity      // billed
	GBSeconds              Quantity
	Price, RequestPrice    Figure[Price] // that were used
	Compute, Requests      Quantity      // dollars
	Total                  Quantity      // dollars, both together
	// From is how the figures are known that the result was made of, in the
	// order measured, claimed, price list.
	From []Origin
	// Notes are what the figures leave out, a sentence each.
	Notes []string
}

// Of computes what a month costs. The error is a *lambda.Error about what in the
// input cannot be.
func Of(in Input) (Result, error) {
	list, known := listPriceOf(in.Arch)
	if !known {
		return Result{}, &lambda.Error{Problem: fmt.Sprintf("no prices for the architecture %q", in.Arch), Hint: "amd64 or arm64"}
	}
	var r Result
	r.Price, r.RequestPrice = in.Price, in.RequestPrice
	if r.Price.Origin == "" {
		r.Price = Figure[Price]{list.perGBSecond, PriceList}
	}
	if r.RequestPrice.Origin == "" {
		r.RequestPrice = Figure[Price]{requestPrice, PriceList}
	}
	if err := in.check(); err != nil {
		return Result{}, err
	}
	r.From = origins(in.Invocations.Origin, in.MemoryMB.Origin, in.ColdShare.Origin, in.Warm.Origin, in.Cold.Origin, r.Price.Origin, r.RequestPrice.Origin)
	r.WarmBilled, r.ColdBilled = wholeMilliseconds(in.Warm.Value), wholeMilliseconds(in.Cold.Value)
	if in.InitUnbilled {
		r.ColdBilled = r.WarmBilled
	}
	all := fraction(in.Invocations.Value, 1)
	cold := all.times(fraction(uint64(in.ColdShare.Value), uint64(All)))
	seconds := func(d time.Duration) Quantity { return fraction(uint64(d), uint64(time.Second)) }
	r.Seconds = all.minus(cold).times(seconds(r.WarmBilled)).plus(cold.times(seconds(r.ColdBilled)))
	r.GBSeconds = r.Seconds.times(fraction(in.MemoryMB.Value, 1024))
	r.Compute = r.GBSeconds.times(fraction(uint64(r.Price.Value), uint64(dollar)))
	r.Requests = all.times(fraction(uint64(r.RequestPrice.Value), uint64(dollar)))
	r.Total = r.Compute.plus(r.Requests)
	r.Notes = r.notes(list)
	return r, nil
}

func (r *Result) notes(list listPrice) []string {
	notes := []string{"the free tier (a million requests and 400,000 GB-seconds a month for the account) is not subtracted"}
	if slices.Contains(r.From, PriceList) {
		notes = append(notes, fmt.Sprintf("list prices of %s as of %s: %s", PriceRegion, PriceDate, PriceSource))
	}
	if r.Price.Origin == PriceList && r.GBSeconds.cmp(fraction(list.tier, 1)) > 0 {
		notes = append(notes, fmt.Sprintf("more than %s million GB-seconds a month: what is above is cheaper than the first tier's price, which is used for all", bytesize.Size(list.tier/1_000_000).Grouped()))
	}
	return notes
}

// wholeMilliseconds rounds up, as AWS has since 2020-12-01.
// https://aws.amazon.com/blogs/aws/new-for-aws-lambda-1ms-billing-granularity-adds-cost-savings/
func wholeMilliseconds(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1) / time.Millisecond * time.Millisecond
}

func origins(used ...Origin) []Origin {
	var list []Origin
	for _, o := range []Origin{Measured, Claimed, PriceList} {
		if slices.Contains(used, o) {
			list = append(list, o)
		}
	}
	return list
}

// What Lambda gives a function.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, read 2026-11
const (
	minMemory = 128
	maxMemory = 10_240
	maxRun    = 15 * time.Minute
	// The INIT phase ends after 10 seconds, but after up to 15 minutes with
	// provisioned concurrency.
	maxCold = maxRun + 15*time.Minute
)

func (in *Input) check() error {
	known := func(o Origin) bool { return o == Measured || o == Claimed }
	priced := func(o Origin) bool { return o == "" || o == Claimed || o == PriceList }
	switch {
	case !priced(in.Price.Origin), !priced(in.RequestPrice.Origin):
		return &lambda.Error{Problem: "a price that is neither claimed nor of the list", Hint: "give it, or leave it out"}
	case !known(in.Invocations.Origin), !known(in.MemoryMB.Origin), !known(in.ColdShare.Origin), !known(in.Warm.Origin), !known(in.Cold.Origin):
		return &lambda.Error{Problem: "a figure that is neither measured nor claimed", Hint: "give invocations, memory, share of cold starts, and both durations"}
	case in.MemoryMB.Value < minMemory || in.MemoryMB.Value > maxMemory:
		return &lambda.Error{Problem: fmt.Sprintf("%s MB of memory", bytesize.Size(in.MemoryMB.Value).Grouped()), Hint: fmt.Sprintf("Lambda gives %s to %s MB", bytesize.Size(minMemory).Grouped(), bytesize.Size(maxMemory).Grouped())}
	case in.ColdShare.Value > All:
		return &lambda.Error{Problem: "more cold starts than invocations", Hint: "give a share of at most 100%"}
	case in.Warm.Value < 0, in.Cold.Value < 0:
		return &lambda.Error{Problem: "a duration below zero", Hint: "give milliseconds"}
	case in.Warm.Value > maxRun:
		return &lambda.Error{Problem: fmt.Sprintf("%v for an invocation", in.Warm.Value), Hint: "Lambda ends a function after 15 minutes: give milliseconds"}
	case in.Cold.Value > maxCold:
		return &lambda.Error{Problem: fmt.Sprintf("%v for an invocation with a cold start", in.Cold.Value), Hint: "Lambda ends both phases after 15 minutes: give milliseconds"}
	case in.Cold.Value < in.Warm.Value:
		return &lambda.Error{Problem: fmt.Sprintf("an invocation with a cold start takes %v and one without %v", in.Cold.Value, in.Warm.Value),
			Hint: "give the whole duration with a cold start, the INIT phase and the request"}
	}
	return nil
}

// Saving is what a change brings a month: Old less New, so that a change that
// costs more is negative.
type Saving struct {
	Old, New                 Result
	Seconds, GBSeconds       Quantity
	Compute, Requests, Total Quantity // dollars
}

// Save computes what the change from one month to the other saves. The error is
// that of Of.
func Save(from, to Input) (Saving, error) {
	a, err := Of(from)
	if err != nil {
		return Saving{}, err
	}
	b, err := Of(to)
	if err != nil {
		return Saving{}, err
	}
	return Saving{Old: a, New: b, Seconds: a.Seconds.minus(b.Seconds), GBSeconds: a.GBSeconds.minus(b.GBSeconds),
		Compute: a.Compute.minus(b.Compute), Requests: a.Requests.minus(b.Requests), Total: a.Total.minus(b.Total)}, nil
}
