package wording

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	words := []string{"limits", "max-increase", "arch", "upx", "zip", "gzip"}
	tests := []struct{ word, want string }{
		{"limts", "limits"}, {"limit", "limits"}, {"Limits", "limits"}, {"ilmits", "limits"}, {"limitss", "limits"},
		{"max_increase", "max-increase"}, {"maxincrease", "max-increase"}, {"arhc", "arch"}, {"gzi", "gzip"}, {"zi", "zip"},
		{"upz", "upx"}, {"x", ""}, {"size", ""}, {"budget", ""}, {"", ""}, {strings.Repeat("x", 1000), ""},
	}
	for _, tt := range tests {
		if got := Nearest(tt.word, words); got != tt.want {
			t.Errorf("nearest(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}
