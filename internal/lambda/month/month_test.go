package month

import (
	"testing"
	"time"

	"github.com/sizegate/sizegate/internal/lambda/cost"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// TestMeasuredChange: what is priced of a measured start is the difference of the
// medians, on top of what is claimed of the plain file.
func TestMeasuredChange(t *testing.T) {
	f := &Month{Claims: map[string]time.Duration{"upx-best": 900 * time.Millisecond}}
	in := cost.Input{Arch: "amd64", Invocations: Claimed(uint64(1_000_000)), MemoryMB: Claimed(uint64(1024)),
		ColdShare: Claimed(cost.All / 10), Warm: Claimed(150 * time.Millisecond), Cold: Claimed(700 * time.Millisecond)}
	measured := func(name, level string, median int64, exit int) *snapshot.LambdaVariant {
		return &snapshot.LambdaVariant{Name: name, Level: level, Status: "ok", Startup: &snapshot.Startup{Min: median - 200_000, Median: median, Exit: exit}}
	}
	plain := measured("plain", "", 10e6, 0)
	for _, tt := range []struct {
		name                       string
		plain, v                   *snapshot.LambdaVariant
		known, cold, saves, reason string
	}{
		// 100,000 cold starts, each 200 ms longer: 20,000 s of $0.0000166667.
		{"slower", plain, measured("upx", "lzma", 210e6, 0), "measured", "900", "-0.333334", ""},
		{"faster", plain, measured("stripped", "", 9e6, 0), "measured", "699", "0.00166667", ""},
		{"rounded up to whole ms", plain, measured("stripped", "", 9_500_000, 0), "measured", "699.5", "0", ""},
		{"not to be told apart", plain, measured("stripped", "", 9_800_000, 0), "", "", "",
			"the difference of its start to that of the plain file is no more than what runs of one file differ by here (--startup=100 measures longer)"},
		{"claimed", plain, measured("upx", "best", 10e6, 0), "claimed", "900", "-0.333334", ""},
		{"claimed of what cannot be had", plain, &snapshot.LambdaVariant{Name: "upx", Level: "best", Status: "skipped", Reason: "no upx"}, "claimed", "900", "-0.333334", ""},
		{"not had", plain, &snapshot.LambdaVariant{Name: "upx", Level: "lzma", Status: "skipped", Reason: "no upx"}, "", "", "", "no upx"},
		{"not measured", &snapshot.LambdaVariant{Status: "ok"}, &snapshot.LambdaVariant{Name: "upx", Level: "lzma", Status: "ok"}, "", "", "", "its start was not measured: why"},
		{"another end", plain, measured("upx", "lzma", 10e6, 127), "", "", "", "its runs ended with exit code 127, and those of the plain file with 0 (--startup-args gives them arguments)"},
		{"below warm", measured("plain", "", 900e6, 0), measured("stripped", "", 10e6, 0), "", "", "",
			"with the difference measured here a duration below zero (give milliseconds)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := f.change(in, tt.plain, tt.v, "why")
			if err != nil {
				t.Fatal(err)
			}
			if c.Known != tt.known || c.ColdMS.String() != tt.cold || c.Saves.String() != tt.saves || c.Reason != tt.reason || (c.Cost != nil) != (tt.known != "") {
				t.Errorf("%+v", c)
			}
		})
	}
}
