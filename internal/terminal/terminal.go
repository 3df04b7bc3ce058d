// Package terminal tells what people see of what is written: how wide it is, whether
// it has colours, and whether it is a terminal at all.
package terminal

import (
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/usage"
)

// defaultWidth is how many columns a table takes where nobody says how many
// there are.
const defaultWidth = 80

// Width returns the columns of w: those of the terminal, or else of COLUMNS.
func Width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 && columns < 10000 {
		return columns
	}
	return defaultWidth
}

// Medium is what tables are drawn for that go to w, or to the file output where that
// is not "". color is what UseColor takes.
func Medium(color, output string, w io.Writer) (display.Medium, error) {
	colored, err := UseColor(color, w)
	screen := output == "" && Is(w)
	return display.Medium{
		Width:    Width(w),
		Color:    colored && output == "",
		Terminal: screen,
		Bars:     screen && hasBlocks(),
	}, err
}

// Is reports whether w is a terminal.
func Is(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// hasBlocks says whether a terminal can show eighths of a block: not in a locale
// without Unicode, nor with the fonts of the Linux console.
func hasBlocks() bool {
	if t := os.Getenv("TERM"); t == "dumb" || t == "linux" {
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} { // the first that is set counts
		if locale := strings.ToLower(os.Getenv(name)); locale != "" {
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return false
}

// UseColor decides for --color auto, always or never whether what goes to w has
// colours. Another word is a usage.Error.
func UseColor(when string, w io.Writer) (bool, error) {
	switch when {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && Is(w), nil
	}
	return false, usage.Errorf("--color %s: not auto, always or never", when)
}
