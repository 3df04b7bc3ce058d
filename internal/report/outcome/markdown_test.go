package outcome

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
)

func checkMarkdown(t *testing.T, v *budget.Verdict) string {
	t.Helper()
	var out bytes.Buffer
	if err := Markdown(&out, v); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCheckMarkdown(t *testing.T) {
	want := `## ❌ sizegate: could not be measured: 1 problem

- ❌ <code>ci/budgets.yaml&#58;19</code> <code>tools dist/c</code>: not an ELF file (name a program)

| Status | Budget | Limit | Value | At most | Headroom | Change |
| :-- | :-- | :-- | --: | --: | --: | --: |
| ❌ fail | <code>tools dist/a</code> | <code>.rodata</code> | 10 | 0 | -10 |  |
| ❌ fail | <code>api</code> | <code>stripped</code> | 12,345,678 | 12,000,000 | -345,678 (-2.9%) | +412,345 |
| ⚠️ warn | <code>api</code> | <code>upx lzma</code> | 4,900,000 | 4,800,000 | -100,000 (-2.1%) |  |
| ☑️ waived | <code>api</code> | <code>text max-increase</code> | 2,100,000 | 2,040,000 | -60,000 (-2.9%) | +100,000 |
| ➖ skipped | <code>tools dist/b</code> | <code>file max-increase</code> |  |  |  |  |
| ✅ pass | <code>api</code> | <code>file</code> | 13,000,000 | 14,000,000 | 1,000,000 (7.1%) |  |
| ✅ pass | <code>api</code> | <code>text of net/...</code> | 500 | 500 | 0 (0.0%) |  |
| ✅ pass | <code>api</code> | <code>deny openssl&#42;</code> | 0 | 0 | 0 |  |
| ✅ pass | <code>tools dist/b</code> | <code>arch</code> |  |  |  |  |

<details><summary>❌ fail: <code>tools dist/a</code> <code>.rodata</code>: <code>.rodata</code> is 10 B</summary>

Limit at <code>ci/budgets.yaml&#58;20</code>.

</details>
<details><summary>❌ fail: <code>api</code> <code>stripped</code>: stripped is 12,345,678 B (12.3 MB), 345,678 B over the limit of 12 MB</summary>

Limit at <code>ci/budgets.yaml&#58;9</code>. See <code>docs/size.md</code> first.

| grew most | change | |
| :-- | --: | :-- |
| <code>net/http</code> | +312,345 | <code>new</code> |
| <code>golang.org/x/net/html</code> | +41,000 | <code>v0.30.0 → v0.31.0</code> |

| sections that grew most | change | |
| :-- | --: | :-- |
| <code>.text</code> | +300,000 |  |

| functions that grew most | change | |
| :-- | --: | :-- |
| <code>core&#58;&#58;fmt&#58;&#58;write</code> | +1,100 |  |

</details>
<details><summary>⚠️ warn: <code>api</code> <code>upx lzma</code>: upx lzma is 4,900,000 B (4.90 MB)</summary>

Limit at <code>ci/budgets.yaml&#58;10</code>.

| weighs most | bytes | |
| :-- | --: | :-- |
| <code>runtime</code> | 900,000 |  |

</details>
<details><summary>☑️ waived: <code>api</code> <code>text max-increase</code>: text grew by 100,000 B (+5.0%); waived: TLS rewrite, <code>&#35;412</code></summary>

Limit at <code>ci/budgets.yaml&#58;12</code>.

</details>

- ⚠️ <code>ci/budgets.yaml&#58;30</code>: the waiver of api for gzip has expired
`
	if got := checkMarkdown(t, failed()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	pass := &budget.Verdict{Config: "budgets.yaml", Results: []budget.Result{{Budget: "api", Metric: budget.File, Value: 1, Limit: 2, Status: budget.Pass}}}
	want = `## ✅ sizegate: every limit holds

| Status | Budget | Limit | Value | At most | Headroom | Change |
| :-- | :-- | :-- | --: | --: | --: | --: |
| ✅ pass | <code>api</code> | <code>file</code> | 1 | 2 | 1 (50.0%) |  |
`
	if got := checkMarkdown(t, pass); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// skeleton is Markdown without the text in <code>, and that text.
func skeleton(text string) (rest string, names []string) {
	inCode := regexp.MustCompile(`(?s)<code>(.*?)</code>`)
	for _, m := range inCode.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return inCode.ReplaceAllString(text, "N"), names
}

// TestCheckMarkdownHostile: whatever the names, the structure is the same, and
// what is in <code> is the name.
func TestCheckMarkdownHostile(t *testing.T) {
	plain, _ := skeleton(checkMarkdown(t, hostile("x_y")))
	for _, h := range hostileNames {
		text := checkMarkdown(t, hostile(h.raw))
		rest, names := skeleton(text)
		for _, name := range names {
			if strings.ContainsAny(name, "<>|`*_[]@#:\\\n") && !regexp.MustCompile(`^([^<>|`+"`"+`*_\[\]@#:\\\n]|&#[0-9]+;)*$`).MatchString(name) {
				t.Errorf("%q: %q is not escaped", h.raw, name)
			}
		}
		if got := html.UnescapeString(names[0]); got != h.begins+":4" {
			t.Errorf("%q: the first name is %q", h.raw, got)
		}
		// What a sentence is made of depends on its words: only the rest of the
		// lines is compared, by its kind.
		rows := 0
		for line := range strings.Lines(rest) {
			if strings.HasPrefix(line, "|") {
				rows++
				if n := strings.Count(line, "|"); n != 8 && n != 4 {
					t.Errorf("%q: %d bars in %q", h.raw, n, line)
				}
			}
			if strings.ContainsAny(strings.NewReplacer("<details>", "", "<summary>", "", "</summary>", "", "</details>", "").Replace(line), "<>@`[]\\") {
				t.Errorf("%q: markup in %q", h.raw, line)
			}
			if strings.Contains(line, "://") || strings.Contains(line, "www.") || regexp.MustCompile(`(?i)#[0-9]`).MatchString(strings.TrimPrefix(line, "## ")) {
				t.Errorf("%q: a link or a reference in %q", h.raw, line)
			}
		}
		if got, want := strings.Count(rest, "\n"), strings.Count(plain, "\n"); got != want {
			t.Errorf("%q: %d lines, want %d", h.raw, got, want)
		}
		if want := strings.Count(plain, "\n|"); rows != want {
			t.Errorf("%q: %d rows, want %d", h.raw, rows, want)
		}
	}
}

// TestCheckMarkdownMany: bounded, in whole rows, and what is left out is counted.
func TestCheckMarkdownMany(t *testing.T) {
	v := many(10_000)
	for i := range 20_000 {
		v.Warnings = append(v.Warnings, budget.Warning{Text: fmt.Sprintf("warning %d %s", i, strings.Repeat("@x ", 100))})
		v.Failures = append(v.Failures, budget.Failure{Budget: strings.Repeat("|", 1000), Problem: fmt.Sprint("failure ", i)})
		v.Results = append(v.Results, budget.Result{Budget: fmt.Sprint("s", i), Metric: "path", Status: budget.Skipped, Message: strings.Repeat("<", 1000)})
	}
	text := checkMarkdown(t, v)
	if len(text) > 900<<10 || len(text) < 800<<10 {
		t.Errorf("%d bytes", len(text))
	}
	left := regexp.MustCompile(`(?m)^… and ([0-9,]+) more ([a-z ]+?)s?, left out`)
	want := map[string]int{"failure": 20_000, "limit": 30_000, "detail": 10_000, "skipped limit": 20_000, "warning": 20_000}
	shown := map[string]int{
		"failure":       strings.Count(text, "\n- ❌"),
		"limit":         strings.Count(text, "\n| ❌") + strings.Count(text, "\n| ➖"),
		"detail":        strings.Count(text, "<details>"),
		"skipped limit": strings.Count(text, "\n- ➖"),
		"warning":       strings.Count(text, "\n- ⚠️"),
	}
	for _, m := range left.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		if shown[m[2]] == 0 || shown[m[2]]+n != want[m[2]] {
			t.Errorf("%d %ss shown, %d left out, want %d", shown[m[2]], m[2], n, want[m[2]])
		}
		delete(want, m[2])
	}
	if len(want) > 0 {
		t.Errorf("nothing is said of %v", want)
	}
	if strings.Count(text, "<details>") != strings.Count(text, "</details>") {
		t.Error("details that do not end")
	}
	if !strings.Contains(text, "| ❌ fail | <code>b9999</code> |") {
		t.Error("the worst is left out")
	}
}

// TestCapped: behind the first piece that does not fit nothing is shown, not even
// what would fit, and no more pieces are made.
func TestCapped(t *testing.T) {
	c := &capped{room: 5}
	made := 0
	for _, piece := range []string{"abc", "defg", "h", "i"} {
		c.add(func() string { made++; return piece })
	}
	if c.String() != "abc" || c.left != 3 || made != 2 {
		t.Errorf("%q, %d left out, %d made", c, c.left, made)
	}
}
