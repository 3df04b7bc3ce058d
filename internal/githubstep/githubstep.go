// Package githubstep gives a step of GitHub Actions its summary and its outputs.
package githubstep

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/fileerror"
	"github.com/sizegate/sizegate/internal/report/outcome"
)

const (
	// A step's summary that is one byte longer is lost whole.
	summaryLimit = 1 << 20
	// A comment on a pull request has at most 65,536 characters.
	commentLimit = 65000
)

// Tell sets the outputs of the step, and with summary appends the report to the step's
// summary. Neither can change how a check ends: what fails is said on stderr. The files
// are those that GITHUB_OUTPUT and GITHUB_STEP_SUMMARY name; without them there is
// nothing to do.
func Tell(stderr io.Writer, v *budget.Verdict, summary bool) {
	var report bytes.Buffer
	if err := outcome.Markdown(&report, v); err != nil {
		return
	}
	for _, file := range []struct {
		variable string
		text     []byte
	}{{"GITHUB_STEP_SUMMARY", report.Bytes()}, {"GITHUB_OUTPUT", outputs(v, report.Bytes())}} {
		path := os.Getenv(file.variable)
		if path == "" || file.variable == "GITHUB_STEP_SUMMARY" && !summary {
			continue
		}
		if err := appendFile(path, file.text); err != nil {
			fmt.Fprintf(stderr, "sizegate: %s: cannot be written: %v (the check is not affected)\n", file.variable, fileerror.Cause(err))
		}
	}
}

// outputs is what the step's outputs are: passed, exceeded and report, which
// is Markdown and fits into a comment. Where something could not be measured
// nothing counts as exceeded.
func outputs(v *budget.Verdict, markdown []byte) []byte {
	exceeded := 0
	for i := range v.Results {
		if v.Results[i].Status == budget.Fail && len(v.Failures) == 0 {
			exceeded++
		}
	}
	if len(markdown) > commentLimit {
		markdown = markdown[:bytes.LastIndexByte(markdown[:commentLimit], '\n')+1]
		open := bytes.Count(markdown, []byte("<details>")) - bytes.Count(markdown, []byte("</details>"))
		rest := strings.Repeat("\n</details>\n", open) + "\n… the rest is in the summary of the run\n"
		markdown = append(markdown[:len(markdown):len(markdown)], rest...)
	}
	end := rand.Text() // no name in the report can know it
	return fmt.Appendf(nil, "passed=%t\nexceeded=%d\nreport<<%s\n%s\n%s\n", v.Exit() == budget.ExitPassed, exceeded, end, bytes.TrimRight(markdown, "\n"), end)
}

// appendFile adds to one of the files that a step is given.
func appendFile(path string, text []byte) error {
	// O_NONBLOCK: a pipe that nobody reads is an error, and not waited for.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, 0o666)
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size()+int64(len(text)) > summaryLimit {
		return errors.New("it would be larger than the 1 MiB that GitHub takes")
	}
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Close()
}
