package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/snapshot"
)

const (
	noAdvice = "nothing to advise: the file shows nothing that a setting would make smaller"
	eachOnce = "Each saving is of that change alone; together they can save less."
)

// AdviceTable writes advice as plain text, the setting of each as an indented
// block.
func AdviceTable(w io.Writer, r *snapshot.AdviceReport, o Options) error {
	var text strings.Builder
	linef := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	for i := range r.Files {
		f := &r.Files[i]
		if i > 0 {
			linef("")
		}
		linef("%s\n%s\n", Clean(f.Path), adviceFacts(f))
		for n := range f.Advice {
			a := &f.Advice[n]
			title := fmt.Sprintf("%d. %s", n+1, Clean(a.Title))
			if o.Color {
				title = "\x1b[1m" + title + "\x1b[0m"
			}
			linef("%s\n   %s", title, Clean(savesText(f, a)))
			for _, e := range a.Evidence {
				linef("   - %s", Clean(e))
			}
			linef("")
			for line := range strings.SplitSeq(strings.TrimRight(a.Setting, "\n"), "\n") {
				linef("%s", strings.TrimRight("       "+Clean(line), " "))
			}
			linef("")
		}
		linef("%s", closing(f))
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// AdviceMarkdown writes advice for GitHub.
func AdviceMarkdown(w io.Writer, r *snapshot.AdviceReport) error {
	var text strings.Builder
	linef := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	for i := range r.Files {
		f := &r.Files[i]
		linef("### %s\n\n%s\n", markdownName(f.Path), adviceFacts(f))
		for n := range f.Advice {
			a := &f.Advice[n]
			linef("#### %d. %s\n\n%s\n", n+1, entities(Clean(a.Title)), entities(Clean(savesText(f, a))))
			for _, e := range a.Evidence {
				linef("- %s", markdownText(e))
			}
			if len(a.Evidence) > 0 {
				linef("")
			}
			linef("%s\n", fenced(a.Setting))
		}
		linef("%s\n", closing(f))
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// fenced is a block of code with a fence that is longer than any that is in it.
func fenced(code string) string {
	longest, run := 0, 0
	for i := range len(code) {
		run++
		if code[i] != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", max(3, longest+1))
	var out strings.Builder
	out.WriteString(fence + "\n")
	for line := range strings.SplitSeq(strings.TrimRight(code, "\n"), "\n") {
		out.WriteString(Clean(line) + "\n")
	}
	out.WriteString(fence)
	return out.String()
}

func adviceFacts(f *snapshot.AdviceFile) string {
	return fmt.Sprintf("%s %s, file %s B (%s)", f.Arch, f.Type, bytesize.Size(f.FileSize).Grouped(), bytesize.Size(f.FileSize).Short())
}

// savesText is the saving and how it is known, or how to find out.
func savesText(f *snapshot.AdviceFile, a *snapshot.Advice) string {
	if a.Saves == nil {
		return "not known what it saves; to find out: " + a.HowToFindOut
	}
	how := map[string]string{"computed": "computed from the file", "measured": "measured with the file's contents"}[a.Saves.How]
	return fmt.Sprintf("saves %s B (%s), %s of the file, %s", bytesize.Size(a.Saves.Bytes).Grouped(), bytesize.Size(a.Saves.Bytes).Short(),
		percent(a.Saves.Bytes, f.FileSize), how)
}

func closing(f *snapshot.AdviceFile) string {
	if len(f.Advice) == 0 {
		return noAdvice
	}
	return eachOnce
}
