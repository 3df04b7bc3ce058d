//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestGitFails lets the n-th call of git fail, for each n. What was not compared is
// never an exceeded limit or a passed one, and nothing stays behind.
func TestGitFails(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git not found (Debian: apt install git)")
	}
	ways := []struct{ name, script string }{
		{"at once", "echo 'fatal: it broke' >&2; exit 128"},
		{"without a word", "exit 1"},
		{"crashed", "kill -KILL $$"},
		{"afterwards", git + ` "$@"; echo 'fatal: it broke' >&2; exit 128`},
		{"with rubbish", "echo rubbish"},
	}
	for _, base := range []string{"HEAD~1", "auto"} {
		for _, way := range ways {
			t.Run(base+", "+way.name, func(t *testing.T) {
				s := newSite(t)
				s.git("checkout", "-q", "-b", "branch", "HEAD")
				s.git("branch", "-q", "-f", "main", "HEAD~1")
				args := []string{"check", "--base", base, "-f", "json"}
				want := s.must(args...)
				before := s.files()
				s.write("bin/git", "#!/bin/sh\nexec 9<>\""+s.path("alive")+`"
n=$(($(cat "$COUNT") + 1)); echo $n >"$COUNT"
[ $n = "$FAIL" ] || exec `+git+` "$@"
`+way.script+"\n")
				s.env = append(s.env, "COUNT="+s.path("count"))
				failed := 0
				for n := 1; ; n++ {
					s.write("count", "0\n")
					cmd := s.command(args...)
					cmd.Env = append(s.env, fmt.Sprint("FAIL=", n))
					code, stdout, stderr := ranTo(t, cmd)
					what := fmt.Sprintf("call %d", n)
					s.same(what, before, "count", "bin/git")
					s.alone(what)
					calls, err := os.ReadFile(s.path("count"))
					if err != nil {
						t.Fatal(err)
					}
					switch {
					case code == exitOK && stdout == want: // it did not need the call
					case (code == exitUsage || code == exitFailed) && stdout == "":
						failed++
						oneError(t, what, stderr, "")
					default:
						t.Errorf("%s: exit code %d, stdout %q, stderr %q", what, code, stdout, stderr)
					}
					if strings.TrimSpace(string(calls)) < fmt.Sprint(n) && len(strings.TrimSpace(string(calls))) <= len(fmt.Sprint(n)) {
						break // there is no such call
					}
				}
				if failed < 3 {
					t.Errorf("%d calls failed", failed)
				}
			})
		}
	}
}
