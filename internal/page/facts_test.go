package page

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// TestCounts: one thing and thousands of them are written as people do.
func TestCounts(t *testing.T) {
	for size, want := range map[uint64]string{0: "0 B (0 bytes)", 1: "1 B (1 byte)", 1234: "1.23 kB (1,234 bytes)"} {
		if got := exact(size); got != want {
			t.Errorf("%d: %q, want %q", size, got, want)
		}
	}
	for count, want := range map[int]string{1: "<title>p", 2: "<title>p and 1 more", 1235: "<title>p and 1,234 more"} {
		if page := reportPage(t, slices.Repeat([]snapshot.Binary{{Name: "p"}}, count)...); !bytes.Contains(page, []byte(want+" – sizegate</title>")) {
			t.Errorf("%d files: no %q", count, want)
		}
	}
	one := handMade()
	one.Functions = append(one.Functions, snapshot.Function{Name: "too large", Owner: "fmt", Section: ".text", Size: 1 << 40})
	_, doc := cells(t, reportPage(t, one))
	if warnings := fmt.Sprint(doc["files"].([]any)[0].(map[string]any)["warnings"]); !strings.Contains(warnings, "the functions of 1 owner are not shown") {
		t.Errorf("warnings: %s", warnings)
	}
	grown := handMade()
	grown.Functions = append(grown.Functions, snapshot.Function{Name: "of nobody", Owner: "nobody", Section: ".text", Size: 1})
	was := handMade()
	page, _ := diffPage(t, &was, &grown)
	_, doc = cells(t, page)
	if warnings := fmt.Sprint(doc["files"].([]any)[0].(map[string]any)["warnings"]); !strings.Contains(warnings, "1 function is not shown: the reports do not tell whose it is") {
		t.Errorf("warnings: %s", warnings)
	}
}
