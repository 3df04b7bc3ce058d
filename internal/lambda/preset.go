package lambda

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/bytesize"
)

// Preset is a way to deploy, with limits of its own.
type Preset string

const (
	PresetZip   Preset = "aws-lambda-zip"   // a function's zip
	PresetLayer Preset = "aws-lambda-layer" // a layer's zip
	PresetImage Preset = "aws-lambda-image"
)

// Presets are all, in the order in which they are shown.
func Presets() []Preset { return []Preset{PresetZip, PresetLayer, PresetImage} }

// Metric is what a limit is about.
type Metric string

const (
	Zipped   Metric = "zipped"         // the archive
	Unzipped Metric = "unzipped"       // its entries; Lambda counts those of the function's layers too
	Unpacked Metric = "image-unpacked" // all layers of an image
)

// Limit is a documented limit.
type Limit struct {
	Metric   Metric
	Max      uint64   // bytes; one more is over it
	Near     uint64   // bytes; more than this is near it
	Severity Severity // of being over it
	Source   string   // the page
	Date     string   // year and month in which the page was read
	hint     string   // what to do
}

const (
	quotas   = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
	quotasOn = "2026-11"

	// Lambda's MB are of 1024 * 1024 bytes. The page has MB alone; GetAccountSettings
	// answers 52428800 and 262144000, in its refusals there is 262144000 too.
	// https://docs.aws.amazon.com/lambda/latest/dg/example_lambda_GetAccountSettings_section.html, read 2026-11
	// Whether exactly so many are refused is not documented; they are near the
	// limit here.
	mebi = 1 << 20
)

// near is 90%. What is left of a zip is then 25 MB, about what one more
// dependency with native code takes, so that the warning comes before the
// change that cannot be deployed. For images it also covers that the page does
// not say of how many bytes its GB are.
func near(limit uint64) uint64 { return limit / 10 * 9 }

// Limits are the preset's limits; nil for a preset that is not known.
func (p Preset) Limits() []Limit {
	limit := func(m Metric, bytes uint64, s Severity, hint string) Limit {
		return Limit{Metric: m, Max: bytes, Near: near(bytes), Severity: s, Source: quotas, Date: quotasOn, hint: hint}
	}
	switch p {
	case PresetZip, PresetLayer:
		return []Limit{
			limit(Zipped, 50*mebi, Warning, "upload it through S3, or make it smaller"),
			limit(Unzipped, 250*mebi, Failure, "leave out what the function does not use, or deploy an image"),
		}
	case PresetImage:
		return []Limit{limit(Unpacked, 10<<30, Failure, "leave out what the function does not use")}
	}
	return nil
}

// check is what a size is found to be against the limit, if anything.
func (l *Limit) check(what string, size uint64) []Finding {
	f := Finding{Value: size, Limit: l.Max}
	switch {
	case size > l.Max:
		f.Severity, f.Code = l.Severity, OverLimit
		f.Message = fmt.Sprintf("%s %s bytes, %s more than the limit of %s (%s)", what, bytesize.Size(size).Grouped(), bytesize.Size(size-l.Max).Grouped(), bytesize.Size(l.Max).Grouped(), l.hint)
	case size > l.Near:
		f.Severity, f.Code = Warning, NearLimit
		f.Message = fmt.Sprintf("%s %s bytes, only %s less than the limit of %s (%s)", what, bytesize.Size(size).Grouped(), bytesize.Size(l.Max-size).Grouped(), bytesize.Size(l.Max).Grouped(), l.hint)
	default:
		return nil
	}
	return []Finding{f}
}
