package cost

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/sizegate/sizegate/internal/lambda"

	"github.com/sizegate/sizegate/internal/oneline"
)

// Share is a part of all, in billionths: 100,000,000 is 10%.
type Share uint64

// All is the whole.
const All Share = 1_000_000_000

// Price is in millionths of a millionth of a dollar: 16,666,700 is $0.0000166667.
type Price uint64

const dollar Price = 1_000_000_000_000

// ParseShare reads "10%" or "0.1". The error is a *lambda.Error.
func ParseShare(text string) (Share, error) {
	number, percent := strings.CutSuffix(text, "%")
	digits := 9
	if percent {
		digits = 7
	}
	n, ok := fixed(number, digits)
	if !ok || Share(n) > All {
		return 0, notANumber(text, fmt.Sprintf("a share from 0%% to 100%% with at most %d decimals", digits), "10%")
	}
	return Share(n), nil
}

// ParseMilliseconds reads "150" or "12.5", to the nanosecond. The error is an
// *Error.
func ParseMilliseconds(text string) (time.Duration, error) {
	n, ok := fixed(text, 6)
	if !ok || n > math.MaxInt64 {
		return 0, notANumber(text, "a number of milliseconds with at most 6 decimals", "150")
	}
	return time.Duration(n), nil
}

// ParsePrice reads "0.0000166667" or "$0.0000166667". The error is a *lambda.Error.
func ParsePrice(text string) (Price, error) {
	n, ok := fixed(strings.TrimPrefix(text, "$"), 12)
	if !ok {
		return 0, notANumber(text, "a price in dollars with at most 12 decimals", "0.0000166667")
	}
	return Price(n), nil
}

func notANumber(text, what, example string) error {
	return &lambda.Error{Problem: fmt.Sprintf("%q is not %s", oneline.Quote(text, 60), what), Hint: "write " + example}
}

// fixed reads digits, perhaps with a point and up to so many more, as a whole
// number of the last decimal: with 2 decimals "1.5" is 150. Signs, exponents,
// NaN and Inf are not digits.
func fixed(text string, decimals int) (n uint64, ok bool) {
	whole, part, point := strings.Cut(text, ".")
	if whole == "" || point && part == "" || len(part) > decimals {
		return 0, false
	}
	for _, c := range []byte(whole + part + strings.Repeat("0", decimals-len(part))) {
		digit := uint64(c - '0')
		if c < '0' || c > '9' || n > (math.MaxUint64-digit)/10 {
			return 0, false
		}
		n = n*10 + digit
	}
	return n, true
}
