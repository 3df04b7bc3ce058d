package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// command is what --help says of one command.
type command struct {
	name, summary string
	usage         string   // as sizegate report [flags] PATH...
	paragraphs    []string // what it does, each in one line
	examples      []string
	flags         []option
}

// option is a flag as pflag prints it.
type option struct {
	short, long  string // without hyphens; short can be ""
	argument     string // "" if it takes none, name[=VALUE] if it can be left out
	meaning      string
	defaultValue string // "" where it is nothing, 0 or false
}

// readCommands builds the program and asks it for its help, command by command.
func readCommands(root string) ([]command, error) {
	dir, err := os.MkdirTemp("", "sizegate-generate-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "sizegate")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, "./cmd/sizegate")
	build.Dir = root
	// A build for another system is one that cannot run here.
	build.Env = append(os.Environ(), "GOOS=", "GOARCH=")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build ./cmd/sizegate: %w\n%s", err, text)
	}
	overview, err := exec.Command(program, "--help").Output()
	if err != nil {
		return nil, fmt.Errorf("sizegate --help: %w", err)
	}
	commands := parseOverview(string(overview))
	if len(commands) == 0 {
		return nil, fmt.Errorf("sizegate --help names no commands:\n%s", overview)
	}
	for i := range commands {
		text, err := exec.Command(program, commands[i].name, "--help").Output()
		if err == nil {
			err = commands[i].parse(string(text))
		}
		if err != nil {
			return nil, fmt.Errorf("sizegate %s --help: %w", commands[i].name, err)
		}
	}
	return commands, nil
}

// parseOverview reads the names and summaries of sizegate --help.
func parseOverview(text string) []command {
	var commands []command
	for line := range strings.Lines(text) {
		if entry, ok := strings.CutPrefix(line, "  "); ok {
			name, summary, _ := strings.Cut(strings.TrimSpace(entry), " ")
			commands = append(commands, command{name: name, summary: strings.TrimSpace(summary)})
		}
	}
	return commands
}

var flagLine = regexp.MustCompile(`^ {2}(?:-(\w), | {4})--([a-z0-9-]+)(?: (\S+))? {3,}(.*)$`)

// parse reads what it does, examples, usage and flags, in this order.
func (c *command) parse(text string) error {
	about, rest, ok := strings.Cut(text, "\n\nUsage:\n")
	usage, flags, hasFlags := strings.Cut(rest, "\n\nFlags:\n")
	if !ok || !hasFlags {
		return fmt.Errorf("no usage or no flags in\n%s", text)
	}
	c.usage = strings.TrimSpace(usage)
	for part := range strings.SplitSeq(about, "\n\n") {
		lines := strings.Split(part, "\n")
		if lines[0] == "Examples:" || lines[0] == "Example:" {
			for _, line := range lines[1:] {
				c.examples = append(c.examples, strings.TrimSpace(line))
			}
			continue
		}
		c.paragraphs = append(c.paragraphs, strings.Join(lines, " "))
	}
	for line := range strings.Lines(flags) {
		m := flagLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			return fmt.Errorf("not a flag: %q", line)
		}
		o := option{short: m[1], long: m[2], argument: m[3], meaning: m[4]}
		// The last one: a meaning can have brackets of its own.
		if at := strings.LastIndex(o.meaning, " (default "); at >= 0 && strings.HasSuffix(o.meaning, ")") {
			o.defaultValue = strings.Trim(o.meaning[at+len(" (default "):len(o.meaning)-1], `"`)
			o.meaning = o.meaning[:at]
		}
		c.flags = append(c.flags, o)
	}
	return nil
}
