package main

import (
	"fmt"
	"strings"
)

// The pages are in the language of man(7) (groff_man(7)). They name no date: the
// same version has the same page.

// overviewManual is sizegate(1).
func overviewManual(commands []command, version string) string {
	var b strings.Builder
	head(&b, "sizegate", "says where every byte of an ELF binary goes, by Go package or Rust crate", version)
	b.WriteString(".SH SYNOPSIS\n.B sizegate\n.I COMMAND\n[flags] [arguments]\n.SH COMMANDS\n")
	for _, c := range commands {
		fmt.Fprintf(&b, ".TP\n.BR %s (1)\n%s\n", roff("sizegate-"+c.name), line(c.summary))
	}
	b.WriteString(".SH EXIT STATUS\nThe first of 2, 3, 1, 0 that applies.\n")
	for _, row := range exitMeanings {
		fmt.Fprintf(&b, ".TP\n.B %d\n%s\n", row.code, line(row.meaning))
	}
	return b.String()
}

// manual is the page of one command.
func manual(c *command, version string) string {
	var b strings.Builder
	head(&b, "sizegate-"+c.name, c.summary, version)
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B sizegate %s\n%s\n.SH DESCRIPTION\n", roff(c.name),
		line(strings.TrimSpace(strings.TrimPrefix(c.usage, "sizegate "+c.name))))
	for i, p := range c.paragraphs {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		b.WriteString(line(p) + "\n")
	}
	b.WriteString(".SH OPTIONS\n")
	for _, o := range c.flags {
		b.WriteString(".TP\n")
		name := `\fB` + roff("--"+o.long) + `\fR`
		if o.short != "" {
			name = `\fB` + roff("-"+o.short) + `\fR, ` + name
		}
		if o.argument != "" {
			name += ` \fI` + roff(o.argument) + `\fR`
		}
		meaning := o.meaning
		if o.defaultValue != "" {
			meaning += " (default " + o.defaultValue + ")"
		}
		b.WriteString(name + "\n" + line(meaning) + "\n")
	}
	if len(c.examples) > 0 {
		b.WriteString(".SH EXAMPLES\n.nf\n")
		for _, e := range c.examples {
			b.WriteString(line(e) + "\n")
		}
		b.WriteString(".fi\n")
	}
	b.WriteString(".SH SEE ALSO\n.BR sizegate (1)\n")
	return b.String()
}

func head(b *strings.Builder, name, summary, version string) {
	fmt.Fprintf(b, ".TH %s 1 \"\" \"%s\" \"sizegate\"\n.SH NAME\n%s \\- %s\n",
		roff(strings.ToUpper(name)), roff(strings.TrimSpace("sizegate "+version)), roff(name), line(summary))
}

// roff is text that stands for itself. Hyphens are minus signs, so that what is
// copied from a page is what was meant.
func roff(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case r == '"':
			b.WriteString(`\(dq`)
		case r == '\'':
			b.WriteString(`\(aq`)
		case r == '`':
			b.WriteString("\\`")
		case r == '^':
			b.WriteString(`\(ha`)
		case r == '~':
			b.WriteString(`\(ti`)
		case r > '~':
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// line is text as a line of its own, which a dot at its start does not make a
// request.
func line(text string) string {
	if strings.HasPrefix(text, ".") {
		return `\&` + roff(text)
	}
	return roff(text)
}
