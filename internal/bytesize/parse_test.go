package bytesize

import (
	"math/big"
	"regexp"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := []struct {
		text string
		want Size
	}{
		{"0", 0}, {"1", 1}, {"14000000", 14000000}, {"18446744073709551615", 18446744073709551615},
		{"0 B", 0}, {"512 B", 512}, {"512B", 512},
		{"8 kB", 8000}, {"8 KB", 8000}, {"8kB", 8000}, {"14 MB", 14000000}, {"2 GB", 2000000000},
		{"16 KiB", 16384}, {"50 MiB", 52428800}, {"250 MiB", 262144000}, {"1 GiB", 1073741824},
		{"1.5 MB", 1500000}, {"1.5MB", 1500000}, {"0.5 KiB", 512}, {"1.25 MiB", 1310720}, {"0.001 kB", 1},
		{"1.0 B", 1}, {"1.500000000000000000000000000000000000000000 kB", 1500},
		{"18446744073709551.615 kB", 18446744073709551615},
		{"0.000000000931322574615478515625 GiB", 1}, // 2 to the power of -30
	}
	for _, tt := range tests {
		if got, err := Parse(tt.text); got != tt.want || err != nil {
			t.Errorf("Parse(%q) = %d, %v, want %d", tt.text, uint64(got), err, uint64(tt.want))
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const example = "write a number and a unit, such as 14 MB"
	const known = "units are B, kB, MB, GB, KiB, MiB and GiB"
	const largest = "the largest size is 18446744073709551615 B"
	tests := []struct{ text, problem, hint string }{
		{"", `"" is empty`, example},
		{" ", `" " has space around it`, "write "},
		{" 14 MB", `" 14 MB" has space around it`, "write 14 MB"},
		{"14 MB\n", `"14 MB\n" has space around it`, "write 14 MB"},
		{"14  MB", `"14  MB" has other than one space before the unit`, "write 14 MB"},
		{"14\tMB", `"14\tMB" has other than one space before the unit`, "write 14 MB"},
		{"14\u00a0MB", `"14\u00a0MB" has other than one space before the unit`, "write 14 MB"},
		{"5 K", `"5 K" has an unknown unit`, "write 5 kB or 5 KiB"},
		{"5k", `"5k" has an unknown unit`, "write 5 kB or 5 KiB"},
		{"12M", `"12M" has an unknown unit`, "write 12 MB or 12 MiB"},
		{"1.5G", `"1.5G" has an unknown unit`, "write 1.5 GB or 1.5 GiB"},
		{"5 kb", `"5 kb" has an unknown unit`, "write 5 kB"},
		{"5 Mb", `"5 Mb" has an unknown unit`, "write 5 MB"},
		{"5 mb", `"5 mb" has an unknown unit`, "write 5 MB"},
		{"5 gB", `"5 gB" has an unknown unit`, "write 5 GB"},
		{"5 kib", `"5 kib" has an unknown unit`, "write 5 KiB"},
		{"5 Mi", `"5 Mi" has an unknown unit`, "write 5 MiB"},
		{"5 b", `"5 b" has an unknown unit`, "write 5 B"},
		{"5 bytes", `"5 bytes" has an unknown unit`, "write 5 B"},
		{"5 TB", `"5 TB" has an unknown unit`, known},
		{"5 MB/s", `"5 MB/s" has an unknown unit`, known},
		{"5 \x00", `"5 \x00" has an unknown unit`, known},
		{"1,500 MB", `"1,500 MB" has a comma`, "write 1500 MB or 1.500 MB"},
		{"1,5 MB", `"1,5 MB" has a comma`, "write 1.5 MB"},
		{"14,000,000", `"14,000,000" has a comma`, "write 14000000"},
		{"14,000", `"14,000" has a comma`, "write 14000"},
		{"1,2,3", `"1,2,3" has a comma`, "write it without a comma, with a point before decimals, such as 1.5 MB"},
		{"14_000", `"14_000" has an underscore`, "write 14000"},
		{"-5 MB", `"-5 MB" is negative`, "a size is 0 or more"},
		{"+5 MB", `"+5 MB" begins with +`, "write 5 MB"},
		{"5%", `"5%" is a share, where bytes are meant`, example},
		{"NaN", `"NaN" is not a size`, example},
		{"inf", `"inf" is not a size`, example},
		{"MB", `"MB" is not a size`, example},
		{"big", `"big" is not a size`, example},
		{"٣ MB", `"٣ MB" is not a size`, example},
		{"0x10", `"0x10" is not a decimal number`, "write 16"},
		{"0o17", `"0o17" is not a decimal number`, "write 15"},
		{"0b11", `"0b11" is not a decimal number`, "write 3"},
		{"0xzz", `"0xzz" is not a decimal number`, example},
		{"010", `"010" begins with 0`, "write 10"},
		{"00 MB", `"00 MB" begins with 0`, "write 0 MB"},
		{"1e6", `"1e6" has an exponent`, "write 1000000"},
		{"1.5E+3", `"1.5E+3" has an exponent`, "write 1500"},
		{"1e400", `"1e400" has an exponent`, example},
		{"1e-1", `"1e-1" has an exponent`, example},
		{".5 MB", `".5 MB" begins with a point`, "write 0.5 MB"},
		{"5. MB", `"5. MB" ends in a point`, "write 5 MB"},
		{"1.5", `"1.5" has no unit`, "write 1.5 MB, or a whole number of bytes"},
		{"1.5 B", `"1.5 B" is not a whole number of bytes`, "the nearest is 2 B"},
		{"1.1 KiB", `"1.1 KiB" is not a whole number of bytes`, "the nearest is 1126 B"},
		{"0.0001 kB", `"0.0001 kB" is not a whole number of bytes`, "the nearest is 0 B"},
		{"1.0000000000000000000000000000000000000001 GiB", `"1.00000000000000000000000000000000000000…" is not a whole number of bytes`, "the nearest is 1073741824 B"},
		{"18446744073709551616", `"18446744073709551616" is too large`, largest},
		{"18446744073709551.616 kB", `"18446744073709551.616 kB" is too large`, largest},
		{"17179869184 GiB", `"17179869184 GiB" is too large`, largest},
		{strings.Repeat("9", 1000), `"` + strings.Repeat("9", 40) + `…" is too large`, largest},
	}
	for _, tt := range tests {
		got, err := Parse(tt.text)
		want := ParseError{tt.problem, tt.hint}
		if e, ok := err.(*ParseError); !ok || *e != want || got != 0 {
			t.Errorf("Parse(%q) = %d, %v\nwant %v", tt.text, uint64(got), err, &want)
		}
	}
}

// grammar and scales are a second implementation, for the fuzz target.
var grammar = regexp.MustCompile(`^(?:(0|[1-9][0-9]*)|((?:0|[1-9][0-9]*)(?:\.[0-9]+)?) ?(B|kB|KB|MB|GB|KiB|MiB|GiB))$`)

var scales = map[string]int64{"": 1, "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"14 MB", "1.5MiB", "0", "1,500 MB", "18446744073709551615", "1e6", "0x1", "5 K", "1.00001 kB", "%", "-1", "1,1,1,1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(text)
		m := grammar.FindStringSubmatch(text)
		valid := m != nil
		exact := new(big.Rat)
		if valid {
			exact.SetString(m[1] + m[2])
			exact.Mul(exact, new(big.Rat).SetInt64(scales[m[3]]))
			valid = exact.IsInt() && exact.Num().IsUint64()
		}
		if valid != (err == nil) {
			t.Fatalf("Parse(%q) = %d, %v", text, uint64(got), err)
		}
		if err != nil {
			if e, ok := err.(*ParseError); !ok || e.Problem == "" || e.Hint == "" || strings.Contains(e.Problem, "\n") {
				t.Fatalf("Parse(%q): %v", text, err)
			}
			return
		}
		if uint64(got) != exact.Num().Uint64() {
			t.Fatalf("Parse(%q) = %d, want %v", text, uint64(got), exact)
		}
		if again, err := Parse(Restyle(text, got)); again != got || err != nil {
			t.Fatalf("Restyle(%q, %d) = %q, which is %d, %v", text, uint64(got), Restyle(text, got), uint64(again), err)
		}
	})
}
