package starter

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"github.com/sizegate/sizegate/internal/image/stored"
)

// names gives each program a name of its own: its file's, with that of
// its folder before it where several files have the name, and a number behind
// it where that is not enough.
func names(programs []Program) []string {
	names := make([]string, len(programs))
	files := make(map[string]int)
	for i, p := range programs {
		names[i] = title(path.Base(strings.TrimPrefix(p.File, stored.Registry)))
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
