package upx

import (
	"fmt"
	"strings"
)

// Level is how hard UPX tries. Its text is what users write and reports show.
type Level string

const (
	Default Level = "default" // UPX without a flag
	Fast    Level = "fast"    // -1
	Best    Level = "best"    // --best
	LZMA    Level = "lzma"    // --best --lzma
	Brute   Level = "brute"   // --brute: every method and filter, very slow
)

var levels = []struct {
	level Level
	flags []string
}{
	{Default, nil},
	{Fast, []string{"-1"}},
	{Best, []string{"--best"}},
	{LZMA, []string{"--best", "--lzma"}},
	{Brute, []string{"--brute"}},
}

// ParseLevel returns the level of that name. The error lists the names there are.
func ParseLevel(s string) (Level, error) {
	_, err := Level(s).flags()
	if err != nil {
		return "", err
	}
	return Level(s), nil
}

func (l Level) flags() ([]string, error) {
	names := make([]string, len(levels))
	for i, known := range levels {
		if known.level == l {
			return known.flags, nil
		}
		names[i] = string(known.level)
	}
	return nil, fmt.Errorf("unknown UPX level %q (use one of %s)", string(l), strings.Join(names, ", "))
}
