package sizegate_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	linkTarget = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code       = regexp.MustCompile("`[^`]*`")
)

// anchors are what GitHub names the headings of a page: in small letters, with
// hyphens for spaces and without other marks.
func anchors(text string) map[string]bool {
	found := make(map[string]bool)
	inside := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			inside = !inside
		}
		title := strings.TrimLeft(line, "#")
		if inside || title == line || !strings.HasPrefix(title, " ") {
			continue
		}
		found[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(title))] = true
	}
	return found
}

// TestLinks: what a page of this repository links to in it is there, and the
// heading too. Other addresses are not asked.
func TestLinks(t *testing.T) {
	var pages []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "testdata" || d.Name() == "dist" || strings.HasPrefix(d.Name(), ".") && path != ".") {
			return filepath.SkipDir
		}
		if err == nil && strings.HasSuffix(path, ".md") {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil || len(pages) < 20 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	checked := 0
	for _, page := range pages {
		inside := false
		for line := range strings.Lines(read(t, page)) {
			if strings.HasPrefix(line, "```") {
				inside = !inside
			}
			if inside {
				continue
			}
			for _, m := range linkTarget.FindAllStringSubmatch(code.ReplaceAllString(line, "x"), -1) {
				if strings.Contains(m[1], "://") {
					continue
				}
				checked++
				path, anchor, _ := strings.Cut(m[1], "#")
				target := page
				if path != "" {
					target = filepath.Join(filepath.Dir(page), filepath.FromSlash(path))
				}
				if _, err := os.Stat(target); err != nil {
					t.Errorf("%s links to %s: %v", page, m[1], err)
				} else if anchor != "" && !anchors(read(t, target))[anchor] {
					t.Errorf("%s links to %s, which has no such heading", page, m[1])
				}
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d links were checked", checked)
	}
}
