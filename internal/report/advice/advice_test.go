package advice

import (
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// TestAdviceHostile: nothing in advice can be taken for a command or a tag.
func TestAdviceHostile(t *testing.T) {
	const evil = "::error::x\x1b[2J##[error]<script>`|@octocat \u202e"
	r := &snapshot.AdviceReport{Files: []snapshot.AdviceFile{{Path: evil, Advice: []snapshot.Advice{
		{Title: evil, Evidence: []string{evil}, Setting: "a\n" + evil + "\n", HowToFindOut: evil},
	}}}}
	var text, md strings.Builder
	if err := Table(&text, r, display.Medium{Width: 80}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(text.String(), "\x1b\u202e") || strings.Contains(text.String(), "##[") {
		t.Errorf("not clean: %q", text.String())
	}
	for line := range strings.Lines(text.String()) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("a command: %q", line)
		}
	}
	if err := Markdown(&md, r); err != nil {
		t.Fatal(err)
	}
	outside, _, _ := strings.Cut(md.String(), "```")
	if strings.Contains(outside, "<script>") {
		t.Errorf("a tag: %s", outside)
	}
}
