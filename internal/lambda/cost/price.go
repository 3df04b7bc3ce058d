package cost

import "github.com/sizegate/sizegate/internal/elfscan"

// PriceSource is where the built-in prices are from. They are those of region
// us-east-1; most others have the same.
const (
	PriceSource = "https://aws.amazon.com/lambda/pricing/"
	PriceRegion = "us-east-1"
	PriceDate   = "2026-11"
)

// listPrice is what a GB-second costs in the first tier, and how many of them
// a month that tier has.
type listPrice struct {
	perGBSecond Price
	tier        uint64
}

func listPriceOf(arch elfscan.Arch) (listPrice, bool) {
	switch arch {
	case elfscan.AMD64:
		return listPrice{perGBSecond: 16_666_700, tier: 6_000_000_000}, true
	case elfscan.ARM64:
		return listPrice{perGBSecond: 13_333_400, tier: 7_500_000_000}, true
	}
	return listPrice{}, false
}

// requestPrice is $0.20 for a million, on both architectures.
const requestPrice Price = 200_000
