// Package advice renders how files could be built smaller: what is proposed, why, and the
// setting that does it.
package advice

import (
	"fmt"
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/snapshot"
)

const (
	noAdvice = "nothing to advise: the file shows nothing that a setting would make smaller"
	eachOnce = "Each saving is of that change alone; together they can save less."
)

// Table writes advice as plain text, the setting of each as an indented
// block.
func Table(w io.Writer, r *snapshot.AdviceReport, m display.Medium) error {
	var text strings.Builder
	linef := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	for i := range r.Files {
		f := &r.Files[i]
		if i > 0 {
			linef("")
		}
		linef("%s\n%s\n", display.Clean(f.Path), factsOf(f))
		for n := range f.Advice {
			a := &f.Advice[n]
			title := fmt.Sprintf("%d. %s", n+1, display.Clean(a.Title))
			if m.Color {
				title = display.Bold + title + display.Reset
			}
			linef("%s\n   %s", title, display.Clean(savingOf(f, a)))
			for _, e := range a.Evidence {
				linef("   - %s", display.Clean(e))
			}
			linef("")
			for line := range strings.SplitSeq(strings.TrimRight(a.Setting, "\n"), "\n") {
				linef("%s", strings.TrimRight("       "+display.Clean(line), " "))
			}
			linef("")
		}
		linef("%s", closing(f))
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// Markdown writes advice for GitHub.
func Markdown(w io.Writer, r *snapshot.AdviceReport) error {
	var text strings.Builder
	linef := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	for i := range r.Files {
		f := &r.Files[i]
		linef("### %s\n\n%s\n", display.MarkdownName(f.Path), factsOf(f))
		for n := range f.Advice {
			a := &f.Advice[n]
			linef("#### %d. %s\n\n%s\n", n+1, display.MarkdownEscape(display.Clean(a.Title)), display.MarkdownEscape(display.Clean(savingOf(f, a))))
			for _, e := range a.Evidence {
				linef("- %s", display.MarkdownCode(e))
			}
			if len(a.Evidence) > 0 {
				linef("")
			}
			linef("%s\n", display.MarkdownFence(a.Setting))
		}
		linef("%s\n", closing(f))
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func factsOf(f *snapshot.AdviceFile) string {
	return fmt.Sprintf("%s %s, file %s B (%s)", f.Arch, f.Type, bytesize.Size(f.FileSize).Grouped(), bytesize.Size(f.FileSize).Short())
}

// savingOf is the saving and how it is known, or how to find out.
func savingOf(f *snapshot.AdviceFile, a *snapshot.Advice) string {
	if a.Saves == nil {
		return "not known what it saves; to find out: " + a.HowToFindOut
	}
	how := map[string]string{"computed": "computed from the file", "measured": "measured with the file's contents"}[a.Saves.How]
	return fmt.Sprintf("saves %s B (%s), %s of the file, %s", bytesize.Size(a.Saves.Bytes).Grouped(), bytesize.Size(a.Saves.Bytes).Short(),
		bytesize.Percent(a.Saves.Bytes, f.FileSize), how)
}

func closing(f *snapshot.AdviceFile) string {
	if len(f.Advice) == 0 {
		return noAdvice
	}
	return eachOnce
}
