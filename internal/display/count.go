package display

import "github.com/sizegate/sizegate/internal/bytesize"

// Number is n with commas between thousands.
func Number(n int) string { return bytesize.Size(n).Grouped() }

// CountCell is Number in a table, empty for 0.
func CountCell(n int) string {
	if n == 0 {
		return ""
	}
	return Number(n)
}

// Counted is a number of things, the name of one of which is given.
func Counted(n int, name string) string {
	if n == 1 {
		return "1 " + name
	}
	return Number(n) + " " + name + "s"
}

// More is how many there are besides, of things that are called so.
func More(n int, one, many string) string {
	if n == 1 {
		return "1 more " + one
	}
	return Number(n) + " more " + many
}
