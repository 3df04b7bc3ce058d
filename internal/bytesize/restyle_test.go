package bytesize

import (
	"math"
	"testing"
)

func TestRestyle(t *testing.T) {
	tests := []struct {
		old  string
		size Size
		want string
	}{
		{"14 MB", 14_100_000, "15 MB"},
		{"14 MB", 14_000_000, "14 MB"},
		{"14 MB", 13_500_001, "14 MB"},
		{"14MB", 15_000_001, "16MB"},
		{"14.5MB", 14_510_000, "14.6MB"},
		{"14.5MB", 14_990_000, "15.0MB"},
		{"1 MB", 1_020_000, "1.1 MB"},
		{"1 MB", 1_000_000, "1 MB"},
		{"9 MB", 8_950_000, "9 MB"},
		{"9 MB", 12_345_678, "13 MB"},
		{"14 MB", 12_001, "0.013 MB"},
		{"999 kB", 1_200_001, "1201 kB"},
		{"8 KB", 8_001, "8.1 KB"},
		{"50 MiB", 52_428_801, "51 MiB"},
		{"1 MiB", 1_060_000, "1.0625 MiB"},
		{"1 MiB", 1_572_864, "1.5 MiB"},
		{"14.5 MiB", 15_204_353, "15.0 MiB"},
		{"16 KiB", 16_384, "16 KiB"},
		{"14000000", 14_100_001, "14100001"},
		{"14000000 B", 14_100_001, "14100001 B"},
		{"14 MB", 0, "0 MB"},
		{"1 kB", 1, "0.001 kB"},
		{"1 kB", math.MaxUint64, "18446744073709551.615 kB"},
		{"1 GiB", math.MaxUint64, "17179869183.999999999068677425384521484375 GiB"},
		{"1%", 5, "5"},
	}
	for _, tt := range tests {
		if got := Restyle(tt.old, tt.size); got != tt.want {
			t.Errorf("Restyle(%q, %d) = %q, want %q", tt.old, uint64(tt.size), got, tt.want)
		}
	}
}

func TestLargerUnit(t *testing.T) {
	for text, want := range map[string]string{
		"1000 kB": "1 MB", "2715KB": "1MB", "999 kB": "", "999.9 kB": "", "1000.5 kB": "1 MB", "1000 B": "1 kB", "12345678 B": "1 kB", "1500 MB": "1 GB",
		"1000": "", "5000 GB": "", "1024 KiB": "", "2000 MiB": "", "0 kB": "", "5%": "", "": "",
	} {
		if got, ok := LargerUnit(text); got != want || ok != (want != "") {
			t.Errorf("LargerUnit(%q) = %q, %t, want %q", text, got, ok, want)
		}
	}
}

// FuzzRestyle checks what Restyle promises of any size: never below it, at most
// a tenth or the old precision above it, and stable.
func FuzzRestyle(f *testing.F) {
	for _, old := range []string{"14 MB", "1.5MiB", "0", "50 MiB", "3 kB", "1.00 GB"} {
		f.Add(old, uint64(15_000_001))
	}
	f.Fuzz(func(t *testing.T, old string, size uint64) {
		if _, err := Parse(old); err != nil {
			return
		}
		text := Restyle(old, Size(size))
		got, err := Parse(text)
		if err != nil || uint64(got) < size || uint64(got)-size > size/10 {
			t.Fatalf("Restyle(%q, %d) = %q, which is %d, %v", old, size, text, uint64(got), err)
		}
		if again := Restyle(text, Size(size)); again != text {
			t.Fatalf("Restyle(%q, %d) = %q, want it unchanged", text, size, again)
		}
	})
}
