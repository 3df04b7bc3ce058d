package image

import (
	"fmt"
	"strings"
)

// createdBy gives each layer the history's words. A history with another number
// of layers is of no use.
func createdBy(layers []Layer, history []historyEntry) (warning string) {
	steps := 0
	for _, h := range history {
		if !h.EmptyLayer {
			steps++
		}
	}
	if steps == 0 {
		return ""
	}
	if steps != len(layers) {
		return fmt.Sprintf("the history has %d layers and the image %d, so what made them is unknown", steps, len(layers))
	}
	i := 0
	for _, h := range history {
		if !h.EmptyLayer {
			layers[i].CreatedBy = printable(h.CreatedBy)
			i++
		}
	}
	return ""
}

const (
	baseName   = "org.opencontainers.image.base.name"
	baseDigest = "org.opencontainers.image.base.digest"
)

// baseOf tells what is known of the base image. The annotations of the
// manifest come before those of what points to it, and labels last.
func baseOf(c *candidate, cfg *config, layers int, fits bool) Base {
	var b Base
	for _, from := range []map[string]string{c.manifest.Annotations, c.descriptor.Annotations, cfg.Config.Labels} {
		if b.Name == "" && b.Digest == "" {
			b.Name, b.Digest = printable(from[baseName]), printable(from[baseDigest])
		}
	}
	if !fits {
		return b
	}
	history := []historyEntry(cfg.History)
	below := 0 // layers below history[i]
	builder := ""
	for i, h := range history {
		by := builderOf(h)
		switch {
		case by != "" && builder != "" && by != builder && below > 0 && below < layers:
			b.Layers, b.Evidence = below, "the history goes on with "+by+" where "+builder+" ends"
		case h.EmptyLayer && isCommand(h.CreatedBy) && below > 0 && below < layers:
			b.Layers, b.Evidence = below, "the history has a CMD with layers above it"
		}
		if by != "" {
			builder = by
		}
		if !history[i].EmptyLayer {
			below++
		}
	}
	return b
}

// isCommand reports whether a step sets the default command, which is the last
// thing that most images do.
func isCommand(createdBy string) bool {
	text := strings.TrimPrefix(createdBy, "/bin/sh -c ")
	text = strings.TrimSpace(strings.TrimPrefix(text, "#(nop)"))
	return strings.HasPrefix(text, "CMD ") || strings.HasPrefix(text, "CMD[")
}

// builderOf is the program that made a step, "" if that is unknown.
func builderOf(h historyEntry) string {
	by := strings.ToLower(h.CreatedBy)
	switch {
	case strings.HasPrefix(h.Comment, "buildkit."):
		return "BuildKit"
	case strings.HasPrefix(h.Comment, "debuerreotype"), strings.HasPrefix(by, "# debian.sh"):
		return "debuerreotype"
	case strings.HasPrefix(by, "bazel build"):
		return "Bazel"
	case strings.HasPrefix(by, "apko"):
		return "apko"
	case by == "ko" || strings.HasPrefix(by, "ko "):
		return "ko"
	case strings.HasPrefix(by, "jib"):
		return "Jib"
	case strings.HasPrefix(by, "buildpacks"):
		return "buildpacks"
	case strings.HasPrefix(by, "/bin/sh -c "):
		return "docker build"
	}
	return ""
}
