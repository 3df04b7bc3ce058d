package main

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/lambda/cost"
	"github.com/sizegate/sizegate/internal/lambda/month"
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

	month month.Month // what check makes of them
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
	named := make(map[string]bool)
	flags.Visit(func(flag *pflag.Flag) { named[flag.Name] = true })
	refused := func(flag string, err error) error { return usage.Errorf("--%s: %v", flag, err) }
	memory, ok := parseMemory(f.memory)
	if !ok {
		return usage.Errorf("--memory %s: not a whole number of MB (write 1024, 1024MB or 1GB)", f.memory)
	}
	share, err := cost.ParseShare(f.coldShare)
	if err != nil {
		if _, missing := cost.ParseShare(f.coldShare + "%"); missing == nil {
			return usage.Errorf("--cold-share: \"%s\" is more than all, which is 1 (write %[1]s%%)", f.coldShare)
		}
		return refused("cold-share", err)
	}
	warm, err := cost.ParseMilliseconds(f.warmMS)
	if err != nil {
		return refused("warm-ms", err)
	}
	cold, err := f.parseCold(levels)
	if err != nil {
		return err
	}
	f.month.Named = named
	f.month.Input = cost.Input{Arch: elfscan.AMD64, Invocations: month.Claimed(f.invocations), MemoryMB: month.Claimed(memory), ColdShare: month.Claimed(share),
		Warm: month.Claimed(warm), Cold: month.Claimed(cold), InitUnbilled: f.noInitBilled}
	if named["price"] {
		price, err := cost.ParsePrice(f.price)
		if err != nil {
			return refused("price", err)
		}
		f.month.Input.Price = month.Claimed(price)
	}
	if cold < warm && named["cold-ms"] != named["warm-ms"] {
		other := "--warm-ms"
		if named["warm-ms"] {
			other = "--cold-ms"
		}
		return usage.Errorf("an invocation with a cold start takes %v and one without %v (one is the example's: give %s too)", cold, warm, other)
	}
	if _, err := cost.Of(f.month.Input); err != nil {
		return usage.Errorf("%v", err)
	}
	for name, cold := range f.month.Claims {
		in := f.month.Input
		in.Cold = month.Claimed(cold)
		if _, err := cost.Of(in); err != nil {
			return usage.Errorf("--cold-ms %s: %v", name, err)
		}
	}
	return nil
}

// parseCold reads --cold-ms: the plain file's cold start, and those that are
// claimed of what it becomes.
func (f *monthFlags) parseCold(levels []upx.Level) (plain time.Duration, err error) {
	known := []string{"stripped"}
	for _, l := range levels {
		known = append(known, month.Key("upx", string(l)))
	}
	f.month.Claims = make(map[string]time.Duration)
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
		if _, again := f.month.Claims[name]; again {
			return 0, usage.Errorf("--cold-ms: %s is named twice", name)
		}
		if f.month.Claims[name], err = cost.ParseMilliseconds(value); err != nil {
			return 0, usage.Errorf("--cold-ms %s: %v", name, err)
		}
	}
	if text == "" {
		return 0, usage.Errorf("--cold-ms: name that of the plain file too (for example --cold-ms 2500,stripped=2400)")
	}
	if plain, err = cost.ParseMilliseconds(text); err != nil {
		return 0, usage.Errorf("--cold-ms: %v", err)
	}
	return plain, nil
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
