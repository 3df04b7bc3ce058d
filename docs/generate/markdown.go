package main

import (
	"fmt"
	"strings"
)

// generated is the first line of each page.
const generated = "<!-- Written by go run ./docs/generate: change what it is made from. -->\n\n"

// commandsPage is the reference of commands and flags.
func commandsPage(commands []command) string {
	var b strings.Builder
	b.WriteString(generated)
	b.WriteString("# Commands\n\nWhat `sizegate COMMAND --help` says. [Exit codes](exit-codes.md) are the same for all.\n\n")
	b.WriteString("| command | |\n| --- | --- |\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", c.name, c.name, cell(c.summary))
	}
	for _, c := range commands {
		fmt.Fprintf(&b, "\n## %s\n\n`%s`\n", c.name, c.usage)
		for _, p := range c.paragraphs {
			fmt.Fprintf(&b, "\n%s\n", cell(p))
		}
		if len(c.examples) > 0 {
			fmt.Fprintf(&b, "\n```sh\n%s\n```\n", strings.Join(c.examples, "\n"))
		}
		b.WriteString("\n| flag | meaning | default |\n| --- | --- | --- |\n")
		for _, o := range c.flags {
			name := "--" + o.long
			if o.short != "" {
				name = "-" + o.short + "`, `" + name
			}
			if o.argument != "" {
				name += " " + o.argument
			}
			value := ""
			if o.defaultValue != "" {
				value = "`" + o.defaultValue + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, cell(o.meaning), value)
		}
	}
	return b.String()
}

var special = strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "\n", " ")

// cell is text in Markdown, fit for a row of a table. What stands in backquotes is
// code; all else is plain.
func cell(text string) string {
	parts := strings.Split(text, "`")
	for i := range parts {
		if i%2 == 0 || i == len(parts)-1 {
			parts[i] = special.Replace(parts[i])
		}
	}
	return strings.Join(parts, "`")
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
