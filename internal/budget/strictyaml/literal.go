package strictyaml

import (
	"fmt"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// Literal writes a text as one line of YAML, in quotes where it needs them.
func Literal(text string) (string, error) {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return quotedScalar(text), nil
	}
	data, err := yaml.Marshal(text)
	var read yaml.Node
	if err == nil {
		err = yaml.Unmarshal(data, &read)
	}
	if err != nil {
		return "", err
	}
	line := strings.TrimSuffix(string(data), "\n")
	if strings.Contains(line, "\n") || len(read.Content) != 1 || read.Content[0].Tag != "!!str" {
		return quotedScalar(text), nil // <<, which the encoder leaves plain
	}
	return line, nil
}

// quotedScalar spells out all that cannot be seen. The encoder would leave
// characters that turn the direction of text, and make blocks of lines.
func quotedScalar(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
