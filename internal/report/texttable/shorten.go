package texttable

import "strings"

// shortLabel is the first cell of a sum in few columns, without what can be told from
// the heading and the other rows. It knows those of all renderers.
func shortLabel(label string) string {
	switch label {
	case "total: matched by --filter":
		return "total: matched"
	case "… not matched by --filter":
		return "… not matched"
	case "[unattributed]":
		return "[unattrib.]"
	case "[single copies]":
		return "[single]"
	case "[config and manifest]":
		return "[documents]"
	case "layers of the base image":
		return "base layers"
	case "wasted by duplicates":
		return "duplicates"
	}
	if strings.HasPrefix(label, "total: ") {
		return "total"
	}
	if more, _, ok := strings.Cut(label, " more "); ok {
		return more + " more"
	}
	return label
}

// shortHeading is the heading of the first column in few columns.
func shortHeading(heading string) string {
	switch heading {
	case "for debuggers, not to ship":
		return "for debuggers"
	case "package, crate or library":
		return "owner"
	case "in several layers":
		return "in several"
	}
	return heading
}
