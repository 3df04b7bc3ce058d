package variant

import "github.com/sizegate/sizegate/internal/startup"

// Starts is what starting a file and its variants costs.
type Starts struct {
	Reason   string // why nothing was run; one line
	Plain    startup.Cost
	Variants map[int]startup.Cost // by position in the list of variants
}

// Kept is the name that a variant's file has in Request.Keep, "" if it is not
// kept there.
func Kept(v *Variant) string {
	switch v.Name {
	case Stripped:
		return "stripped"
	case UPX:
		return "upx-" + v.Level
	}
	return ""
}
