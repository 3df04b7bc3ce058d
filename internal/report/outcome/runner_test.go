package outcome

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
)

// runnerCommand is a command as GitHub's runner understands it.
type runnerCommand struct {
	name       string
	properties map[string]string // keys in lower case
	data       string
}

// runnerCommands finds the commands in what a step printed, and the lines that
// are none. It follows the rules of the runner's ActionCommand.cs, and where it
// is not sure it sees a command: any name counts, not only the registered ones,
// and characters that some comparisons of text skip do not hide a "::".
func runnerCommands(output string) (commands []runnerCommand, rest []string) {
	for _, line := range regexp.MustCompile("\r\n|\r|\n").Split(output, -1) {
		if c, ok := parseV2(line); ok {
			commands = append(commands, c)
		} else if c, ok := parseV1(line); ok {
			commands = append(commands, c)
		} else if line != "" {
			rest = append(rest, line)
		}
	}
	return commands, rest
}

// parseV2 reads "::name key=value,key=value::data".
func parseV2(line string) (c runnerCommand, ok bool) {
	line = strings.TrimLeftFunc(line, func(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf) })
	line, ok = strings.CutPrefix(line, "::")
	if !ok {
		return c, false
	}
	info, data, ok := strings.Cut(line, "::")
	if !ok {
		return c, false
	}
	name, properties, _ := strings.Cut(info, " ")
	return runnerCommand{
		name:       strings.ToLower(name),
		properties: parseProperties(strings.TrimFunc(properties, unicode.IsSpace), ",", "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ","),
		data:       unescapeInTurn(data, "%0D", "\r", "%0A", "\n"),
	}, true
}

// parseV1 reads "##[name key=value;key=value]data", which may begin anywhere in a
// line.
func parseV1(line string) (c runnerCommand, ok bool) {
	_, line, ok = strings.Cut(line, "##[")
	if !ok {
		return c, false
	}
	info, data, ok := strings.Cut(line, "]")
	if !ok {
		return c, false
	}
	name, properties, _ := strings.Cut(info, " ")
	return runnerCommand{
		name:       strings.ToLower(name),
		properties: parseProperties(properties, ";", "%3B", ";", "%0D", "\r", "%0A", "\n", "%5D", "]"),
		data:       unescapeInTurn(data, "%3B", ";", "%0D", "\r", "%0A", "\n", "%5D", "]"),
	}, true
}

// parseProperties drops what has no key or no value, and signs of equality in
// front of either, as .NET's Split does that removes empty entries.
func parseProperties(s, separator string, escapes ...string) map[string]string {
	properties := make(map[string]string)
	for _, pair := range strings.Split(s, separator) {
		key, value, ok := strings.Cut(strings.TrimLeft(pair, "="), "=")
		if value = strings.TrimLeft(value, "="); ok && key != "" && value != "" {
			properties[strings.ToLower(key)] = unescapeInTurn(value, escapes...)
		}
	}
	return properties
}

// unescapeInTurn replaces one escape after the other, that of the percent sign
// last.
func unescapeInTurn(s string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
	}
	return strings.ReplaceAll(s, "%25", "%")
}

// dotnetLength is the length of a string as .NET counts it.
func dotnetLength(s string) int { return len(utf16.Encode([]rune(s))) }
