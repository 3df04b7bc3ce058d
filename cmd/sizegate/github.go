package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
)

const (
	// A step's summary that is one byte longer is lost whole.
	summaryLimit = 1 << 20
	// A comment on a pull request has at most 65,536 characters.
	commentLimit = 65000
)

// githubOutput is what the step's outputs are: passed, exceeded and report, which
// is Markdown and fits into a comment. Where something could not be measured
// nothing counts as exceeded.
func githubOutput(v *budget.Verdict, markdown []byte) []byte {
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
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
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
