//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestTwoRuns runs two commands side by side. What they write is what one of them
// alone writes, whole.
func TestTwoRuns(t *testing.T) {
	tests := []struct {
		name   string
		runs   [2][]string
		output string
	}{
		{"base", [2][]string{{"check", "--base", "HEAD~1"}, {"check", "--base", "HEAD~1"}}, ""},
		{"base, one output", [2][]string{{"check", "--base", "HEAD~1", "-f", "json", "-o", "out.json"}, {"check", "--base", "HEAD", "-f", "json", "-o", "out.json"}}, "repo/out.json"},
		{"update", [2][]string{{"update", "--headroom", "50%"}, {"update", "--headroom", "20%"}}, "repo/budgets.yaml"},
		{"baseline", [2][]string{{"check", "--save-baseline", "out.json", "app"}, {"check", "--save-baseline", "out.json", "two"}}, "repo/out.json"},
		{"init", [2][]string{{"init", "--force", "-c", "out.yaml", "dist/app"}, {"init", "--force", "-c", "out.yaml", "--headroom", "90%", "src/app"}}, "repo/out.yaml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			config, err := os.ReadFile(s.path("repo/budgets.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			s.write("repo/budgets.yaml", string(config)+"  - {name: two, path: src/app, build: 'true', limits: {file: 2 MB}}\n")
			before := s.files()
			var outputs []string
			if tt.output != "" {
				outputs = []string{tt.output}
			}
			alone := make(map[string]bool)
			for _, args := range tt.runs {
				s.must(args...)
				if tt.output != "" {
					alone[s.files()[tt.output]] = true
				}
				s.restore(before, outputs...)
			}
			if tt.output != "" && len(alone) != 2 {
				t.Fatal("the two write the same")
			}
			for range 10 {
				var both [2]*exec.Cmd
				var said [2]bytes.Buffer
				for i, args := range tt.runs {
					both[i] = s.command(args...)
					both[i].Stderr = &said[i]
					if err := both[i].Start(); err != nil {
						t.Fatal(err)
					}
				}
				for i, cmd := range both {
					// Of two updates the later one may find that the file has changed.
					if err := cmd.Wait(); err != nil && !(tt.name == "update" && cmd.ProcessState.ExitCode() == exitFailed &&
						said[i].String() == "sizegate: budgets.yaml: changed while its files were measured (run again)\n") {
						t.Errorf("%q: %v\n%s", tt.runs[i], err, &said[i])
					}
				}
				after := s.files()
				if tt.output != "" && !alone[after[tt.output]] {
					t.Errorf("neither of the two wrote %q", after[tt.output])
				}
				s.same("both", before, outputs...)
				s.alone("both")
				s.restore(before, outputs...)
			}
		})
	}
}

// TestUpdateChanged: a configuration that changed while files were measured is not
// written over with what belongs to another.
func TestUpdateChanged(t *testing.T) {
	s := newSite(t)
	// UPX edits the configuration, as a person could.
	edited := "version: 1\nbudgets:\n  - {name: other, path: dist/app, limits: {file: 3 MB}}\n"
	s.write("edited.yaml", edited)
	s.write("bin/upx", `#!/bin/sh
[ "$1" = --version ] && echo 'upx 4.2.2' && exit 0
cat "`+s.path("edited.yaml")+`" >"`+s.path("repo/budgets.yaml")+`"
case "$*" in *-t*) exit 0;; esac
cat bootstrap >packed
`)
	code, stdout, stderr := s.run("update", "--no-cache")
	text, err := os.ReadFile(s.path("repo/budgets.yaml"))
	if code != exitFailed || stdout != "" || err != nil || string(text) != edited || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "sizegate: budgets.yaml: changed while ") {
		t.Errorf("exit code %d, stdout %q, stderr %q, %q, %v", code, stdout, stderr, text, err)
	}
}
