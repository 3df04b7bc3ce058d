package stored

import (
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/oneline"
)

// platform is what an image runs on.
type platform struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant"`
}

// parsePlatform reads os/arch or os/arch/variant, nil for "".
func parsePlatform(text string) (*platform, error) {
	if text == "" {
		return nil, nil
	}
	parts := strings.Split(text, "/")
	if len(parts) < 2 || len(parts) > 3 || slices.Contains(parts, "") {
		return nil, &fault.Error{Problem: "the platform " + oneline.Name(text) + " is not os/arch or os/arch/variant", Hint: "write linux/amd64 or linux/arm64"}
	}
	p := platform{OS: parts[0], Architecture: parts[1]}
	if len(parts) == 3 {
		p.Variant = parts[2]
	}
	p = p.normal()
	return &p, nil
}

// normal gives one spelling to what means the same, as container runtimes do.
func (p platform) normal() platform {
	p.OS, p.Architecture, p.Variant = strings.ToLower(p.OS), strings.ToLower(p.Architecture), strings.ToLower(p.Variant)
	switch p.Architecture {
	case "aarch64":
		p.Architecture = "arm64"
	case "x86_64", "x86-64":
		p.Architecture = "amd64"
	case "armhf":
		p.Architecture, p.Variant = "arm", "v7"
	case "armel":
		p.Architecture, p.Variant = "arm", "v6"
	}
	switch {
	case p.Architecture == "arm64" && (p.Variant == "v8" || p.Variant == "8"), p.Architecture == "amd64" && p.Variant == "v1":
		p.Variant = ""
	case p.Architecture == "arm" && p.Variant == "":
		p.Variant = "v7"
	case p.Architecture == "arm" && strings.Trim(p.Variant, "5678") == "":
		p.Variant = "v" + p.Variant
	}
	return p
}

// known reports whether it names a platform at all.
func (p platform) known() bool {
	return isWord(p.OS) && isWord(p.Architecture) && (p.Variant == "" || isWord(p.Variant)) && p.OS != "unknown" && p.Architecture != "unknown"
}

// isWord reports whether text is fit to be shown and compared.
func isWord(text string) bool {
	return text != "" && len(text) <= 32 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789._-") == ""
}

func (p platform) String() string {
	if !p.known() {
		return ""
	}
	text := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		text += "/" + p.Variant
	}
	return text
}
