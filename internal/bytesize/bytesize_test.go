package bytesize

import "testing"

func TestPrint(t *testing.T) {
	tests := []struct {
		size           Size
		grouped, short string
	}{
		{0, "0", "0 B"},
		{999, "999", "999 B"},
		{1000, "1,000", "1.00 kB"},
		{1999, "1,999", "2.00 kB"},
		{12345, "12,345", "12.3 kB"},
		{999999, "999,999", "1.00 MB"},
		{9994, "9,994", "9.99 kB"},
		{9999, "9,999", "10.0 kB"},
		{99940, "99,940", "99.9 kB"},
		{99990, "99,990", "100 kB"},
		{999499, "999,499", "999 kB"},
		{999500, "999,500", "1.00 MB"},
		{1000000, "1,000,000", "1.00 MB"},
		{5188805, "5,188,805", "5.19 MB"},
		{82160456, "82,160,456", "82.2 MB"},
		{18446744073709551615, "18,446,744,073,709,551,615", "18.4 EB"},
	}
	for _, tt := range tests {
		if got := tt.size.Grouped(); got != tt.grouped {
			t.Errorf("Size(%d).Grouped() = %q, want %q", uint64(tt.size), got, tt.grouped)
		}
		if got := tt.size.Short(); got != tt.short {
			t.Errorf("Size(%d).Short() = %q, want %q", uint64(tt.size), got, tt.short)
		}
	}
}
