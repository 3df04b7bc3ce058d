package advise

import (
	"slices"
	"strings"
	"testing"
)

func TestPasteable(t *testing.T) {
	for name, want := range map[string]bool{
		"github.com/a/b.v2": true, "serde_json": true, "1.0.0+build": true, "": false, "-rf": false,
		"a;reboot": false, "a b": false, "$(x)": false, "a\n": false, "`x`": false, "é": false, strings.Repeat("a", 1000): false,
	} {
		if got := pasteable(name); got != want {
			t.Errorf("%.20q: %v", name, got)
		}
	}
}

func TestMajorSuffix(t *testing.T) {
	for path, want := range map[string]string{
		"github.com/a/b": "github.com/a/b", "github.com/a/b/v2": "github.com/a/b", "gopkg.in/yaml.v3": "gopkg.in/yaml", "example.com/v2ray": "example.com/v2ray",
	} {
		if got := majorSuffix().ReplaceAllString(path, ""); got != want {
			t.Errorf("%s: %s, not %s", path, got, want)
		}
	}
}

// Flags as GCC writes them into DW_AT_producer.
func TestUnoptimized(t *testing.T) {
	for producer, want := range map[string]bool{
		"GNU C17 12.2.0 -mtune=generic -march=x86-64 -g":           true,
		"GNU C17 12.2.0 -mtune=generic -march=x86-64 -g -O0":       true,
		"GNU C17 12.2.0 -mtune=generic -march=x86-64 -g -O2":       false,
		"GNU C++17 12.2.0 -g -O2 -O0":                              true,
		"GNU C11 13.1.0 -Os -ffunction-sections":                   false,
		"GNU AS 2.40":                                              false,
		"Debian clang version 14.0.6":                              false,
		"clang LLVM (rustc version 1.95.0 (59807616e 2026-04-14))": false,
		"": false,
	} {
		if got := unoptimized(producer); got != want {
			t.Errorf("%s: %v", producer, got)
		}
	}
}

func TestLargest(t *testing.T) {
	counts := map[string]uint64{"a": 1, "b": 3, "c": 3, "d\nx": 2, "e": 1, "f": 1, "g": 1}
	if got, want := largest(counts), "b (3), c (3), d x (2), a (1), e (1) and 2 more"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
	if !slices.Contains([]string{""}, largest(nil)) {
		t.Error("none is something")
	}
}
