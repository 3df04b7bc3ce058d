package bytesize

import "fmt"

// Percent is part of whole with one decimal. All that rounds to 100 but is
// less is shown as what it is, and so is what is not quite nothing.
func Percent(part, whole uint64) string {
	if whole == 0 {
		return "-"
	}
	p := fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
	switch {
	case p == "100.0%" && part < whole:
		return "99.9%"
	case p == "0.0%" && part > 0:
		return "<0.1%"
	}
	return p
}

// Change is the signed difference now − before.
func Change(now, before uint64) string {
	if now >= before {
		return "+" + Size(now-before).Grouped()
	}
	return "-" + Size(before-now).Grouped()
}
