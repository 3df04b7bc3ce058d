package snapshot

import (
	"encoding/json"
	"io"
	"math/big"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/lambda"
	"github.com/sizegate/sizegate/internal/lambda/cost"
	"github.com/sizegate/sizegate/internal/startup"
	"github.com/sizegate/sizegate/internal/variant"
)

// LambdaSchema is the value of Lambda.Schema.
const LambdaSchema = "sizegate.lambda/v1"

// Lambda is what a program takes of the limits of AWS Lambda, what starting it
// takes, and what a month of it costs.
type Lambda struct {
	Schema   string `json:"schema"`
	Sizegate string `json:"sizegate"` // version of the program
	Path     string `json:"path"`     // of the file, or of the deployment package
	Arch     string `json:"arch"`     // "" where there is no program
	// Package is null where the file is in none.
	Package *LambdaPackage `json:"package"`

	Limits   []LambdaLimit   `json:"limits"`
	Variants []LambdaVariant `json:"variants"` // the plain file first; none of a package without a program
	// StartupReason is why nothing was started.
	StartupReason string          `json:"startup_reason"`
	Findings      []LambdaFinding `json:"findings"` // about a package

	Figures []LambdaFigure `json:"figures"` // that the cost is made from
	Cost    LambdaCost     `json:"cost"`    // of the plain file
	Changes []LambdaChange `json:"changes"`
	// PriceDate and PriceRegion say which price list is meant by the origin
	// "price list".
	PriceDate   string   `json:"price_date"`
	PriceRegion string   `json:"price_region"`
	Notes       []string `json:"notes"` // what the cost leaves out
	Warnings    []string `json:"warnings"`
}

// LambdaPackage is the package that the program is in, as it is.
type LambdaPackage struct {
	Program      string  `json:"program"` // the program's path in it, "" if it has none that can be measured
	Unzipped     uint64  `json:"unzipped"`
	Zip          *uint64 `json:"zip"` // null unless it is a zip archive
	LeftUnzipped *int64  `json:"left_unzipped"`
	LeftZipped   *int64  `json:"left_zipped"`
}

// LambdaLimit is a documented limit in bytes.
type LambdaLimit struct {
	Metric string `json:"metric"` // "zipped" or "unzipped"
	Max    uint64 `json:"max"`
	Source string `json:"source"`
	Date   string `json:"date"`
}

// LambdaVariant is the program after a tool has worked on it. What has no bytes
// because of its status has 0 and null.
type LambdaVariant struct {
	Name   string `json:"name"` // "plain", "stripped" or "upx"
	Level  string `json:"level"`
	Status string `json:"status"` // "ok", "skipped" or "failed"
	Reason string `json:"reason"`
	Tool   string `json:"tool"`
	Size   uint64 `json:"size"`
	// Unzipped is the size with what else is in the package.
	Unzipped uint64 `json:"unzipped"`
	// Zip is the size of a zip with this file alone, null if there is none.
	Zip *uint64 `json:"zip"`
	// LeftUnzipped and LeftZipped are the bytes up to the limits, negative above
	// them. What a package is zipped to with another program in it is not known.
	LeftUnzipped *int64   `json:"left_unzipped"`
	LeftZipped   *int64   `json:"left_zipped"`
	Startup      *Startup `json:"startup,omitempty"` // measured here
}

// LambdaFinding is something wrong with a package.
type LambdaFinding struct {
	Severity string `json:"severity"` // "error" or "warn"
	Code     string `json:"code"`
	Subject  string `json:"subject"` // the path in the package, "" for all of it
	Message  string `json:"message"`
	Value    uint64 `json:"value"`
	Limit    uint64 `json:"limit"`
}

// LambdaFigure is an exact figure and how it is known: "claimed" by the user, by
// the "example", or of the "price list".
type LambdaFigure struct {
	Name   string      `json:"name"`
	Value  json.Number `json:"value"`
	Unit   string      `json:"unit"`
	Origin string      `json:"origin"`
}

// LambdaCost is a month. Dollars, seconds and GB-seconds are exact.
type LambdaCost struct {
	WarmMS    json.Number `json:"warm_billed_ms"` // of one invocation
	ColdMS    json.Number `json:"cold_billed_ms"`
	Seconds   json.Number `json:"seconds"`
	GBSeconds json.Number `json:"gb_seconds"`
	Compute   json.Number `json:"compute"`
	Requests  json.Number `json:"requests"`
	Total     json.Number `json:"total"`
}

// LambdaChange is what a month costs after a change, and what that saves, which
// is negative if it costs more. It is unknown, with null in place of the costs,
// unless both sides are measured or claimed.
type LambdaChange struct {
	Name  string `json:"name"` // "stripped", "upx" or "arm64"
	Level string `json:"level"`
	// Known is "claimed" where the cold start after the change is, "measured"
	// where it is the one before it and the difference measured here, "price list"
	// where only the price changes, and "" where nothing is known.
	Known  string      `json:"known"`
	Reason string      `json:"reason"`            // why it is not known
	ColdMS json.Number `json:"cold_ms,omitempty"` // before it is rounded up
	Cost   *LambdaCost `json:"cost"`
	Saves  json.Number `json:"saves,omitempty"` // dollars
}

// NewLambdaCost puts a result into the form of the report.
func NewLambdaCost(r *cost.Result) LambdaCost {
	return LambdaCost{WarmMS: Milliseconds(int64(r.WarmBilled)), ColdMS: Milliseconds(int64(r.ColdBilled)),
		Seconds: Exact(r.Seconds.Rat()), GBSeconds: Exact(r.GBSeconds.Rat()),
		Compute: Exact(r.Compute.Rat()), Requests: Exact(r.Requests.Rat()), Total: Exact(r.Total.Rat())}
}

// Exact is r with all its decimals, of which there must be an end.
func Exact(r *big.Rat) json.Number {
	decimals, _ := r.FloatPrec()
	return json.Number(r.FloatString(decimals))
}

// Milliseconds are nanoseconds as exact milliseconds.
func Milliseconds(ns int64) json.Number { return Exact(big.NewRat(ns, 1_000_000)) }

// SetPackage says what the program is in. Limits have to be there already.
func (l *Lambda) SetPackage(program string, p *bundle.Package) {
	l.Package = &LambdaPackage{Program: program, Unzipped: p.Unzipped, LeftUnzipped: l.left(lambda.Unzipped, p.Unzipped)}
	if p.Format == bundle.FormatZip {
		size := p.Size
		l.Package.Zip, l.Package.LeftZipped = &size, l.left(lambda.Zipped, size)
	}
}

// AddVariants adds the program as it is, of that size, and what it becomes.
// Limits, and the package if there is one, have to be there already.
func (l *Lambda) AddVariants(size uint64, list []variant.Variant, starts *variant.Starts) {
	rest := uint64(0)
	if l.Package != nil {
		rest = l.Package.Unzipped - size
	}
	zips := make(map[variant.Name]map[string]*variant.Variant)
	for i := range list {
		v := &list[i]
		if zips[v.Name] == nil {
			zips[v.Name] = make(map[string]*variant.Variant)
		}
		zips[v.Name][v.Level] = v
	}
	add := func(v LambdaVariant, zipped *variant.Variant, cost *startup.Cost) {
		if cost != nil {
			v.Startup = newStartup(*cost)
		}
		if v.Status == string(variant.OK) {
			v.Unzipped = v.Size + rest
			v.LeftUnzipped = l.left(lambda.Unzipped, v.Unzipped)
			switch {
			case zipped == nil:
			case zipped.Status != variant.OK:
				v.Reason = "no zip: " + zipped.Reason
			default:
				v.Zip = &zipped.Size
				if l.Package == nil {
					v.LeftZipped = l.left(lambda.Zipped, zipped.Size)
				}
			}
		}
		l.Variants = append(l.Variants, v)
	}
	var plain *startup.Cost
	switch {
	case starts == nil:
	case starts.Reason != "":
		l.StartupReason = starts.Reason
	default:
		plain = &starts.Plain
	}
	add(LambdaVariant{Name: "plain", Status: string(variant.OK), Size: size}, zips[variant.Zip][""], plain)
	zipOf := map[variant.Name]variant.Name{variant.Stripped: variant.StrippedZip, variant.UPX: variant.UPXZip}
	for i, v := range list {
		zipName, shown := zipOf[v.Name]
		if !shown {
			continue
		}
		var cost *startup.Cost
		if starts != nil {
			if c, ok := starts.Variants[i]; ok {
				cost = &c
			}
		}
		add(LambdaVariant{Name: string(v.Name), Level: v.Level, Status: string(v.Status), Reason: v.Reason, Tool: v.Tool, Size: v.Size},
			zips[zipName][v.Level], cost)
	}
}

// left is what is left of a limit, nil if there is no such limit.
func (l *Lambda) left(metric lambda.Metric, size uint64) *int64 {
	for _, limit := range l.Limits {
		if limit.Metric == string(metric) {
			left := int64(limit.Max - size) // file sizes are far below 2^63
			return &left
		}
	}
	return nil
}

// Write writes the result as Encode does.
func (l *Lambda) Write(w io.Writer) error { return Encode(w, l) }
