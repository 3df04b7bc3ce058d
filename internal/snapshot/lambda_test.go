package snapshot

import (
	"math/big"
	"testing"
	"time"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/startup"
	"github.com/sizegate/sizegate/internal/variant"
)

func lambdaLimits() Lambda {
	return Lambda{Limits: []LambdaLimit{{Metric: "zipped", Max: 100}, {Metric: "unzipped", Max: 1000}}}
}

func TestLambdaVariants(t *testing.T) {
	list := []variant.Variant{
		{Name: variant.Stripped, Status: variant.OK, Size: 1000},
		{Name: variant.UPX, Level: "fast", Status: variant.Skipped, Reason: "no upx"},
		{Name: variant.UPX, Level: "lzma", Status: variant.OK, Size: 300},
		{Name: variant.Zip, Status: variant.OK, Size: 101},
		{Name: variant.StrippedZip, Status: variant.Failed, Reason: "disk"},
		{Name: variant.UPXZip, Level: "lzma", Status: variant.OK, Size: 100},
	}
	starts := &variant.Starts{Plain: startup.Cost{Median: 5}, Variants: map[int]startup.Cost{2: {Median: 7 * time.Nanosecond}}}
	l := lambdaLimits()
	l.AddVariants(1001, list, starts)
	const none = int64(-1 << 62)
	value := func(n *int64) int64 {
		if n == nil {
			return none
		}
		return *n
	}
	for i, want := range []struct {
		name, level, status, reason string
		size, unzipped              uint64
		left, leftZip, median       int64
	}{
		{"plain", "", "ok", "", 1001, 1001, -1, -1, 5},
		{"stripped", "", "ok", "no zip: disk", 1000, 1000, 0, none, 0},
		{"upx", "fast", "skipped", "no upx", 0, 0, none, none, 0},
		{"upx", "lzma", "ok", "", 300, 300, 700, 0, 7},
	} {
		v := l.Variants[i]
		if v.Name != want.name || v.Level != want.level || v.Status != want.status || v.Reason != want.reason || v.Size != want.size ||
			v.Unzipped != want.unzipped || value(v.LeftUnzipped) != want.left || value(v.LeftZipped) != want.leftZip ||
			(v.Startup == nil) != (want.median == 0) || v.Startup != nil && v.Startup.Median != want.median {
			t.Errorf("%d: %+v, left %d and %d", i, v, value(v.LeftUnzipped), value(v.LeftZipped))
		}
	}
	if len(l.Variants) != 4 {
		t.Errorf("%d variants", len(l.Variants))
	}
}

func TestLambdaPackage(t *testing.T) {
	l := lambdaLimits()
	l.SetPackage("bootstrap", &bundle.Package{Format: bundle.FormatZip, Size: 120, Unzipped: 1500})
	l.AddVariants(600, []variant.Variant{{Name: variant.Stripped, Status: variant.OK, Size: 50}, {Name: variant.StrippedZip, Status: variant.OK, Size: 40}}, nil)
	p := l.Package
	if *p.Zip != 120 || *p.LeftZipped != -20 || *p.LeftUnzipped != -500 || p.Unzipped != 1500 {
		t.Errorf("%+v", *p)
	}
	// 900 bytes of other files stay.
	if v := l.Variants[1]; v.Unzipped != 950 || *v.LeftUnzipped != 50 || *v.Zip != 40 || v.LeftZipped != nil {
		t.Errorf("%+v", v)
	}
	l = lambdaLimits()
	l.SetPackage("bootstrap", &bundle.Package{Format: bundle.FormatDirectory, Size: 120, Unzipped: 120})
	if l.Package.Zip != nil || l.Package.LeftZipped != nil {
		t.Errorf("%+v", *l.Package)
	}
}

func TestExact(t *testing.T) {
	for _, tt := range []struct {
		n, d int64
		want string
	}{{0, 1, "0"}, {1, 8, "0.125"}, {-3, 2, "-1.5"}, {385000, 1, "385000"}, {166667, 10_000_000_000, "0.0000166667"}} {
		if got := Exact(big.NewRat(tt.n, tt.d)); got.String() != tt.want {
			t.Errorf("%d/%d: %s", tt.n, tt.d, got)
		}
	}
}
