package pattern

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Escape is what stands as path in a configuration for one file: its path, with
// forward slashes, in which nothing has a meaning to Files. A path that no
// configuration can hold is an error of one line.
func Escape(name string) (string, error) {
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
	if problem, hint := Problem(pattern); problem != "" {
		return "", fmt.Errorf("its path %s (%s)", problem, hint)
	}
	return pattern, nil
}
