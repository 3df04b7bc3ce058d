package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/upx"
	"github.com/sizegate/sizegate/internal/usage"
)

// monthFlags say what a month of a function is. Their defaults are a well-known
// example.
type monthFlags struct {
	invocations               uint64
	memory, coldShare, warmMS string
	coldWords                 []string
	price                     string
	noInitBilled              bool

	month lambda.Input
	named map[string]bool // the flags that the user gave
	// claims are the cold starts of what the file becomes, by upxKey or "stripped".
	claims map[string]time.Duration
}

const exampleColdMS = "2500"

func (f *monthFlags) declare(flags *pflag.FlagSet) {
	flags.Uint64Var(&f.invocations, "invocations", 1_000_000, "invocations a month")
	flags.StringVar(&f.memory, "memory", "1024", "the function's memory in `MB`, or with MB or GB behind it")
	flags.StringVar(&f.coldShare, "cold-share", "10%", "the `share` of the invocations that have a cold start")
	flags.StringVar(&f.warmMS, "warm-ms", "150", "`milliseconds` of an invocation without a cold start")
	flags.StringSliceVar(&f.coldWords, "cold-ms", []string{exampleColdMS}, "`milliseconds` of an invocation with a cold start, all of it; with commas also stripped=MS and upx-LEVEL=MS")
	flags.StringVar(&f.price, "price", "", "`dollars` for a GB-second (else the list price of the file's architecture)")
	flags.BoolVar(&f.noInitBilled, "no-init-billed", false, "the INIT phase of a cold start is free, as for managed runtimes in a zip until 2025-07-31")
}

// check reads the flags, so that a mistake is found before anything is measured.
func (f *monthFlags) check(flags *pflag.FlagSet, levels []upx.Level) error {
	f.named = make(map[string]bool)
	flags.Visit(func(flag *pflag.Flag) { f.named[flag.Name] = true })
	refused := func(flag string, err error) error { return usage.Errorf("--%s: %v", flag, err) }
	memory, ok := parseMemory(f.memory)
	if !ok {
		return usage.Errorf("--memory %s: not a whole number of MB (write 1024, 1024MB or 1GB)", f.memory)
	}
	share, err := lambda.ParseShare(f.coldShare)
	if err != nil {
		if _, missing := lambda.ParseShare(f.coldShare + "%"); missing == nil {
			return usage.Errorf("--cold-share: \"%s\" is more than all, which is 1 (write %[1]s%%)", f.coldShare)
		}
		return refused("cold-share", err)
	}
	warm, err := lambda.ParseMilliseconds(f.warmMS)
	if err != nil {
		return refused("warm-ms", err)
	}
	cold, err := f.parseCold(levels)
	if err != nil {
		return err
	}
	f.month = lambda.Input{Arch: elfscan.AMD64, Invocations: claimed(f.invocations), MemoryMB: claimed(memory), ColdShare: claimed(share),
		Warm: claimed(warm), Cold: claimed(cold), InitUnbilled: f.noInitBilled}
	if f.named["price"] {
		price, err := lambda.ParsePrice(f.price)
		if err != nil {
			return refused("price", err)
		}
		f.month.Price = claimed(price)
	}
	if cold < warm && f.named["cold-ms"] != f.named["warm-ms"] {
		other := "--warm-ms"
		if f.named["warm-ms"] {
			other = "--cold-ms"
		}
		return usage.Errorf("an invocation with a cold start takes %v and one without %v (one is the example's: give %s too)", cold, warm, other)
	}
	if _, err := lambda.CostOf(f.month); err != nil {
		return usage.Errorf("%v", err)
	}
	for name, cold := range f.claims {
		in := f.month
		in.Cold = claimed(cold)
		if _, err := lambda.CostOf(in); err != nil {
			return usage.Errorf("--cold-ms %s: %v", name, err)
		}
	}
	return nil
}

func claimed[T any](v T) lambda.Figure[T] { return lambda.Figure[T]{Value: v, Origin: lambda.Claimed} }

// parseCold reads --cold-ms: the plain file's cold start, and those that are
// claimed of what it becomes.
func (f *monthFlags) parseCold(levels []upx.Level) (plain time.Duration, err error) {
	known := []string{"stripped"}
	for _, l := range levels {
		known = append(known, changeKey("upx", string(l)))
	}
	f.claims = make(map[string]time.Duration)
	text := ""
	for _, w := range f.coldWords {
		name, value, named := strings.Cut(w, "=")
		switch {
		case !named && text != "":
			return 0, usage.Errorf("--cold-ms: %s and %s are both for the plain file (name one)", text, w)
		case !named:
			text = w
			continue
		case !slices.Contains(known, name):
			return 0, usage.Errorf("--cold-ms %s: no row is called %q (%s)", w, name, strings.Join(known, ", "))
		}
		if _, again := f.claims[name]; again {
			return 0, usage.Errorf("--cold-ms: %s is named twice", name)
		}
		if f.claims[name], err = lambda.ParseMilliseconds(value); err != nil {
			return 0, usage.Errorf("--cold-ms %s: %v", name, err)
		}
	}
	if text == "" {
		return 0, usage.Errorf("--cold-ms: name that of the plain file too (for example --cold-ms 2500,stripped=2400)")
	}
	if plain, err = lambda.ParseMilliseconds(text); err != nil {
		return 0, usage.Errorf("--cold-ms: %v", err)
	}
	return plain, nil
}

func changeKey(name, level string) string {
	if level == "" {
		return name
	}
	return name + "-" + level
}

// parseMemory reads a number of MB. AWS's MB and GB are of 1024.
func parseMemory(text string) (mb uint64, ok bool) {
	number := strings.TrimRight(text, "MGiB ")
	factor := uint64(1)
	switch strings.TrimSpace(text[len(number):]) {
	case "", "MB", "MiB":
	case "GB", "GiB":
		factor = 1024
	default:
		return 0, false
	}
	const tooMuch = 1 << 40 // refused by name later, without overflow here
	n, err := strconv.ParseUint(number, 10, 64)
	return min(n, tooMuch) * factor, err == nil
}

// addCost adds what a month costs as the file is, and with each change. Where no
// program says the architecture ("") the price is that of Lambda's default.
func (f *monthFlags) addCost(l *snapshot.Lambda, known elfscan.Arch) error {
	in := f.month
	arch := cmp.Or(known, elfscan.AMD64)
	in.Arch = arch
	cost, err := lambda.CostOf(in)
	if err != nil {
		return err
	}
	l.Figures = f.figures(&in, &cost)
	l.Cost = snapshot.NewLambdaCost(&cost)
	l.Notes, l.PriceDate, l.PriceRegion = cost.Notes, lambda.PriceDate, lambda.PriceRegion
	if in.InitUnbilled {
		l.Notes = append(l.Notes, "the INIT phase is free (--no-init-billed): a cold invocation is billed like a warm one")
	}
	if known == "" && cost.Price.Origin == lambda.PriceList {
		// https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html, read 2026-11
		l.Notes = append(l.Notes, "no program says the architecture: the price is that of x86_64, Lambda's default")
	}
	for i := 1; i < len(l.Variants); i++ {
		change, err := f.change(in, &l.Variants[0], &l.Variants[i], l.StartupReason)
		if err != nil {
			return err
		}
		l.Changes = append(l.Changes, change)
	}
	if arch != elfscan.AMD64 {
		return nil
	}
	arm := snapshot.LambdaChange{Name: string(elfscan.ARM64)}
	if in.Price.Origin == lambda.Claimed {
		arm.Reason = "--price is that of one architecture (say that of arm64 and compare)"
		l.Changes = append(l.Changes, arm)
		return nil
	}
	after := in
	after.Arch = elfscan.ARM64
	arm.Known = string(lambda.PriceList)
	if err := addSaving(&arm, in, after); err != nil {
		return err
	}
	l.Changes = append(l.Changes, arm)
	return nil
}

func (f *monthFlags) figures(in *lambda.Input, cost *lambda.Result) []snapshot.LambdaFigure {
	origin := func(flag string) string {
		if f.named[flag] {
			return string(lambda.Claimed)
		}
		return "example"
	}
	whole := func(n uint64) json.Number { return snapshot.Exact(new(big.Rat).SetUint64(n)) }
	dollars := func(p lambda.Price) json.Number {
		return snapshot.Exact(new(big.Rat).SetFrac(new(big.Int).SetUint64(uint64(p)), big.NewInt(1_000_000_000_000)))
	}
	percent := snapshot.Exact(big.NewRat(int64(in.ColdShare.Value), int64(lambda.All/100)))
	return []snapshot.LambdaFigure{
		{Name: "invocations", Value: whole(in.Invocations.Value), Unit: "", Origin: origin("invocations")},
		{Name: "memory", Value: whole(in.MemoryMB.Value), Unit: "MB", Origin: origin("memory")},
		{Name: "cold share", Value: percent, Unit: "%", Origin: origin("cold-share")},
		{Name: "warm invocation", Value: snapshot.Milliseconds(int64(in.Warm.Value)), Unit: "ms", Origin: origin("warm-ms")},
		{Name: "cold invocation", Value: snapshot.Milliseconds(int64(in.Cold.Value)), Unit: "ms", Origin: origin("cold-ms")},
		{Name: "price of a GB-second", Value: dollars(cost.Price.Value), Unit: "$", Origin: string(cost.Price.Origin)},
		{Name: "price of a request", Value: dollars(cost.RequestPrice.Value), Unit: "$", Origin: string(cost.RequestPrice.Origin)},
	}
}

// change is what shipping v in place of the plain file brings. The cold start of
// v is claimed, or else that of the plain file and the difference of the medians.
func (f *monthFlags) change(in lambda.Input, plain, v *snapshot.LambdaVariant, noStart string) (snapshot.LambdaChange, error) {
	c := snapshot.LambdaChange{Name: v.Name, Level: v.Level}
	after := in
	claim, isClaimed := f.claims[changeKey(v.Name, v.Level)]
	switch {
	case isClaimed:
		c.Known = string(lambda.Claimed)
		after.Cold = claimed(claim)
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
		after.Cold = lambda.Figure[time.Duration]{Value: cold, Origin: lambda.Measured}
		if _, err := lambda.CostOf(after); err != nil {
			c.Reason = "with the difference measured here " + err.Error()
			break
		}
		c.Known = string(lambda.Measured)
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

func addSaving(c *snapshot.LambdaChange, before, after lambda.Input) error {
	s, err := lambda.Save(before, after)
	if err != nil {
		return err
	}
	cost := snapshot.NewLambdaCost(&s.New)
	c.Cost, c.Saves = &cost, snapshot.Exact(s.Total.Rat())
	return nil
}
