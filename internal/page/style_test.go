package page

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestContrast holds the colours of each scheme against WCAG 2.2: 4.5 for text,
// 3 for marks.
func TestContrast(t *testing.T) {
	blocks := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllStringSubmatch(asset("page.css"), -1)
	if len(blocks) != 3 {
		t.Fatalf("%d colour schemes, want light, dark and print", len(blocks))
	}
	for i, scheme := range []string{"light", "dark", "print"} {
		colours := map[string]string{"focus": "#b3005e"} // print has none
		for _, c := range regexp.MustCompile(`--([a-z]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(blocks[i][1], -1) {
			colours[c[1]] = c[2]
		}
		check := func(least float64, behind string, marks ...string) {
			for _, mark := range marks {
				if got := contrast(t, colours[mark], colours[behind]); got < least {
					t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", scheme, mark, behind, got, least)
				}
			}
		}
		check(4.5, "page", "text", "dim", "link")
		check(4.5, "panel", "text", "dim", "link")
		check(3, "page", "focus")
		for _, box := range strings.Fields("frame own dependencies standard native linker data hidden rest grown shrunk same") {
			check(4.5, box, "ink")
		}
	}
}

// contrast is the contrast ratio of two colours, as WCAG defines it.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	luminance := func(colour string) float64 {
		n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
		if err != nil || len(colour) != 7 {
			t.Fatalf("colour %q", colour)
		}
		linear := func(shift uint) float64 {
			v := float64(n>>shift&0xff) / 255
			if v <= 0.04045 {
				return v / 12.92
			}
			return math.Pow((v+0.055)/1.055, 2.4)
		}
		return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
	}
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// TestScriptNames: the files of the script share their names, and a browser takes
// the last of two functions without a word.
func TestScriptNames(t *testing.T) {
	where := map[string]string{}
	for _, name := range scripts {
		for _, m := range regexp.MustCompile(`(?m)^(?:async )?function (\w+)`).FindAllStringSubmatch(asset(name), -1) {
			if first := where[m[1]]; first != "" {
				t.Errorf("%s is in %s and in %s", m[1], first, name)
			}
			where[m[1]] = name
		}
	}
	if len(where) < 30 {
		t.Errorf("only %d functions were found", len(where))
	}
}
