// Package month tells what a month of a function costs on AWS Lambda, and what it would
// cost with the file stripped or packed, or on arm64.
package month

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"time"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/lambda/cost"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// Month is a month of a function.
type Month struct {
	Input cost.Input      // with any architecture
	Named map[string]bool // the flags that the user gave; what the others say is the example's
	// Claims are the cold starts of what the file becomes, by Key.
	Claims map[string]time.Duration
}

// Claimed is a figure that the user says.
func Claimed[T any](v T) cost.Figure[T] { return cost.Figure[T]{Value: v, Origin: cost.Claimed} }

// Key names a variant: "stripped", "upx-lzma".
func Key(name, level string) string {
	if level == "" {
		return name
	}
	return name + "-" + level
}

// Add adds what a month costs as the file is, and with each change. Where no
// program says the architecture ("") the price is that of Lambda's default.
func (m *Month) Add(l *snapshot.Lambda, known elfscan.Arch) error {
	in := m.Input
	arch := cmp.Or(known, elfscan.AMD64)
	in.Arch = arch
	bill, err := cost.Of(in)
	if err != nil {
		return err
	}
	l.Figures = m.figures(&in, &bill)
	l.Cost = snapshot.NewLambdaCost(&bill)
	l.Notes, l.PriceDate, l.PriceRegion = bill.Notes, cost.PriceDate, cost.PriceRegion
	if in.InitUnbilled {
		l.Notes = append(l.Notes, "the INIT phase is free (--no-init-billed): a cold invocation is billed like a warm one")
	}
	if known == "" && bill.Price.Origin == cost.PriceList {
		// https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html, read 2026-11
		l.Notes = append(l.Notes, "no program says the architecture: the price is that of x86_64, Lambda's default")
	}
	for i := 1; i < len(l.Variants); i++ {
		change, err := m.change(in, &l.Variants[0], &l.Variants[i], l.StartupReason)
		if err != nil {
			return err
		}
		l.Changes = append(l.Changes, change)
	}
	if arch != elfscan.AMD64 {
		return nil
	}
	arm := snapshot.LambdaChange{Name: string(elfscan.ARM64)}
	if in.Price.Origin == cost.Claimed {
		arm.Reason = "--price is that of one architecture (say that of arm64 and compare)"
		l.Changes = append(l.Changes, arm)
		return nil
	}
	after := in
	after.Arch = elfscan.ARM64
	arm.Known = string(cost.PriceList)
	if err := addSaving(&arm, in, after); err != nil {
		return err
	}
	l.Changes = append(l.Changes, arm)
	return nil
}

func (m *Month) figures(in *cost.Input, bill *cost.Result) []snapshot.LambdaFigure {
	origin := func(flag string) string {
		if m.Named[flag] {
			return string(cost.Claimed)
		}
		return "example"
	}
	whole := func(n uint64) json.Number { return snapshot.Exact(new(big.Rat).SetUint64(n)) }
	dollars := func(p cost.Price) json.Number {
		return snapshot.Exact(new(big.Rat).SetFrac(new(big.Int).SetUint64(uint64(p)), big.NewInt(1_000_000_000_000)))
	}
	percent := snapshot.Exact(big.NewRat(int64(in.ColdShare.Value), int64(cost.All/100)))
	return []snapshot.LambdaFigure{
		{Name: "invocations", Value: whole(in.Invocations.Value), Unit: "", Origin: origin("invocations")},
		{Name: "memory", Value: whole(in.MemoryMB.Value), Unit: "MB", Origin: origin("memory")},
		{Name: "cold share", Value: percent, Unit: "%", Origin: origin("cold-share")},
		{Name: "warm invocation", Value: snapshot.Milliseconds(int64(in.Warm.Value)), Unit: "ms", Origin: origin("warm-ms")},
		{Name: "cold invocation", Value: snapshot.Milliseconds(int64(in.Cold.Value)), Unit: "ms", Origin: origin("cold-ms")},
		{Name: "price of a GB-second", Value: dollars(bill.Price.Value), Unit: "$", Origin: string(bill.Price.Origin)},
		{Name: "price of a request", Value: dollars(bill.RequestPrice.Value), Unit: "$", Origin: string(bill.RequestPrice.Origin)},
	}
}

// change is what shipping v in place of the plain file brings. The cold start of
// v is claimed, or else that of the plain file and the difference of the medians.
func (m *Month) change(in cost.Input, plain, v *snapshot.LambdaVariant, noStart string) (snapshot.LambdaChange, error) {
	c := snapshot.LambdaChange{Name: v.Name, Level: v.Level}
	after := in
	claim, isClaimed := m.Claims[Key(v.Name, v.Level)]
	switch {
	case isClaimed:
		c.Known = string(cost.Claimed)
		after.Cold = Claimed(claim)
	case v.Status != "ok":
		c.Reason = v.Reason
	case plain.Startup == nil || v.Startup == nil:
		c.Reason = "its start was not measured: " + noStart
	case plain.Startup.Exit != v.Startup.Exit:
		c.Reason = fmt.Sprintf("its runs ended with exit code %d, and those of the plain file with %d (--startup-args gives them arguments)", v.Startup.Exit, plain.Startup.Exit)
	case withinSpread(plain.Startup, v.Startup):
		c.Reason = "the difference of its start to that of the plain file is no more than what runs of one file differ by here (--startup=100 measures longer)"
	default:
		cold := in.Cold.Value + time.Duration(v.Startup.Median-plain.Startup.Median)
		after.Cold = cost.Figure[time.Duration]{Value: cold, Origin: cost.Measured}
		if _, err := cost.Of(after); err != nil {
			c.Reason = "with the difference measured here " + err.Error()
			break
		}
		c.Known = string(cost.Measured)
	}
	if c.Known == "" {
		return c, nil
	}
	c.ColdMS = snapshot.Milliseconds(int64(after.Cold.Value))
	return c, addSaving(&c, in, after)
}

// withinSpread says whether two starts cannot be told apart: their medians differ
// by no more than one of them does from its fastest run.
func withinSpread(x, y *snapshot.Startup) bool {
	difference := x.Median - y.Median
	return max(difference, -difference) <= max(x.Median-x.Min, y.Median-y.Min)
}

func addSaving(c *snapshot.LambdaChange, before, after cost.Input) error {
	s, err := cost.Save(before, after)
	if err != nil {
		return err
	}
	bill := snapshot.NewLambdaCost(&s.New)
	c.Cost, c.Saves = &bill, snapshot.Exact(s.Total.Rat())
	return nil
}
