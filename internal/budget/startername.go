package budget

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/sizegate/sizegate/internal/image"
)

// Pattern is what stands as path in a configuration for one file: its path, with
// forward slashes, in which nothing has a meaning to Files. A path that no
// configuration can hold is an error of one line.
func Pattern(name string) (string, error) {
	if !utf8.ValidString(name) {
		return "", errors.New("the name is not UTF-8, which YAML needs (rename the file or its folder)")
	}
	if strings.Contains(name, "\x00") {
		return "", errors.New("the name holds a zero byte (no file has one in its name)")
	}
	if strings.HasPrefix(name, "!") || strings.TrimSpace(name) == "" {
		name = "./" + name // no exclude, and not empty
	}
	// {\\} and not \\, since doublestar.SplitPattern leaves that as it is in the
	// folders before the first glob.
	pattern := strings.NewReplacer(`\`, `{\\}`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`).Replace(name)
	if problem, hint := globProblem(pattern); problem != "" {
		return "", fmt.Errorf("its path %s (%s)", problem, hint)
	}
	return pattern, nil
}

// starterNames gives each program a name of its own: its file's, with that of
// its folder before it where several files have the name, and a number behind
// it where that is not enough.
func starterNames(programs []Program) []string {
	names := make([]string, len(programs))
	files := make(map[string]int)
	for i, p := range programs {
		names[i] = title(path.Base(strings.TrimPrefix(p.File, image.Registry)))
		files[names[i]]++
	}
	for i, p := range programs {
		if folder := path.Base(path.Dir(p.File)); files[names[i]] > 1 && folder != "." && folder != "/" {
			names[i] = title(folder + "-" + names[i])
		}
	}
	taken := make(map[string]bool)
	last := make(map[string]int)
	for i, name := range names {
		for taken[names[i]] {
			last[name] = max(last[name], 1) + 1
			names[i] = fmt.Sprintf("%s-%d", name, last[name])
		}
		taken[names[i]] = true
	}
	return names
}

// title is the name with an underscore for each character that a budget's name
// cannot have.
func title(name string) string {
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, name)
	if strings.TrimSpace(name) == "" {
		return "binary"
	}
	return name
}

// scalar is the text as one line of YAML, in quotes where it needs them.
func scalar(text string) (string, error) {
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
