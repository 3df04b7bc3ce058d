package pattern

import (
	"testing"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// FuzzPatterns: a pattern that can be used matches any name or does not, whatever both
// are, and the name that it is letter by letter; a path that is escaped means itself.
func FuzzPatterns(f *testing.F) {
	for _, p := range [][2]string{
		{"github.com/aws/aws-sdk-go-v2/...", "github.com/aws/aws-sdk-go-v2/service/s3"},
		{"openssl*", "openssl_sys"}, {"{a,b}-[c-e]?", "a_d1"}, {"**/x/**", "a/x/b"}, {`\*`, "*"}, {"[!a]...", "..."}, {"!x", "a\\b[c]{d}"},
	} {
		f.Add(p[0], p[1])
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		if problem, hint := Problem(text); problem == "" {
			owners := NewOwners(text)
			for _, kind := range []string{"package", "crate", "library", "linker"} {
				for _, name := range []string{name, "main", cPrefix + name} {
					owners.Matches(&snapshot.Owner{Kind: kind, Name: name}, name)
				}
				if !owners.Matches(&snapshot.Owner{Kind: kind, Name: text}, "") {
					t.Errorf("%q does not match itself", text)
				}
			}
			MatchPath(text, name)
		} else if hint == "" {
			t.Errorf("%q %s, and nothing to do about it", text, problem)
		}
		if escaped, err := Escape(name); err == nil {
			if problem, _ := Problem(escaped); problem != "" {
				t.Errorf("%q for %q %s", escaped, name, problem)
			}
			if !MatchPath(escaped, name) && !MatchPath(escaped, "./"+name) {
				t.Errorf("%q does not match %q", escaped, name)
			}
		}
	})
}
