package snapshot

import (
	"bytes"
	"encoding/json"
	"testing"
)

// TestIndented holds texts against json.Indent. None has anything to escape.
func TestIndented(t *testing.T) {
	for _, v := range []any{
		nil, true, -1, 0.25, "", "a", `"`, `\`, `\"`, `a: {}, [b]`, "\n", json.Number("1.50"),
		[]int{}, map[string]int{}, struct{}{}, []any{[]int{}, map[string]int{}},
		[]any{1, "2", nil, []int{3, 4}, map[string]any{"a": []int{5}, `"b": [`: map[string]any{"c": nil}}},
		map[string]any{"": []string{`\\`, "}", "]", ",", ":", `\"},`}, "x": 1},
	} {
		compact, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, prefix := range []string{"", "  "} {
			var want bytes.Buffer
			if err := json.Indent(&want, compact, prefix, " "); err != nil {
				t.Fatal(err)
			}
			if got := appendIndented(nil, compact, prefix); string(got) != want.String() {
				t.Errorf("%s becomes\n%s\nnot\n%s", compact, got, &want)
			}
		}
	}
}
